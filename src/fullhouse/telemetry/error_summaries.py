"""Errors without their words, for logs and the job queue.

The text of an error may quote what a guest typed, a row of the database, or another server's answer
with an address in it. So a log line has the type of an error, its code and where it was raised.
"""

import errno
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Final

from fullhouse.kernel.errors import FullhouseError

_FRAMES_MAX: Final = 20
_CAUSES_MAX: Final = 5


def summary_of(error: BaseException) -> str:
    """The type and the code of an error: `ConnectionRefusedError ECONNREFUSED`.

    Of a database error the SQLSTATE and the constraint, of one of our own its `summary`.
    """
    if isinstance(error, FullhouseError):
        return error.summary
    facts = [type(error).__name__]
    if isinstance(error, OSError):
        facts.append(errno.errorcode.get(error.errno or 0, ""))
    facts += [str(getattr(error, name, None) or "") for name in ("sqlstate", "constraint_name")]
    return " ".join(filter(None, facts))


def traceback_of(error: BaseException) -> str:
    """The frames of an error and of its causes, each with its summary; a few lines an error."""
    lines: list[str] = []
    cause: BaseException | None = error
    for _ in range(_CAUSES_MAX):
        if cause is None:
            break
        lines.append(summary_of(cause))
        lines += _frames(cause.__traceback__)
        if isinstance(cause, BaseExceptionGroup):
            lines += [f"  with {summary_of(each)}" for each in cause.exceptions[:_CAUSES_MAX]]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n".join(lines)


def summarise_errors(
    _logger: object, _method: str, line: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """A structlog processor: replace errors by their summaries, `exc_info` by its traceback."""
    error = error_of(line.pop("exc_info", None))
    if error is not None:
        line["exception"] = traceback_of(error)
    for name, value in line.items():
        if isinstance(value, BaseException):
            line[name] = summary_of(value)
    return line


def error_of(exc_info: object) -> BaseException | None:
    """The error in any form of `exc_info`: itself, the triple, or true for the current one."""
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exc_info()[1]
        case _:
            return None


def _frames(top: TracebackType | None) -> list[str]:
    return [
        f"  {frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(top, limit=-_FRAMES_MAX)
    ]
