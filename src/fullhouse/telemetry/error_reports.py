"""Errors that nobody foresaw, handed on to what collects them: every line of the log has passed.

What is logged as an error with its exception is unforeseen, unless it is one that Fullhouse raises
on purpose: of a request, a job, or a task of the event loop. Errors that repeat are limited before.
"""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.kernel.errors import FullhouseError
from fullhouse.telemetry import correlation
from fullhouse.telemetry.error_summaries import error_of

_LEVELS: Final = frozenset({"error", "critical", "exception"})


class ReportedError(Struct, frozen=True):
    """An error, the name of the log line that told of it, and the request or job it belongs to."""

    error: BaseException
    event: str
    logger: str
    correlation_id: UUID | None


Report = Callable[[ReportedError], None]
_active: list[Report] = []


@contextmanager
def reporting_to(report: Report) -> Iterator[None]:
    """Hand errors on in this process while the block lasts. `report` does not wait."""
    _active.append(report)
    try:
        yield
    finally:
        _active.remove(report)


def report_errors(
    _logger: object, method: str, line: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """A structlog processor: hand on the error of a line that is about one."""
    if _active and method in _LEVELS:
        error = error_of(line.get("exc_info")) or line.get("error")
        if isinstance(error, BaseException) and not isinstance(error, FullhouseError):
            name = str(line.get("logger") or "python")
            # A library's line may quote anything; ours are names
            event = str(line["event"]) if "logger" in line else name
            _active[-1](ReportedError(error, event, name, correlation.current()))
    return line
