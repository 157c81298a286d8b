"""Traces by the OpenTelemetry protocol over HTTP; loaded with the extra `fullhouse[otel]` alone.

A thread of its own sends them in batches. What a collector is too slow for is dropped.
"""

import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, TraceFlags
from opentelemetry.trace import SpanKind as OtlpKind
from opentelemetry.trace.status import Status, StatusCode

from fullhouse.integrations.limits import TRACES_SECONDS_MAX
from fullhouse.telemetry.tracing import Span, SpanIds, SpanKind

_PATH: Final = "/v1/traces"
_KINDS: Final[dict[SpanKind, OtlpKind]] = {
    "server": OtlpKind.SERVER,
    "client": OtlpKind.CLIENT,
    "consumer": OtlpKind.CONSUMER,
    "internal": OtlpKind.INTERNAL,
}


@contextmanager
def exported_spans(endpoint: str, program: str) -> Iterator[Callable[[Span], None]]:
    """What takes the spans of this process; those that are left at the end are sent then.

    `endpoint` is the address of the collector, without the path of traces.
    """
    exporter = OTLPSpanExporter(endpoint.rstrip("/") + _PATH, timeout=TRACES_SECONDS_MAX)
    processor = BatchSpanProcessor(exporter)
    resource = Resource.create(
        {
            "service.name": "fullhouse",
            "service.version": version("fullhouse"),
            "service.instance.id": f"{program} on {platform.node()}",
        }
    )
    try:
        yield lambda span: processor.on_end(_readable(span, resource))
    finally:
        processor.shutdown()  # type: ignore[no-untyped-call]  # untyped upstream


def _readable(span: Span, resource: Resource) -> ReadableSpan:
    parent = None if span.parent_id is None else SpanIds(span.ids.trace_id, span.parent_id)
    return ReadableSpan(
        span.name,
        context=_context(span.ids),
        parent=None if parent is None else _context(parent),
        resource=resource,
        attributes=dict(span.attributes),
        links=[Link(_context(ids)) for ids in span.links],
        kind=_KINDS[span.kind],
        status=Status(StatusCode.ERROR if span.has_failed else StatusCode.UNSET),
        start_time=span.started_at,
        end_time=span.ended_at,
    )


def _context(ids: SpanIds) -> SpanContext:
    return SpanContext(
        ids.trace_id, ids.span_id, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)
    )
