"""Errors to Sentry, or what speaks its protocol; loaded with the extra `fullhouse[sentry]` alone.

A report is made of what is known to be nobody's: types of errors, places in our code, the name of
the log line and the correlation id. Texts of errors, local variables, headers and addresses may
quote a guest or a secret, so none of them is ever read.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Final
from uuid import UUID

from sentry_sdk import Client
from sentry_sdk.types import Event

from fullhouse.integrations.limits import REPORT_CAUSES_MAX, REPORT_FRAMES_MAX, REPORT_SECONDS_MAX
from fullhouse.telemetry.error_reports import ReportedError
from fullhouse.telemetry.error_summaries import summary_of

_PACKAGE: Final = "fullhouse"


@contextmanager
def reported_errors(dsn: str, program: str) -> Iterator[Callable[[ReportedError], None]]:
    """What takes the errors of this process; a thread sends them, those that are left at the end.

    Raises `BadDsn` of `sentry_sdk` for an address that cannot be one.
    """
    client = Client(
        dsn=dsn,
        release=f"{_PACKAGE}@{version(_PACKAGE)}",
        server_name=program,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
    )
    try:
        yield lambda reported: _send(client, reported)
    finally:
        client.close(timeout=REPORT_SECONDS_MAX)


def _send(client: Client, reported: ReportedError) -> None:
    client.capture_event(_event_of(reported))


def _event_of(reported: ReportedError) -> Event:
    return {
        "level": "error",
        "logger": reported.logger,
        "transaction": reported.event,
        "tags": _tags(reported.correlation_id),
        "exception": {"values": [_exception(error) for error in _causes(reported.error)]},
    }


def _tags(correlation_id: UUID | None) -> dict[str, str]:
    return {} if correlation_id is None else {"correlation_id": str(correlation_id)}


def _causes(error: BaseException) -> Sequence[BaseException]:
    """The error and what caused it, the first cause first, as Sentry wants them."""
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and len(found) < REPORT_CAUSES_MAX:
        found.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return found[::-1]


def _exception(error: BaseException) -> dict[str, object]:
    return {
        "type": type(error).__name__,
        "module": type(error).__module__,
        "value": summary_of(error),
        "stacktrace": {"frames": _frames(error.__traceback__)},
    }


def _frames(top: TracebackType | None) -> Sequence[Mapping[str, object]]:
    return [
        {
            "filename": _place(frame.filename),
            "function": frame.name,
            "lineno": frame.lineno,
            "in_app": _PACKAGE in Path(frame.filename).parts,
        }
        for frame in extract_tb(top, limit=-REPORT_FRAMES_MAX)
    ]


def _place(filename: str) -> str:
    """Without where it is installed, which may name somebody."""
    parts = Path(filename).parts
    for folder in ("site-packages", "src"):
        if folder in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(folder) :])
    return "/".join(parts[-2:])
