"""Presenter of alerts: what is wrong now, what nobody is told of, and what was. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from fullhouse.entrypoints.web.views import Choice, Note
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop, pgettext_noop
from fullhouse.observability.alert_effects import EFFECTS
from fullhouse.observability.alert_rules import RULES, RULES_BY_NAME
from fullhouse.observability.alert_texts import ALERTS_PATH, runbook_path
from fullhouse.observability.alerts import Alert, Silence

_DONE: Final[Mapping[str, str]] = {
    "acknowledge": gettext_noop("Nobody is reminded of it any more."),
    "note": gettext_noop("It is noted."),
    "silence": gettext_noop("Nobody is told of it until then."),
    "unsilence": gettext_noop("People are told of it again."),
}
_NOTED_MAX: Final = 20
_SEVERITIES: Final[Mapping[str, str]] = {
    "critical": pgettext_noop("alert", "Critical"),
    "warning": pgettext_noop("alert", "Warning"),
}


class AlertRow(msgspec.Struct, frozen=True):
    """An alert; what guests notice and what to do first are in English, as the runbooks are."""

    rule: str
    severity: str
    is_critical: bool
    summary: str
    since: str
    until: str
    seen_by: str
    effect: str
    act: str
    runbook: str
    can_acknowledge: bool
    is_untold: bool
    """Whether no channel has taken it yet."""
    note: str
    """What mended it, and who says so."""


class SilenceRow(msgspec.Struct, frozen=True):
    """A rule that nobody is told of."""

    rule: str
    text: str


class AlertsView(msgspec.Struct, frozen=True):
    """The page."""

    title: str
    path: str
    sentence: str
    note: Note | None
    now: tuple[AlertRow, ...]
    silences: tuple[SilenceRow, ...]
    before: tuple[AlertRow, ...]
    rules: tuple[Choice, ...]
    latest: tuple[Choice, ...]
    """Alerts that something can be noted on, the newest first."""


class AlertsPresenter(msgspec.Struct, frozen=True):
    """Presents alerts in UTC: an installation serves venues of several zones."""

    text: LocaleFormatter
    found: Sequence[Alert]
    silenced: Sequence[Silence]

    def view(self, *, done: str, problem: str) -> AlertsView:
        _ = self.text.translations.gettext
        note = Note("bad", _(problem)) if problem else None
        if note is None and done in _DONE:
            note = Note("good", _(_DONE[done]))
        return AlertsView(
            title=_("Alerts"),
            path=ALERTS_PATH,
            sentence=self._sentence(),
            note=note,
            now=tuple(self._row(one) for one in self.found if one.resolved_at is None),
            silences=tuple(
                SilenceRow(
                    one.rule,
                    _(
                        "%(rule)s until %(until)s: %(reason)s",
                        rule=one.rule,
                        until=self.text.listed_time(one.until),
                        reason=one.reason,
                    ),
                )
                for one in self.silenced
            ),
            before=tuple(self._row(one) for one in self.found if one.resolved_at is not None),
            rules=tuple(Choice(rule.name, rule.name) for rule in RULES),
            latest=tuple(
                Choice(str(one.alert_id), f"{self.text.listed_time(one.fired_at)}: {one.summary}")
                for one in self.found[:_NOTED_MAX]
            ),
        )

    def _sentence(self) -> str:
        text = self.text.translations
        wrong = sum(one.resolved_at is None for one in self.found)
        if not wrong:
            return text.gettext("Nothing is wrong now.")
        return text.ngettext("%(n)s thing is wrong now.", "%(n)s things are wrong now.", wrong)

    def _row(self, one: Alert) -> AlertRow:
        text, rule = self.text, RULES_BY_NAME.get(one.rule)
        return AlertRow(
            rule=one.rule,
            severity=text.translations.pgettext("alert", _SEVERITIES[one.severity]),
            is_critical=one.severity == "critical",
            summary=one.summary,
            since=text.listed_time(one.fired_at),
            until="" if one.resolved_at is None else text.listed_time(one.resolved_at),
            seen_by=one.acknowledged_by,
            effect=EFFECTS.get(one.rule, ""),
            act=rule.act if rule else "",
            runbook=runbook_path(rule.runbook) if rule else "",
            can_acknowledge=one.state == "firing",
            is_untold=one.notified_at is None,
            note=f"{one.note} ({one.noted_by})" if one.note else "",
        )
