"""Errors of schedules and closures."""

from uuid import UUID

from fullhouse.kernel.errors import InvalidInput, NotFound


class UnknownSchedule(NotFound):
    """No offering of this organisation has that schedule; it may have ended."""

    code = "unknown_schedule"
    message = (
        "There is no such schedule; it may have ended. Choose one that the list of schedules has."
    )
    schedule: UUID | None = None


class UnknownClosure(NotFound):
    """No venue of this organisation has that closure; it may have been taken back."""

    code = "unknown_closure"
    message = (
        "There is no such closure; it may have been removed. Choose one that the list of "
        "closures has."
    )
    closure: UUID | None = None


class TooManySchedules(InvalidInput):
    """The offering has more schedules than `limit`; end one, or join several in one rule."""

    code = "too_many_schedules"
    message = "This offering has as many schedules as it can. End one, or join several in one rule."
    field: str = "rule"
    limit: int


class TooManyToTell(InvalidInput):
    """More than `limit` bookings are at the times that would be closed."""

    code = "too_many_to_tell"
    message = "More bookings are at these times than can be told at once. Choose a shorter time."
    field: str = "ends_at"
    limit: int


class TooManyClosures(InvalidInput):
    """The venue has more closures ahead, or steps of recurring ones, than `limit`."""

    code = "too_many_closures"
    message = "This venue has as many closures ahead as it can. Remove some first."
    field: str = "starts_at"
    limit: int
