"""A limit on log lines about one and the same error.

Whoever finds an input that fails can send it a hundred times a second. The lines would fill the
disk, which the database may be on; one of them says what all of them say.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from fullhouse.kernel.clock import Clock
from fullhouse.telemetry.error_summaries import error_of

_LINES_MAX: Final = 5
_WINDOW_SECONDS: Final = 60.0


@dataclass(slots=True)
class _Window:
    """The lines about an error within a minute, and those that were left out."""

    ends_at: float
    lines: int = 0
    left_out: int = 0


@dataclass(slots=True)
class RepeatedErrors:
    """A structlog processor: passes a few lines a minute of each error, by type and place.

    The first line of a later minute has the number of those that were left out. There are no more
    windows than places in the code that fail.
    """

    clock: Clock
    _windows: dict[tuple[object, ...], _Window] = field(default_factory=dict)

    def __call__(
        self, _logger: object, _method: str, line: MutableMapping[str, object]
    ) -> MutableMapping[str, object]:
        error = error_of(line.get("exc_info"))
        if error is None:
            return line
        key = (line.get("event"), type(error), *_place(error))
        now = self.clock.monotonic()
        window = self._windows.get(key)
        if window is None or now >= window.ends_at:
            if window is not None and window.left_out:
                line["left_out"] = window.left_out
            window = self._windows[key] = _Window(now + _WINDOW_SECONDS)
        if window.lines >= _LINES_MAX:
            window.left_out += 1
            raise structlog.DropEvent
        window.lines += 1
        return line


def _place(error: BaseException) -> tuple[str, int]:
    """The file and line that raised the error."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return ("", 0) if frame is None else (frame.tb_frame.f_code.co_filename, frame.tb_lineno)
