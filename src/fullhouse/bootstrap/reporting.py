"""The wiring of traces and error reports, which need an extra each."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import SystemRandom

from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.settings import Settings
from fullhouse.telemetry.error_reports import reporting_to
from fullhouse.telemetry.tracing import Tracer, tracing_by


@contextmanager
def reporting(settings: Settings, program: str) -> Iterator[None]:
    """Send traces and errors of this process to where the settings say, while the block lasts.

    Raises `InvalidInput` for a setting whose extra is not installed.
    """
    with ExitStack() as stack:
        if settings.otlp_endpoint is not None:
            _trace(settings.otlp_endpoint, settings.traces_share, program, stack=stack)
        if settings.sentry_dsn is not None:
            _report(settings.sentry_dsn.get_secret_value(), program, stack=stack)
        yield


def _trace(endpoint: str, share: float, program: str, *, stack: ExitStack) -> None:
    try:
        from fullhouse.integrations.traces import exported_spans  # noqa: PLC0415 - an extra
    except ImportError:
        raise InvalidInput(
            "Traces need: pip install 'fullhouse[otel]'.", field="otlp_endpoint"
        ) from None
    export = stack.enter_context(exported_spans(endpoint, program))
    stack.enter_context(tracing_by(Tracer(SystemClock(), export, share, SystemRandom())))


def _report(dsn: str, program: str, *, stack: ExitStack) -> None:
    try:
        from fullhouse.integrations.error_reports import reported_errors  # noqa: PLC0415 - an extra
    except ImportError:
        raise InvalidInput(
            "Reports need: pip install 'fullhouse[sentry]'.", field="sentry_dsn"
        ) from None
    stack.enter_context(reporting_to(stack.enter_context(reported_errors(dsn, program))))
