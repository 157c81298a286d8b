"""Log lines: structured, with the correlation id, without secrets, and never waited for.

Ours and those of the libraries (which use the standard library's `logging`) go through one chain
and one writer. Call `start_logging` once at the top of a process and `close` what it returns.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Final, Literal, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor
from typing_extensions import override

from fullhouse.telemetry import correlation
from fullhouse.telemetry.secrets import hide_secrets
from fullhouse.telemetry.writer import LineWriter, Stream

LogForm = Literal["json", "pretty"]
LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_TALKATIVE: Final = ("asyncio", "asyncpg", "uvicorn.access", "aiosmtplib", "httpx")
"""Libraries that are heard from a warning upwards only: what they tell, we tell in our words."""


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger whose lines carry `logger=name`; cheap, so each module has its own."""
    return cast("FilteringBoundLogger", structlog.get_logger(name))


class Logging:
    """A process's logging, from `start_logging` until `close`."""

    def __init__(self, writer: LineWriter, handler: logging.Handler) -> None:
        self._writer = writer
        self._handler = handler

    def close(self) -> None:
        """Write what waits and let go of the stream."""
        logging.getLogger().removeHandler(self._handler)
        structlog.reset_defaults()
        self._writer.close()


def start_logging(*, form: LogForm, level: str, stream: Stream | None = None) -> Logging:
    """Send every line of this process to `stream` (standard error unless given)."""
    threshold = LEVELS[level.lower()]
    writer = LineWriter(stream or sys.stderr)
    chain: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_name,
        add_correlation_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        *_renderers(form),
    ]
    structlog.configure(
        processors=chain,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *names: _Sink(writer, names),
        cache_logger_on_first_use=False,
    )
    handler = _LibraryHandler(form, writer)
    root = logging.getLogger()
    root.setLevel(threshold)
    root.addHandler(handler)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    return Logging(writer, handler)


def add_correlation_id(
    _logger: object, _method: str, line: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """A structlog processor: the id bound in this task, unless the line names its own."""
    bound = correlation.current()
    if bound is not None:
        line.setdefault("correlation_id", str(bound))
    return line


class _Sink:
    """What structlog calls with a finished line."""

    def __init__(self, writer: LineWriter, names: tuple[str, ...]) -> None:
        self._write = writer.write
        self.name = names[0] if names else "fullhouse"

    def msg(self, line: str) -> None:
        self._write(line)

    debug = info = warning = error = critical = exception = fatal = log = msg


def _add_name(
    logger: _Sink, _method: str, line: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    line["logger"] = logger.name
    return line


def _renderers(form: LogForm) -> list[Processor]:
    if form == "json":
        return [
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.JSONRenderer(default=str),
        ]
    # Local variables hold secrets and the whole house: a traceback shows the way, not the luggage
    traceback = structlog.dev.RichTracebackFormatter(show_locals=False)
    return [
        hide_secrets,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=traceback),
    ]


class _LibraryHandler(logging.Handler):
    """Takes the lines of libraries through the same chain as ours."""

    def __init__(self, form: LogForm, writer: LineWriter) -> None:
        super().__init__()
        self._writer = writer
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[
                    structlog.contextvars.merge_contextvars,
                    add_correlation_id,
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                ],
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_renderers(form),
                ],
            )
        )

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._writer.write(self.format(record))
        except Exception:  # noqa: BLE001 - as every handler of `logging`: reported, never raised
            self.handleError(record)
