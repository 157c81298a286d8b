"""Errors of schedules and closures."""

from fullhouse.kernel.errors import NotFound


class UnknownSchedule(NotFound):
    """No offering of this organisation has that schedule; it may have ended."""

    code = "unknown_schedule"


class UnknownClosure(NotFound):
    """No venue of this organisation has that closure; it may have been taken back."""

    code = "unknown_closure"
