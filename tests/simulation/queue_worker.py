"""A worker of the simulation: it leases what is due and runs it, until it is killed."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence

from tests.simulation.simulated_database import SimulatedDatabase
from tests.simulation.virtual_loop import Simulation

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.metrics import JobMetrics
from fullhouse.jobs.runner import EffectRunner
from fullhouse.jobs.store import EffectStore
from fullhouse.kernel.errors import TransientError
from fullhouse.storage.errors import OutcomeUnknown
from fullhouse.telemetry.metrics import MetricRegistry

Watch = Callable[["asyncio.Task[None]"], None]
_METRICS = MetricRegistry().get(JobMetrics)


class QueueWorker:
    """Runs effects by the product's own runner; `watch` is told of its tasks."""

    def __init__(
        self,
        simulation: Simulation,
        database: SimulatedDatabase,
        kinds: Sequence[JobKind],
        *,
        watch: Watch,
    ) -> None:
        self.simulation = simulation
        self.database = database
        self.kinds = {kind.name: kind for kind in kinds}
        self._watch = watch
        self._store = EffectStore(database)
        self._runner = EffectRunner(
            self._store,
            self.kinds,
            _METRICS,
            clock=simulation.clock(),
            random=simulation.chance,
        )
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        self._start(self._run())

    def kill(self) -> None:
        """As `kill -9`: nothing that it was about to write is written."""
        self.simulation.note("a worker is killed")
        self.database.is_dead = True
        for task in self._tasks:
            task.cancel()

    async def look_around(self) -> None:
        """What it does between two looks at the queue."""

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = self.simulation.loop.create_task(work)
        self._tasks.append(task)
        self._watch(task)

    async def _run(self) -> None:
        tables = self.database.tables
        while True:
            tables.changed.clear()
            for effect in await self._leased():
                self._start(self._runner(effect))
            await wait_for_event(tables.changed, timeout_seconds=self._wait_seconds())
            await self.look_around()

    async def _leased(self) -> Sequence[Effect]:
        kinds = [kind for kind in self.kinds.values() if not kind.is_held()]
        try:
            return await self._store.lease(kinds, room=3) if kinds else ()
        except (TransientError, OutcomeUnknown):
            await self.simulation.passes(0.5, 2.0)
            return ()

    def _wait_seconds(self) -> float:
        tables = self.database.tables
        now = tables.clock.now()
        waiting = [
            (row.due_at - now).total_seconds()
            for row in tables.effects.values()
            if row.status in {"due", "leased"}
        ]
        return max(1.0, min(waiting, default=10.0))


async def kill_and_replace(
    worker: QueueWorker, *, trouble_seconds: float, another: Callable[[], QueueWorker]
) -> None:
    """Kill a worker at some time of the trouble, and start another one a little later."""
    await worker.simulation.passes(0.0, trouble_seconds)
    worker.kill()
    await worker.simulation.passes(0.5, 5.0)
    another().begin()
