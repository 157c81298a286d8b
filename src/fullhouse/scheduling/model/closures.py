"""When a venue is shut: spans of wall time with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType
from uuid import UUID
from zoneinfo import ZoneInfo

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.timespan import Timespan
from fullhouse.scheduling.limits import (
    CLOSURE_YEAR_MAX,
    CLOSURE_YEAR_MIN,
    REASON_CHARACTERS_MAX,
)
from fullhouse.scheduling.model.recurrence import whole_minutes
from fullhouse.scheduling.model.wall_time import instant_from, instant_until

ClosureId = NewType("ClosureId", UUID)


class ClosureInvalid(InvalidInput):
    """The closure is invalid; `field` names what to change."""

    code = "closure_invalid"
    message = "The closure is not valid. Change the field that is named."


@dataclass(frozen=True, slots=True)
class Closure:
    """The venue is shut in `[starts_at, ends_at)`, wall time, for a reason that guests may read.

    `uid` names it where it came from: with the start it tells a changed entry from a new one.
    """

    starts_at: datetime
    ends_at: datetime
    reason: str
    source: Literal["owner", "calendar"]
    uid: str


def check_closure(closure: Closure) -> None:
    """Raises `ClosureInvalid` when a closure cannot be meant as it stands."""
    if not (whole_minutes(closure.starts_at) and whole_minutes(closure.ends_at)):
        message = "Times are wall time at the venue, on whole minutes and without an offset."
        raise ClosureInvalid(message, field="starts_at")
    # Near the ends of the calendar an instant may not exist in the zone of the venue
    for name, wall in (("starts_at", closure.starts_at), ("ends_at", closure.ends_at)):
        if not CLOSURE_YEAR_MIN <= wall.year <= CLOSURE_YEAR_MAX:
            message = f"A closure lies between {CLOSURE_YEAR_MIN} and {CLOSURE_YEAR_MAX}."
            raise ClosureInvalid(message, field=name)
    if closure.ends_at <= closure.starts_at:
        message = "A closure ends after it starts."
        raise ClosureInvalid(message, field="ends_at")
    reason = closure.reason
    if not (reason.strip() and reason.isprintable() and len(reason) <= REASON_CHARACTERS_MAX):
        message = (
            f"A reason is one line of up to {REASON_CHARACTERS_MAX} characters; guests read it."
        )
        raise ClosureInvalid(message, field="reason")


def closed_spans(closures: Sequence[Closure], zone: ZoneInfo) -> tuple[tuple[Timespan, str], ...]:
    """Closures as instants with their reasons, by start.

    One that lies wholly in a skipped hour closes nothing.
    """
    walls = ((closure, instant_from(closure.starts_at, zone)) for closure in closures)
    spans = (
        (Timespan(start, instant_until(closure.ends_at, zone)), closure.reason)
        for closure, start in walls
        if start < instant_until(closure.ends_at, zone)
    )
    return tuple(sorted(spans))
