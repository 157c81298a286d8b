"""Structured log lines with the correlation id and without secrets, written by a thread.

Lines of this program and of libraries, which use the standard library's `logging`, go through one
chain and one writer. Call `start_logging` once in a process, and `close` its result at the end.
"""

import logging
import os
import sys
from collections.abc import MutableMapping, Sequence
from typing import Final, Literal, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor
from typing_extensions import override

from fullhouse.kernel.clock import Clock, SystemClock
from fullhouse.telemetry import correlation
from fullhouse.telemetry.error_reports import report_errors
from fullhouse.telemetry.error_summaries import summarise_errors
from fullhouse.telemetry.repeated_errors import RepeatedErrors
from fullhouse.telemetry.secrets import redact_line
from fullhouse.telemetry.writer import AsyncLogWriter, TextStream

LogForm = Literal["json", "pretty"]
LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_QUIETED_LIBRARIES: Final = ("asyncio", "asyncpg", "aiosmtplib", "httpx", "mail.log")
"""Libraries whose lines below a warning are dropped: this program logs the same facts."""


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger that adds `logger=name` to each line; cheap, so each module has its own."""
    return cast("FilteringBoundLogger", structlog.get_logger(name))


class Logging:
    """The logging of a process, from `start_logging` until `close`."""

    def __init__(self, writer: AsyncLogWriter, handler: logging.Handler) -> None:
        self._writer = writer
        self._handler = handler

    def close(self) -> None:
        """Write the queued lines and release the stream."""
        logging.getLogger().removeHandler(self._handler)
        structlog.reset_defaults()
        self._writer.close()


def start_logging(
    *, form: LogForm, level: str, stream: TextStream | None = None, clock: Clock | None = None
) -> Logging:
    """Send every line of this process to `stream`, by default standard error."""
    threshold = LEVELS[level.lower()]
    stream = stream or sys.stderr
    renderers = _renderers(form, is_coloured=stream.isatty() and not os.environ.get("NO_COLOR"))
    writer = AsyncLogWriter(stream)
    chain: list[Processor] = [
        RepeatedErrors(clock or SystemClock()),
        structlog.contextvars.merge_contextvars,
        _add_name,
        add_correlation_id,
        report_errors,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *renderers,
    ]
    structlog.configure(
        processors=chain,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *names: _LineLogger(writer, names),
        cache_logger_on_first_use=False,
    )
    handler = _LibraryHandler(renderers, writer)
    root = logging.getLogger()
    root.setLevel(threshold)
    root.addHandler(handler)
    for name in _QUIETED_LIBRARIES:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    return Logging(writer, handler)


def add_correlation_id(
    _logger: object, _method: str, line: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """A structlog processor: add the id bound in this task, unless the line has one."""
    bound = correlation.current()
    if bound is not None:
        line.setdefault("correlation_id", str(bound))
    return line


class _LineLogger:
    """The wrapped logger of structlog: passes each finished line to the writer."""

    def __init__(self, writer: AsyncLogWriter, names: tuple[str, ...]) -> None:
        self._write = writer.write
        self.name = names[0] if names else "fullhouse"

    def msg(self, line: str) -> None:
        self._write(line)

    debug = info = warning = error = critical = exception = fatal = log = msg


def _add_name(
    logger: _LineLogger, _method: str, line: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    line["logger"] = logger.name
    return line


def _renderers(form: LogForm, *, is_coloured: bool) -> list[Processor]:
    """The last processors; colours only on a terminal, since elsewhere they are noise."""
    if form == "json":
        return [summarise_errors, redact_line, structlog.processors.JSONRenderer(default=str)]
    return [
        summarise_errors,
        redact_line,
        structlog.dev.ConsoleRenderer(colors=is_coloured),
    ]


class _LibraryHandler(logging.Handler):
    """Formats the lines of libraries by the same chain."""

    def __init__(self, renderers: Sequence[Processor], writer: AsyncLogWriter) -> None:
        super().__init__()
        self._writer = writer
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[
                    structlog.contextvars.merge_contextvars,
                    add_correlation_id,
                    report_errors,
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                ],
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *renderers,
                ],
            )
        )

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._writer.write(self.format(record))
        except Exception:  # noqa: BLE001 - as every handler of `logging`: report, never raise
            self.handleError(record)
