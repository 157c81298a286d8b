"""Whether this process lives, whether it can serve, and its figures: asked often, answered cheaply.

Liveness touches nothing. Readiness tells the last result of a look in the background, with its age,
so that no probe ever waits for a database.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Final

import msgspec

from fullhouse.entrypoints.api.answer import JSON_TYPE, NO_STORE, Answer
from fullhouse.entrypoints.api.draining import Draining
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.limits import READY_AGE_SECONDS_MAX, READY_LOOK_SECONDS
from fullhouse.storage.database import Database
from fullhouse.telemetry.log import get_logger
from fullhouse.telemetry.metrics import CONTENT_TYPE, Metrics, exposition

LIVE: Final = Answer(200, b'{"status":"live"}', (JSON_TYPE, NO_STORE))
_METRICS_HEADERS: Final = ((b"content-type", CONTENT_TYPE.encode()), NO_STORE)
_log = get_logger(__name__)


@dataclass(slots=True)
class Vitals:
    """Looks at the database every few seconds and remembers what it saw."""

    database: Database
    metrics: Metrics
    clock: Clock
    draining: Draining
    _reached: bool = False
    _looked_at: float | None = None

    def live(self) -> Answer:
        return LIVE

    def ready(self) -> Answer:
        """`503` while draining, and when the last look failed or is too long ago."""
        now = self.clock.monotonic()
        age = None if self._looked_at is None else now - self._looked_at
        if self.draining.begun:
            status = "draining"
        elif self._reached and age is not None and age <= READY_AGE_SECONDS_MAX:
            status = "ready"
        else:
            status = "database_unavailable"
        body = msgspec.json.encode(
            {"status": status, "age_seconds": None if age is None else round(age, 1)}
        )
        return Answer(200 if status == "ready" else 503, body, (JSON_TYPE, NO_STORE))

    def figures(self) -> Answer:
        """Everything counted so far, in Prometheus form."""
        return Answer(200, exposition(self.metrics.registry), _METRICS_HEADERS)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(READY_LOOK_SECONDS)

    async def look(self) -> None:
        """One look: a connection is had and answers in time."""
        self.metrics.pool.report(self.database.statistics)
        reached = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_LOOK_SECONDS):
                reached = await self._reach()
        if reached != self._reached:
            _log.info("readiness_changed", ready=reached)
        self._reached, self._looked_at = reached, self.clock.monotonic()

    async def _reach(self) -> bool:
        try:
            async with self.database.session(deadline_seconds=READY_LOOK_SECONDS) as session:
                return bool(await session.fetch_value("people.is_there", int))
        except FullhouseError as error:
            _log.warning("database_not_reached", code=error.code, detail=error.detail)
            return False
