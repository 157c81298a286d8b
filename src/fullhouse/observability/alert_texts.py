"""What messages of alerts say: the subject, the text, and the same for programs and for Slack."""

from collections.abc import Sequence
from typing import Final

from fullhouse.observability.alert_effects import EFFECTS
from fullhouse.observability.alert_rules import RULES_BY_NAME
from fullhouse.observability.alert_watch import AlertNotice
from fullhouse.observability.alerts import Alert

ALERTS_PATH: Final = "/admin/alerts"
RUNBOOKS_PATH: Final = "/docs/runbooks"


def runbook_path(name: str) -> str:
    """Its page, which anybody can open: who is woken has no checkout and perhaps no database."""
    return f"{RUNBOOKS_PATH}/{name}"


def subject_of(notice: AlertNotice) -> str:
    """The worst first, and how many there are."""
    if not notice.firing:
        return f"Resolved: {_headline(notice.over)}"
    ordered = sorted(notice.firing, key=lambda one: one.severity != "critical")
    return f"{ordered[0].severity.capitalize()}: {_headline(ordered)}"


def text_of(notice: AlertNotice, base_url: str) -> str:
    """What is wrong, since when, what to do first, and where to read more."""
    parts = [
        *(_firing_text(one, base_url) for one in notice.firing),
        *(_over_text(one) for one in notice.over),
        f"All alerts: {base_url}{ALERTS_PATH}",
    ]
    return "\n\n".join(parts)


def json_of(notice: AlertNotice, base_url: str) -> dict[str, object]:
    """For programs."""
    return {
        "type": "alerts",
        "timestamp": notice.at,
        "data": {
            "subject": subject_of(notice),
            "url": f"{base_url}{ALERTS_PATH}",
            "firing": [_json_alert(one, base_url) for one in notice.firing],
            "resolved": [_json_alert(one, base_url) for one in notice.over],
        },
    }


def slack_json_of(notice: AlertNotice, base_url: str) -> dict[str, object]:
    """For an incoming webhook of Slack, and of what takes the same."""
    return {"text": f"*{subject_of(notice)}*\n{text_of(notice, base_url)}"}


def _headline(alerts: Sequence[Alert]) -> str:
    more = len(alerts) - 1
    return alerts[0].summary if not more else f"{alerts[0].summary} (and {more} more)"


def _firing_text(alert: Alert, base_url: str) -> str:
    rule = RULES_BY_NAME[alert.rule]
    return (
        f"{alert.severity.upper()}  {alert.summary}\n{EFFECTS[alert.rule]}\n"
        f"Since {alert.fired_at:%Y-%m-%d %H:%M} UTC. {rule.act}\n"
        f"Runbook: {base_url}{runbook_path(rule.runbook)}"
    )


def _over_text(alert: Alert) -> str:
    return f"RESOLVED  {alert.summary}\nFrom {alert.fired_at:%Y-%m-%d %H:%M} UTC on."


def _json_alert(alert: Alert, base_url: str) -> dict[str, object]:
    rule = RULES_BY_NAME[alert.rule]
    return {
        "id": alert.alert_id,
        "rule": alert.rule,
        "subject": alert.subject,
        "severity": alert.severity,
        "summary": alert.summary,
        "effect": EFFECTS[alert.rule],
        "fired_at": alert.fired_at,
        "resolved_at": alert.resolved_at,
        "act": rule.act,
        "runbook": f"{base_url}{runbook_path(rule.runbook)}",
    }
