"""Alerts as rows: what is open, who has seen it, what is silenced, and what was."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.observability.alert_rules import RULES_BY_NAME
from fullhouse.observability.limits import (
    ALERT_NOTE_CHARACTERS_MAX,
    ALERTS_SHOWN_MAX,
    SILENCE_HOURS_MAX,
)
from fullhouse.observability.objectives import Severity
from fullhouse.storage.database import Session


class Alert(Struct, frozen=True, kw_only=True):
    """Something that was wrong for a while, or still is."""

    alert_id: UUID
    rule: str
    subject: str
    severity: Severity
    summary: str
    fired_at: datetime
    notified_at: datetime | None = None
    reminded_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    resolved_at: datetime | None = None
    escalated: int = 0
    """How many steps of the escalation were told."""
    note: str = ""
    """What mended it, in the words of `noted_by`."""
    noted_by: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.rule, self.subject

    @property
    def state(self) -> str:
        if self.resolved_at is not None:
            return "resolved"
        return "firing" if self.acknowledged_at is None else "acknowledged"


class Silence(Struct, frozen=True):
    """Nobody is told of alerts of a rule until then."""

    rule: str
    until: datetime
    reason: str
    silenced_by: str


async def open_alerts(session: Session) -> Sequence[Alert]:
    """Those that are not over, and those whose end nobody was told of."""
    return await session.fetch("observability.open_alerts", Alert)


async def recent_alerts(session: Session) -> Sequence[Alert]:
    """The latest, over or not, the newest first."""
    return await session.fetch("observability.recent_alerts", Alert, rows_max=ALERTS_SHOWN_MAX)


async def silences(session: Session, *, now: datetime) -> Sequence[Silence]:
    return await session.fetch("observability.silences", Silence, now=now)


async def acknowledge(session: Session, rule: str, *, by: str, now: datetime) -> int:
    """Say that somebody looks at the open alerts of a rule; how many there were.

    Raises `InvalidInput` for a rule that there is not.
    """
    return await session.execute(
        "observability.acknowledge_alerts", rule=_known(rule), by=by, now=now
    )


async def note(session: Session, alert_id: UUID, *, text: str, by: str) -> None:
    """Say what mended what an alert was about; raises `InvalidInput`."""
    words = _line(text, "Say what was done", field="note")
    if not await session.execute("observability.note_alert", alert_id=alert_id, note=words, by=by):
        raise InvalidInput("Choose an alert.", field="alert")


async def silence(
    session: Session, rule: str, *, hours: float, reason: str, by: str, now: datetime
) -> Silence:
    """Tell nobody of alerts of a rule for some hours; raises `InvalidInput`."""
    if not 0 < hours <= SILENCE_HOURS_MAX:
        raise InvalidInput(f"Choose at most {SILENCE_HOURS_MAX} hours.", field="hours")
    words = _line(reason, "Say why", field="reason")
    made = Silence(_known(rule), now + timedelta(hours=hours), words, by)
    await session.execute(
        "observability.silence_alerts", rule=made.rule, until=made.until, reason=words, by=by
    )
    return made


async def end_silence(session: Session, rule: str) -> None:
    """Tell people of alerts of a rule again; raises `InvalidInput`."""
    await session.execute("observability.end_silence", rule=_known(rule))


def _line(text: str, wanted: str, *, field: str) -> str:
    words = text.strip()
    if not 0 < len(words) <= ALERT_NOTE_CHARACTERS_MAX or not words.isprintable():
        raise InvalidInput(
            f"{wanted} in one line of at most {ALERT_NOTE_CHARACTERS_MAX} characters.", field=field
        )
    return words


def _known(rule: str) -> str:
    if rule not in RULES_BY_NAME:
        raise InvalidInput(f"Choose one of: {', '.join(RULES_BY_NAME)}.", field="rule")
    return rule
