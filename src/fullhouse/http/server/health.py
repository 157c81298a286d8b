"""Liveness, readiness, health and metrics of this process, at paths that probes ask often.

Liveness does no work. Readiness answers with the last result of a check in the background, so that
no probe waits for the database. Metrics, the reason and the age of a result are not for everybody.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import msgspec

from fullhouse.concurrency.waiting import result_in_time
from fullhouse.http.request import Request
from fullhouse.http.response import JSON_TYPE, NO_STORE, Response
from fullhouse.http.routing import Route, RouteClass
from fullhouse.http.server.health_reports import HealthReports
from fullhouse.http.server.limits import (
    READINESS_AGE_SECONDS_MAX,
    READINESS_CHECK_SECONDS,
    READINESS_FAILURES_MAX,
)
from fullhouse.http.server.listening import status_of
from fullhouse.http.server.monitoring import MonitoringAccess
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.observability.fleet import Fleet
from fullhouse.observability.loop_watch import LoopWatch
from fullhouse.storage.database import Database
from fullhouse.storage.metrics import PoolMetrics
from fullhouse.telemetry.log import get_logger
from fullhouse.telemetry.metrics import CONTENT_TYPE, MetricRegistry, exposition

PROBE: Final = RouteClass(is_bounded=False)
_LIVE: Final = Response(200, b'{"status":"live"}', (JSON_TYPE, NO_STORE))
_METRICS_HEADERS: Final = ((b"content-type", CONTENT_TYPE.encode()), NO_STORE)
_ALONE: Final = b"alone"
_log = get_logger(__name__)


async def own_readiness(url: str) -> int:
    """The status of the readiness of the process at `url`; raises `OSError`."""
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    return await status_of(parts.hostname or "", port, f"/readyz?{_ALONE.decode()}", tls=is_tls)


@dataclass(slots=True)
class HealthProbe:
    """Checks the database every `READINESS_CHECK_SECONDS` and remembers the result."""

    database: Database
    metrics: MetricRegistry
    clock: Clock
    shutdown: ShutdownSignal
    query: str
    """A named query whose result is true when the database can serve requests."""
    access: MonitoringAccess
    reports: HealthReports
    loop: LoopWatch
    fleet: Fleet
    is_database_away: Callable[[], bool] = lambda: False
    """Whether the server does not answer, whatever becomes of this process's own connections."""
    is_database_full: Callable[[], bool] = lambda: False
    """Whether the database was found to have no room a moment ago; a query does not show it."""
    _is_reached: bool = False
    _failures: int = 0
    """Checks in a row."""
    _checked_at: float | None = None
    _looked_at: float = float("-inf")
    """When the last check began or ended: one that goes on does not make its forerunner too old."""
    _away_at: float = float("-inf")
    """When the database was last known to be away."""
    _exposing: asyncio.Task[bytes] | None = None

    def routes(self) -> Sequence[Route]:
        """No limit makes a probe believe that the process is gone."""
        return (
            _route("/livez", self.live, PROBE),
            _route("/readyz", self.ready, PROBE),
            Route("GET", "/metrics", self.exposition, RouteClass()),
            *self.reports.routes(),
        )

    def live(self, _: Request) -> Response:
        return _LIVE

    def ready(self, request: Request) -> Response:
        """`503` during shutdown, when the last check failed or is too old, and without room.

        But not for what would take all or most that serve out of service: pages can be shown all
        the same. With `?alone` the others do not matter, so that they can ask each other.
        """
        now = self.clock.monotonic()
        age = None if self._checked_at is None else now - self._checked_at
        status = self._status(now - self._looked_at)
        is_alone = request.query_string == _ALONE
        is_ready = status == "ready" or (not is_alone and self._concerns_all(status))
        shown: dict[str, str | float | None] = {"status": "ready" if is_ready else "not_ready"}
        if self.access.may(request):
            shown = {"status": status, "age_seconds": None if age is None else round(age, 1)}
        body = msgspec.json.encode(shown)
        return Response(200 if is_ready else 503, body, (JSON_TYPE, NO_STORE))

    def _status(self, age: float) -> str:
        if self.shutdown.is_set:
            return "draining"
        if not self._is_reached or age > READINESS_AGE_SECONDS_MAX:
            return "database_unavailable"
        return "database_full" if self.is_database_full() else "ready"

    def _concerns_all(self, status: str) -> bool:
        """Whether too few others would serve instead, as far as this one can know."""
        if status == "database_full":
            return bool(self.fleet.machines)
        is_away = status == "database_unavailable" and self._is_or_was_just_away()
        return is_away and self.fleet.serves_without

    def _is_or_was_just_away(self) -> bool:
        """When the database is back, the next check has to find it so."""
        now = self.clock.monotonic()
        if self.is_database_away():
            self._away_at = now
        return now - self._away_at <= READINESS_AGE_SECONDS_MAX

    async def exposition(self, request: Request) -> Response:
        """All metrics in the Prometheus text format. Raises `MetricsTokenRequired`.

        Made in a thread, once for all who ask meanwhile: requests do not wait for it.
        """
        self.access.require(request)
        if self._exposing is None or self._exposing.done():
            self.metrics.publish()
            made = asyncio.to_thread(exposition, self.metrics.registry)
            self._exposing = asyncio.create_task(made)
        return Response(200, await asyncio.shield(self._exposing), _METRICS_HEADERS)

    async def watch(self) -> None:
        """Check again and again, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.loop.run())
            group.create_task(self.reports.health.run())
            group.create_task(self._read_the_fleet())
            while True:
                await self.check()
                if self._failures and self.is_database_away():  # not while it is just back
                    await self.fleet.ask_peers()
                await asyncio.sleep(READINESS_CHECK_SECONDS)

    async def _read_the_fleet(self) -> None:
        """Beside the checks, which what is silent for the fleet must not hold up."""
        while True:
            with contextlib.suppress(FullhouseError, TimeoutError):
                if self._checked_at is not None and self._failures == 0:
                    await result_in_time(self.fleet.read(), seconds_max=READINESS_CHECK_SECONDS)
            await asyncio.sleep(READINESS_CHECK_SECONDS)

    async def check(self) -> None:
        """Check once that a connection is available and answers in time.

        A failure changes nothing yet: whether the server answers others is known a moment later.
        """
        self.metrics.get(PoolMetrics).report(self.database.statistics)
        self._looked_at = self.clock.monotonic()
        is_reached = False
        with contextlib.suppress(TimeoutError):
            is_reached = await result_in_time(self._ping(), seconds_max=READINESS_CHECK_SECONDS)
        self._failures = 0 if is_reached else self._failures + 1
        is_reached |= self._is_reached and self._failures < READINESS_FAILURES_MAX
        if is_reached != self._is_reached:
            _log.info("health.readiness_changed", ready=is_reached)
        self._is_reached = is_reached
        self._checked_at = self._looked_at = self.clock.monotonic()

    async def _ping(self) -> bool:
        try:
            async with self.database.session(deadline_seconds=READINESS_CHECK_SECONDS) as session:
                return bool(await session.fetch_value(self.query, int))
        except FullhouseError as error:
            _log.warning("health.database_unavailable", error=error)
            return False


def _route(path: str, respond: Callable[[Request], Response], limits: RouteClass) -> Route:
    async def handler(request: Request) -> Response:
        return respond(request)

    return Route("GET", path, handler, limits)
