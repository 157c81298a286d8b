"""Metrics of statements and of the connection pool."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from typing_extensions import override

from fullhouse.kernel.errors import FullhouseError
from fullhouse.storage.limits import SLOW_QUERIES_WAITING_MAX, SLOW_QUERY_SECONDS
from fullhouse.telemetry.metrics import MetricRegistry, MetricSet

UNFORESEEN: Final = "error"
"""The outcome of an error that none of ours stands for."""


class SlowStatement(NamedTuple):
    """A statement that took `SLOW_QUERY_SECONDS` or longer."""

    query: str
    seconds: float
    outcome: str


class QueryMetrics(MetricSet):
    """Named queries by outcome: `ok`, the code of the error, `cancelled`, or `error`."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.seconds = registry.durations(
            "query_seconds", "Duration of named queries", "query", "outcome"
        )
        self._slow: deque[SlowStatement] = deque(maxlen=SLOW_QUERIES_WAITING_MAX)

    def observe(self, query: str, seconds: float, error: BaseException | None) -> None:
        """Implements `storage.observation.ObserveQuery`."""
        outcome = _outcome_of(error)
        self.seconds.labels(query, outcome).observe(seconds)
        if seconds >= SLOW_QUERY_SECONDS:
            self._slow.append(SlowStatement(query, seconds, outcome))

    def take_slow(self) -> Sequence[SlowStatement]:
        """The slow statements since the last call; of very many the latest."""
        taken = tuple(self._slow)
        self._slow.clear()
        return taken


def _outcome_of(error: BaseException | None) -> str:
    match error:
        case None:
            return "ok"
        case FullhouseError():
            return error.code
        case asyncio.CancelledError():
            return "cancelled"
        case _:
            return UNFORESEEN


class PoolState(Protocol):
    """The state of the bulkhead before the pool; `refused` and `expired` since it opened."""

    @property
    def permits(self) -> int: ...
    @property
    def busy(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def refused(self) -> int: ...
    @property
    def expired(self) -> int: ...


class PoolMetrics(MetricSet):
    """Connections: in use, waited for, and refused."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.size = registry.gauge_of_sum("pool_size", "Database connections that may be used")
        self.busy = registry.gauge_of_sum("pool_busy", "Database connections in use")
        self.waiting = registry.gauge_of_sum(
            "pool_waiting", "Callers waiting for a database connection"
        )
        self.refused = registry.counter("pool_refused", "Callers who got no database connection")
        self._refused_before = 0

    def report(self, state: PoolState) -> None:
        """Publish the present state; call it every few seconds."""
        self.size.set(state.permits)
        self.busy.set(state.busy)
        self.waiting.set(state.waiting)
        refused = state.refused + state.expired
        self.refused.inc(max(0, refused - self._refused_before))
        self._refused_before = refused
