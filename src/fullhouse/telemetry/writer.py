"""Writes log lines to a stream from a thread, so that a slow terminal delays no request."""

import queue
import threading
from typing import Final, Protocol

QUEUE_LINES_MAX: Final = 20_000
_BATCH_LINES_MAX: Final = 500
_END: Final = None


class TextStream(Protocol):
    """Standard error, or a file."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...

    def isatty(self) -> bool: ...


class AsyncLogWriter:
    """A bounded queue before a stream, and the thread that drains it.

    A full queue drops lines and counts them: a log that stops bookings is worse than a log with a
    gap of known size.
    """

    def __init__(self, stream: TextStream, *, queue_max: int = QUEUE_LINES_MAX) -> None:
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(queue_max)
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Queue one line, without its line end; never blocks."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write the queued lines, then stop; safe to call twice."""
        if self._thread.is_alive():
            self._lines.put(_END)
            self._thread.join()

    def _run(self) -> None:
        while (line := self._lines.get()) is not _END:
            lines, ended = self._take(line)
            self._write_batch(lines)
            if ended:
                return

    def _take(self, first: str) -> tuple[list[str], bool]:
        """Take the queued lines up to a bound; true when the end was among them."""
        lines = [first]
        while len(lines) < _BATCH_LINES_MAX:
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                break
            if line is _END:
                return lines, True
            lines.append(line)
        return lines, False

    def _write_batch(self, lines: list[str]) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            lines.append(f"... {dropped} log lines were dropped here: the stream was too slow")
        try:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return  # a closed terminal or a full disk; there is nowhere to report it
