"""Health of the database, as this process sees it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec import Struct

from fullhouse.observability.limits import (
    CONNECTIONS_SHARE_MAX,
    SLOW_SECONDS,
    STATEMENTS_FAILED_MAX,
    STATEMENTS_OF_P95_MIN,
    STATEMENTS_OF_P99_MIN,
    STATEMENTS_P95_SECONDS_MAX,
    STATEMENTS_P99_SECONDS_MAX,
    STATEMENTS_SLOW_MAX,
)
from fullhouse.observability.model import HealthStatus, Measurement, judged
from fullhouse.storage.database import Database
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.storage.statement_times import StatementTimes, recent_statements


class Connections(Struct, frozen=True):
    """Of the server, whosever they are."""

    connections: int
    connections_max: int


@dataclass(slots=True)
class DatabaseHealth:
    """Statements of the last minute, the pool, and the connections of the server."""

    database: Database
    queries: QueryMetrics
    is_away: Callable[[], bool]

    async def measure(self) -> Sequence[Measurement]:
        found = [*statements(recent_statements(self.queries)), *self._pool()]
        if self.is_away():
            return [Measurement("answers", "no", status=HealthStatus.UNHEALTHY), *found]
        async with self.database.session() as session:
            server = await session.fetch_one("observability.connections", Connections)
        assert server is not None, "the query always returns a row"
        return [Measurement("answers", "yes"), *found, *_connections(server)]

    def _pool(self) -> Sequence[Measurement]:
        pool = self.database.statistics
        return (
            Measurement("pool_size", pool.permits),
            Measurement("pool_busy", pool.busy),
            Measurement("pool_waiting", pool.waiting, status=judged(pool.waiting, degraded=0)),
            Measurement("pool_refused", pool.refused + pool.expired),
        )


def statements(taken: StatementTimes) -> Sequence[Measurement]:
    """Quantiles of few statements are shown and not judged."""
    sketch, count = taken.sketch, taken.sketch.count
    p50, p95, p99 = (round(sketch.quantile(share), 6) for share in (0.5, 0.95, 0.99))
    slow = sketch.count_from(SLOW_SECONDS)
    is_p95_judged = count >= STATEMENTS_OF_P95_MIN
    is_p99_judged = count >= STATEMENTS_OF_P99_MIN
    return (
        Measurement("statements", count),
        Measurement("statement_p50", p50, "s"),
        Measurement(
            "statement_p95",
            p95,
            "s",
            judged(p95 if is_p95_judged else 0, degraded=STATEMENTS_P95_SECONDS_MAX),
        ),
        Measurement(
            "statement_p99",
            p99,
            "s",
            judged(
                p99 if is_p99_judged else 0,
                degraded=STATEMENTS_P99_SECONDS_MAX,
                unhealthy=STATEMENTS_P99_SECONDS_MAX,
            ),
        ),
        Measurement("statements_slow", slow, status=judged(slow, degraded=STATEMENTS_SLOW_MAX)),
        Measurement(
            "statements_failed",
            taken.failed,
            status=HealthStatus.UNHEALTHY
            if taken.failed >= STATEMENTS_FAILED_MAX
            else HealthStatus.HEALTHY,
        ),
    )


def _connections(server: Connections) -> Sequence[Measurement]:
    share = server.connections / server.connections_max
    return (
        Measurement(
            "connections", server.connections, status=judged(share, degraded=CONNECTIONS_SHARE_MAX)
        ),
        Measurement("connections_max", server.connections_max),
    )
