"""The routes of Alertmanager: who is told how often, and what is not told beside its cause."""

from collections.abc import Iterator
from typing import Final

from tools.observability.rules import HEARTBEAT, conditions, duration

from fullhouse.observability.alert_rules import RULES
from fullhouse.observability.limits import ALERT_REMIND_SECONDS, HEARTBEAT_SECONDS

CRITICAL: Final = "operators-at-once"
WARNING: Final = "operators"
_ONE_ALERT: Final = ("alertname", "cache", "instance", "kind", "rule", "service")
"""What tells two alerts of one rule apart."""
_TEXT: Final = (
    "{{ range .Alerts }}{{ .Labels.severity | toUpper }} {{ .Annotations.summary }}\n"
    "{{ .Annotations.action }} {{ .Annotations.runbook }}\n\n{{ end }}"
)


def configuration() -> dict[str, object]:
    """`alertmanager.yml`: addresses are examples, everything else is meant as it stands."""
    return {
        "global": {
            "smtp_smarthost": "localhost:25",
            "smtp_from": "alerts@example.org",
            "smtp_require_tls": False,
        },
        "route": {
            "receiver": WARNING,
            # All that is wrong at one moment is one message, as in the product itself
            "group_by": ["job", "severity"],
            "group_wait": "10s",
            "group_interval": "1m",
            "repeat_interval": "7d",
            "routes": [
                {
                    "matchers": [f'alertname="{HEARTBEAT}"'],
                    "receiver": HEARTBEAT,
                    "group_wait": "0s",
                    "group_interval": "30s",
                    "repeat_interval": duration(round(HEARTBEAT_SECONDS)),
                },
                {
                    "matchers": ['severity="critical"'],
                    "receiver": CRITICAL,
                    "repeat_interval": duration(round(ALERT_REMIND_SECONDS)),
                },
            ],
        },
        "receivers": [
            {"name": WARNING, "email_configs": [_email("operators@example.org")]},
            {
                "name": CRITICAL,
                "email_configs": [_email("operators@example.org")],
                "webhook_configs": [{"url": "http://127.0.0.1:9095/pager"}],
            },
            {
                "name": HEARTBEAT,
                "webhook_configs": [
                    {"url": "http://127.0.0.1:9095/heartbeat", "send_resolved": False}
                ],
            },
        ],
        "inhibit_rules": list(_inhibitions()),
    }


def _email(address: str) -> dict[str, object]:
    return {"to": address, "send_resolved": True, "text": _TEXT, "html": ""}


def _inhibitions() -> Iterator[dict[str, object]]:
    yield {
        "source_matchers": ['severity="critical"'],
        "target_matchers": ['severity="warning"'],
        "equal": list(_ONE_ALERT),
    }
    found = conditions()
    for rule in RULES:
        if rule.causes and rule.name in found:
            # Nobody who has to be woken sleeps because of a cause that wakes nobody
            causes, itself = f'alertname=~"{"|".join(rule.causes)}"', f'alertname="{rule.name}"'
            yield {
                "source_matchers": [causes, 'severity="critical"'],
                "target_matchers": [itself],
            }
            yield {
                "source_matchers": [causes],
                "target_matchers": [itself, 'severity="warning"'],
            }
