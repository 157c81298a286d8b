"""Writes lines to a stream from a thread of its own, so that a slow terminal stops nobody."""

import queue
import threading
from typing import Final, Protocol

LINES_WAITING_MAX: Final = 20_000
_LINES_AT_ONCE_MAX: Final = 500
_END: Final = None


class Stream(Protocol):
    """Where lines go: standard error, or a file."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


class LineWriter:
    """A bounded queue before a stream.

    When it is full, lines are dropped and counted, not waited for: a log that stops bookings is
    worse than one with a hole that says how large it is.
    """

    def __init__(self, stream: Stream, *, lines_waiting_max: int = LINES_WAITING_MAX) -> None:
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(lines_waiting_max)
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Hand over one line, without its end; never waits."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits, then stop; safe to call twice."""
        if self._thread.is_alive():
            self._lines.put(_END)
            self._thread.join()

    def _run(self) -> None:
        while (line := self._lines.get()) is not _END:
            lines, ended = self._take(line)
            self._put_out(lines)
            if ended:
                return

    def _take(self, first: str) -> tuple[list[str], bool]:
        """All that waits, up to a bound, and whether the end was among it."""
        lines = [first]
        while len(lines) < _LINES_AT_ONCE_MAX:
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                break
            if line is _END:
                return lines, True
            lines.append(line)
        return lines, False

    def _put_out(self, lines: list[str]) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            lines.append(f"... {dropped} log lines were dropped here: the stream was too slow")
        try:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return  # a closed terminal or a full disk; there is nowhere left to say so
