"""Traces of requests: what each caused, in which process, and how long it took. Emit only.

The id of a trace is the correlation id. So a request, its commands in the ledger, its jobs and
their calls to others are one trace, though nothing but that id goes with an event. A share of the
traces is kept, chosen by the id, so that all processes choose the same. Without `tracing_by`
nothing is traced, at the price of one branch.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Final, Literal, NamedTuple
from uuid import UUID

from fullhouse.kernel.clock import Clock
from fullhouse.telemetry import correlation

SpanKind = Literal["server", "client", "consumer", "internal"]
Attribute = str | int | float

_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}", re.ASCII)
_RANDOM_MAX: Final = 0xFF_FFFF_FFFF_FFFF
"""The last 56 bits of an id, which are random in a UUIDv7 too (W3C Trace Context Level 2)."""
_SPAN_ID_MAX: Final = 0xFFFF_FFFF_FFFF_FFFF
_OUR_UUID_VERSION: Final = 7
_NANOSECONDS: Final = 1_000_000_000
_NOTHING: Final[AbstractContextManager[None]] = nullcontext()


class SpanIds(NamedTuple):
    """Of a trace 128 bits, of a span 64; never 0."""

    trace_id: int
    span_id: int

    @property
    def traceparent(self) -> str:
        """The header by which another program continues the trace (W3C Trace Context)."""
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-01"


@dataclass(slots=True)
class Span:
    """Something that was done; times are nanoseconds since 1970. Nothing in it says of whom."""

    name: str
    kind: SpanKind
    ids: SpanIds
    parent_id: int | None
    started_at: int
    ended_at: int = 0
    attributes: dict[str, Attribute] = field(default_factory=dict)
    links: list[SpanIds] = field(default_factory=list)
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class Tracer:
    """Hands the spans of a `share` (0 to 1) of the traces to `export`, which does not wait."""

    clock: Clock
    export: Callable[[Span], None]
    share: float
    random: Random

    def is_kept(self, trace_id: int) -> bool:
        return trace_id & _RANDOM_MAX < self.share * _RANDOM_MAX

    def span_id(self) -> int:
        return self.random.randint(1, _SPAN_ID_MAX)

    @contextmanager
    def during(self, span: Span) -> Iterator[Span]:
        """The span lasts as long as the block, which is what happens within."""
        token = _current.set(span.ids)
        try:
            yield span
        except Exception:
            span.has_failed = True
            raise
        finally:
            _current.reset(token)
            span.ended_at = self.now()
            self.export(span)

    def now(self) -> int:
        return _nanoseconds(self.clock.now())


_current: Final[ContextVar[SpanIds | None]] = ContextVar("span", default=None)
_active: list[Tracer] = []


@contextmanager
def tracing_by(tracer: Tracer) -> Iterator[None]:
    """Trace by it in this process while the block lasts."""
    _active.append(tracer)
    try:
        yield
    finally:
        _active.remove(tracer)


def is_on() -> bool:
    return bool(_active)


def parent_of(header: str | None) -> SpanIds | None:
    """The span of another program that a `traceparent` names."""
    found = _TRACEPARENT.fullmatch(header or "")
    if found is None:
        return None
    ids = SpanIds(int(found[1], 16), int(found[2], 16))
    return ids if all(ids) else None


def span_of_request(
    request_id: UUID, parent: SpanIds | None
) -> AbstractContextManager[Span | None]:
    """The span of a request by its correlation id, to be named; None for one that is not kept.

    `parent` is the span of another program that waits for the request.
    """
    if not _active:
        return _NOTHING
    tracer, trace_id = _active[-1], request_id.int
    if not tracer.is_kept(trace_id):
        return _NOTHING
    ids = SpanIds(trace_id, _root_of(request_id) or tracer.span_id())
    span = Span("request", "server", ids, None, tracer.now())
    if parent is not None and parent.trace_id == trace_id:
        span.parent_id = parent.span_id
    elif parent is not None:
        span.links.append(parent)
    return tracer.during(span)


def span(
    name: str, kind: SpanKind = "internal", **attributes: Attribute
) -> AbstractContextManager[Span | None]:
    """A span within the one of this task, or else in the trace of its correlation id."""
    if not _active:
        return _NOTHING
    tracer, within = _active[-1], _current.get()
    if within is None:
        bound = correlation.current()
        if bound is None or not tracer.is_kept(bound.int):
            return _NOTHING
        trace_id, parent_id = bound.int, _root_of(bound)
    else:
        trace_id, parent_id = within
    ids = SpanIds(trace_id, tracer.span_id())
    return tracer.during(
        Span(name, kind, ids, parent_id, tracer.now(), attributes=dict(attributes))
    )


def record_shared(
    name: str, spans: Sequence[Span | None], *, seconds: float, **attributes: Attribute
) -> None:
    """Record what was just done for several spans together: a trace of its own, linked with each.

    None stands for what is not kept.
    """
    kept = [each for each in spans if each is not None]
    if not _active or not kept:
        return
    tracer = _active[-1]
    ids = SpanIds(tracer.random.getrandbits(128) or 1, tracer.span_id())
    ended_at = tracer.now()
    started_at = ended_at - round(seconds * _NANOSECONDS)
    shared = Span(name, "internal", ids, None, started_at, ended_at, dict(attributes))
    for each in kept:
        shared.links.append(each.ids)
        each.links.append(ids)
    tracer.export(shared)


def record_waited(name: str, request_id: UUID, *, since: datetime, **attributes: Attribute) -> None:
    """Record what was waited for since then until now, in the trace of a request."""
    if not _active or not _active[-1].is_kept(request_id.int):
        return
    tracer = _active[-1]
    ids = SpanIds(request_id.int, tracer.span_id())
    waited = Span(name, "internal", ids, _root_of(request_id), _nanoseconds(since))
    waited.ended_at, waited.attributes = tracer.now(), attributes
    tracer.export(waited)


def outgoing_headers() -> Mapping[str, str]:
    """What another program needs to continue the trace; nothing outside one that is kept."""
    within = _current.get()
    return {} if within is None else {"traceparent": within.traceparent}


def _nanoseconds(at: datetime) -> int:
    return round(at.timestamp() * _NANOSECONDS)


def _root_of(request_id: UUID) -> int | None:
    """The span of the request that an id of ours is of; ids that were given say nothing of it."""
    if request_id.version != _OUR_UUID_VERSION:
        return None
    return request_id.int & _SPAN_ID_MAX or None
