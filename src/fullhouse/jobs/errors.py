"""Errors of the job queue."""

from fullhouse.kernel.errors import NotFound


class UnknownDeadLetter(NotFound):
    """No job with that id has failed for good: it never did, was retried, or was discarded."""

    code = "unknown_dead_letter"
    message = "There is no such failed job: it was retried or discarded. Fetch the list again."
