"""The events of scheduling: schedules and closures."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from fullhouse.kernel.events import Event


class ScheduleAdded(Event, frozen=True):
    """An offering has another schedule; the subject is the schedule."""

    offering_id: UUID
    spec: Mapping[str, object]


class ScheduleChanged(Event, frozen=True):
    """A schedule has another specification; the subject is the schedule."""

    offering_id: UUID
    before: Mapping[str, object]
    after: Mapping[str, object]


class ScheduleEnded(Event, frozen=True):
    """A schedule makes no more slots; the subject is the schedule."""

    offering_id: UUID
    before: Mapping[str, object]


class VenueClosed(Event, frozen=True):
    """A venue is closed for a time, by its wall clock; the subject is the venue."""

    closure_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: str
    offerings: tuple[UUID, ...] = ()
    """Which are closed; all of the venue when it is empty."""
    tell: str | None = None
    """What guests are offered; null when nobody is told."""


class VenueReopened(Event, frozen=True):
    """A closure was taken back; the subject is the venue."""

    closure_id: UUID


class ClosuresImported(Event, frozen=True):
    """The closures of a calendar follow its file; the subject is the venue."""

    calendar: str
    added: int
    changed: int
    removed: int
    unchanged: int
