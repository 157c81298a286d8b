"""Who is told next of a critical alert that nobody acknowledges, and who of what is due. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from fullhouse.observability.alerts import Alert
from fullhouse.observability.limits import ALERT_REMIND_SECONDS


class Telling(NamedTuple):
    """Alerts that those of a step are told of now; step 0 are those who are told first."""

    step: int
    alerts: Sequence[Alert]


def tellings(
    alerts: Sequence[Alert], steps_after: Sequence[timedelta], now: datetime
) -> Sequence[Telling]:
    """Who is told of which of `alerts`; `steps_after` says when each step's turn comes.

    Those of a step that was told are reminded with the first ones, and told of the end.
    """
    due = [one for one in alerts if is_due(one, now)]
    found = [Telling(0, due)]
    for step, after in enumerate(steps_after, start=1):
        again = [one for one in due if one.escalated >= step and one.notified_at is not None]
        first = [one for one in alerts if _is_turn(one, step, after, now=now)]
        found.append(Telling(step, [*again, *first]))
    return [each for each in found if each.alerts]


def is_due(alert: Alert, now: datetime) -> bool:
    """Whether people are to be told of it now: for the first time, again, or of its end."""
    if alert.notified_at is None or alert.resolved_at is not None:
        return True
    if alert.severity != "critical" or alert.acknowledged_at is not None:
        return False
    told_at = alert.reminded_at or alert.notified_at
    return now - told_at >= timedelta(seconds=ALERT_REMIND_SECONDS)


def _is_turn(alert: Alert, step: int, after: timedelta, *, now: datetime) -> bool:
    """Whether nobody has acknowledged it for so long that those of a step are told too."""
    if alert.escalated >= step or alert.severity != "critical" or alert.state != "firing":
        return False
    if alert.notified_at is None and alert.reminded_at is not None:
        # It has just become critical
        return False
    return now - (alert.notified_at or alert.fired_at) >= after
