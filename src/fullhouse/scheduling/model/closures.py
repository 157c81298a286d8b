"""When a venue is shut: spans of wall time with a reason, once or by a rule."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, Literal, NewType
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import one_line
from fullhouse.kernel.timespan import Timespan
from fullhouse.scheduling.limits import (
    CLOSURE_YEAR_MAX,
    CLOSURE_YEAR_MIN,
    REASON_CHARACTERS_MAX,
)
from fullhouse.scheduling.model.calendar_zones import UTC_NAME, VENUE_ZONE, ZoneDefinition, Zones
from fullhouse.scheduling.model.recurrence import recurrence, whole_minutes
from fullhouse.scheduling.model.rule_expansion import StepBudget
from fullhouse.scheduling.model.wall_time import instant_from, instant_until, wall_at

ClosureId = NewType("ClosureId", UUID)
ClosedSpan = tuple[Timespan, str]
ClosureKey = tuple[str, datetime, bool]
NEVER: Final = datetime.max  # noqa: DTZ901 - wall time
"""The end of what goes on without an end; the database's infinity."""
_ZONES_APART_MAX: Final = timedelta(days=2)
_DAY: Final = timedelta(days=1)
_UTC: Final = ZoneInfo(UTC_NAME)


class ClosureInvalid(InvalidInput):
    """The closure is invalid; `field` names what to change."""

    code = "closure_invalid"
    message = "The closure is not valid. Change the field that is named."


class ClosureRecurrence(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a closure repeats: a rule without COUNT, and the times at which it does not.

    All wall time of `zone`, as are the times of its closure. So a window of years costs what the
    window holds, however long ago the rule began.
    """

    rule: str
    zone: ZoneDefinition = VENUE_ZONE
    exdates: tuple[datetime, ...] = ()
    until: datetime = NEVER
    """The end of the last occurrence, or later."""


@dataclass(frozen=True, slots=True)
class Closure:
    """The venue is shut in `[starts_at, ends_at)`, wall time, for a reason that guests may read.

    `uid` names it where it came from: with the start, and whether it recurs, it tells a changed
    entry from a new one.
    """

    starts_at: datetime
    ends_at: datetime
    reason: str
    source: Literal["owner", "calendar"]
    uid: str
    recurrence: ClosureRecurrence | None = None

    @property
    def until(self) -> datetime:
        """When it is over for good."""
        return self.ends_at if self.recurrence is None else self.recurrence.until

    def ahead(self, first: datetime) -> "Closure":
        """Without exceptions that are over at `first`: in this, two imports of one file agree."""
        if self.recurrence is None:
            return self
        since = first - (self.ends_at - self.starts_at) - _ZONES_APART_MAX
        exdates = tuple(at for at in self.recurrence.exdates if at >= since)
        return replace(self, recurrence=structs.replace(self.recurrence, exdates=exdates))

    @property
    def key(self) -> ClosureKey:
        """What tells it from the other closures of its calendar."""
        return self.uid, self.starts_at, self.recurrence is None


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """A closure as it is stored."""

    closure_id: ClosureId
    starts_at: datetime
    ends_at: datetime
    reason: str
    source: Literal["owner", "calendar"]
    uid: str
    recurrence: object
    offerings: Sequence[UUID]
    """Which offerings are closed; all of the venue when it is empty."""

    @property
    def closure(self) -> Closure:
        return Closure(
            self.starts_at,
            self.ends_at,
            self.reason,
            self.source,
            self.uid,
            msgspec.convert(self.recurrence, ClosureRecurrence | None),
        )


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
    is_line = one_line(reason) and not any(unicodedata.category(c) == "Cc" for c in reason)
    if not is_line or len(reason) > REASON_CHARACTERS_MAX:
        message = (
            f"A reason is one line of up to {REASON_CHARACTERS_MAX} characters; guests read it."
        )
        raise ClosureInvalid(message, field="reason")


def starts_of(
    closure: Closure, first: datetime, last: datetime, *, budget: StepBudget
) -> Iterator[datetime]:
    """When it begins within `[first, last)`, in wall time of its zone; the very first start first.

    Raises `TooManySlots` and `RuleInvalid`.
    """
    repeats = closure.recurrence
    exceptions = frozenset(() if repeats is None else repeats.exdates)
    if first <= closure.starts_at < last and closure.starts_at not in exceptions:
        yield closure.starts_at
    if repeats is None:
        return
    rule = recurrence(repeats.rule, closure.starts_at, _UTC, budget=budget)
    for wall in chain.from_iterable(rule.walk(first, last, budget)):
        if wall != closure.starts_at and wall not in exceptions:
            yield wall


@dataclass(slots=True)
class ClosedSpanBuilder:
    """Collects when a venue is shut within `window`, as instants with their reasons.

    What lies wholly in a skipped hour closes nothing.
    """

    zones: Zones
    window: Timespan
    budget: StepBudget
    _spans: list[ClosedSpan] = field(default_factory=list)

    def add(self, closures: Iterable[Closure]) -> Iterator[int]:
        """Add `closures`; yields for each time, and the count of steps for each closure.

        There the event loop can give others their turn. Raises `TooManySlots` and `RuleInvalid`.
        """
        for closure in closures:
            before = self.budget.taken
            yield from self._add(closure)
            yield self.budget.taken - before

    def build(self) -> tuple[ClosedSpan, ...]:
        """In order of their starts."""
        return tuple(sorted(self._spans))

    def _add(self, closure: Closure) -> Iterator[int]:
        zone = self.zones[VENUE_ZONE if closure.recurrence is None else closure.recurrence.zone]
        length = closure.ends_at - closure.starts_at
        first = wall_at(self.window.start, zone) - length - _DAY
        last = wall_at(self.window.end, zone) + _DAY
        for wall in starts_of(closure, first, last, budget=self.budget):
            start, end = instant_from(wall, zone), instant_until(wall + length, zone)
            if start < end and start < self.window.end and self.window.start < end:
                self._spans.append((Timespan(start, end), closure.reason))
            yield 0
