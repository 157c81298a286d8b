"""Errors of schedules and closures."""

from uuid import UUID

from fullhouse.kernel.errors import NotFound


class UnknownSchedule(NotFound):
    """No offering of this organisation has that schedule; it may have ended."""

    code = "unknown_schedule"
    message = "There is no such schedule; it may have ended."
    schedule: UUID | None = None


class UnknownClosure(NotFound):
    """No venue of this organisation has that closure; it may have been taken back."""

    code = "unknown_closure"
    message = "There is no such closure; it may have been taken back already."
    closure: UUID | None = None
