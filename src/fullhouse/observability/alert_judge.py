"""Which alerts begin, change and are over, from what the rules find at each look. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from fullhouse.observability.alert_findings import AlertFinding
from fullhouse.observability.alert_rules import RULES, AlertRule
from fullhouse.observability.alerts import Alert
from fullhouse.observability.limits import ALERT_CALM_SECONDS
from fullhouse.observability.signals import Signals

_Key = tuple[str, str]


class Judgement(NamedTuple):
    """What becomes of the alerts after one look."""

    begun: Sequence[tuple[AlertRule, AlertFinding]]
    changed: Sequence[tuple[Alert, AlertFinding]]
    over: Sequence[Alert]


@dataclass(slots=True)
class AlertJudge:
    """Remembers since when something was wrong, and when it was so last; times are monotonic."""

    rules: Sequence[AlertRule] = RULES
    _since: dict[_Key, float] = field(default_factory=dict)
    _seen: dict[_Key, float] = field(default_factory=dict)
    _ended: dict[str, float] = field(default_factory=dict)

    def judge(self, signals: Signals, open_alerts: Mapping[_Key, Alert], now: float) -> Judgement:
        """A rule whose cause fires, begins now, or ended in what it looks at, begins nothing.

        But nobody who has to be woken sleeps because of a cause that wakes nobody.
        """
        found = {
            (rule.name, finding.subject): (rule, finding)
            for rule in self.rules
            for finding in rule.look(signals)
        }
        self._remember(found, open_alerts, now)
        firing = {(alert.rule, alert.severity) for alert in open_alerts.values()}
        begun: list[tuple[AlertRule, AlertFinding]] = []
        changed: list[tuple[Alert, AlertFinding]] = []
        for key, (rule, finding) in found.items():
            if (alert := open_alerts.get(key)) is not None:
                if (alert.severity, alert.summary) != (finding.severity, finding.summary):
                    changed.append((alert, finding))
            elif now - self._since[key] >= rule.after_seconds and not any(
                not firing.isdisjoint(((cause, "critical"), (cause, finding.severity)))
                or self._has_just_ended(cause, rule, now)
                for cause in rule.causes
            ):
                begun.append((rule, finding))
                firing.add((rule.name, finding.severity))
        over = [
            alert
            for key, alert in open_alerts.items()
            if now - self._seen[key] >= ALERT_CALM_SECONDS
        ]
        self._ended |= {alert.rule: now for alert in over}
        return Judgement(begun, changed, over)

    def note_end(self, rule: str, now: float) -> None:
        """What the rule's alert leaves behind is known, whoever watched it."""
        self._ended[rule] = now

    def _has_just_ended(self, cause: str, rule: AlertRule, now: float) -> bool:
        return now - self._ended.get(cause, -inf) < rule.span_seconds

    def _remember(
        self, found: Mapping[_Key, object], open_alerts: Mapping[_Key, Alert], now: float
    ) -> None:
        self._since = {key: self._since.get(key, now) for key in found}
        # One that another process has found goes on for as long as one that was seen just now
        self._seen = {key: self._seen.get(key, now) for key in open_alerts} | dict.fromkeys(
            found, now
        )
