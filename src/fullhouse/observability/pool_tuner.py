"""Tunes how many connections a process uses at a time, by how long statements take with waiting.

More connections than a database has processors for make every statement slower; fewer than are
needed let them wait. A step is tried, measured, and undone when it is no better.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from msgspec import Struct

from fullhouse.concurrency.bulkhead import BulkheadStatistics
from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids
from fullhouse.observability.limits import (
    POOL_LEASES_MIN,
    POOL_REST_WINDOWS,
    POOL_SHARE_MAX,
    POOL_SIZE_MIN,
    POOL_STEP,
    POOL_TUNE_SECONDS,
    POOL_WAIT_SECONDS_GOOD,
    POOL_WINDOWS,
)
from fullhouse.observability.optimisations import (
    OptimisationChange,
    OptimisationState,
    Proposal,
    change_optimisation,
    open_optimisations,
    propose,
)
from fullhouse.storage.database import Database
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.storage.statement_times import recent_statements
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("observability")
_STATE: Final = OptimisationState


class PoolWindow(Struct, frozen=True):
    """A minute: the mean seconds of waiting for a connection, and of a statement."""

    wait: float
    statement: float

    @property
    def seconds(self) -> float:
        return self.wait + self.statement


def next_size(size: int, windows: Sequence[PoolWindow], *, bound: int) -> int:
    """One step up when statements wait, down when none does; `size` where there is no step."""
    if median(window.wait for window in windows) > POOL_WAIT_SECONDS_GOOD:
        return min(size + POOL_STEP, bound)
    return max(size - POOL_STEP, min(POOL_SIZE_MIN, size))


def is_better(before: Sequence[PoolWindow], after: Sequence[PoolWindow]) -> bool:
    """Whether a tenth of the time of waiting and statement is gone."""
    was = median(window.seconds for window in before)
    return median(window.seconds for window in after) <= POOL_SHARE_MAX * was


@dataclass(slots=True)
class PoolTuner:
    """Of one process, by its name; from `POOL_SIZE_MIN` to `bound`, which it was opened with."""

    database: Database
    metrics: QueryMetrics
    clock: Clock
    ids: Ids
    process: str
    bound: int
    _seen: BulkheadStatistics | None = None
    _windows: list[PoolWindow] = field(default_factory=list)
    _before: Sequence[PoolWindow] = ()
    _size_before: int = 0
    _rest: int = 0
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Look once a minute until stopped; whatever fails, the pool stays as it is."""
        while not self._stopping.is_set():
            await wait_for_event(self._stopping, timeout_seconds=POOL_TUNE_SECONDS)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - it must not end the process
                _LOG.warning("pool.not_tuned", error=error)

    def stop(self) -> None:
        self._stopping.set()

    async def look(self) -> None:
        """Take the last minute in; try a step, or judge the one that is tried."""
        window = self._window()
        self._rest -= 1
        if window is None:
            return
        self._windows.append(window)
        if len(self._windows) < POOL_WINDOWS:
            return
        if self._before:
            await self._judge()
        elif self._rest <= 0:
            await self._begin()
        self._windows = self._windows[-POOL_WINDOWS + 1 :] if not self._before else self._windows

    def _window(self) -> PoolWindow | None:
        now, before = self.database.statistics, self._seen
        self._seen = now
        leases = 0 if before is None else now.passed - before.passed
        if before is None or leases < POOL_LEASES_MIN:
            return None
        waited = now.waited_seconds - before.waited_seconds
        return PoolWindow(waited / leases, recent_statements(self.metrics).sketch.mean)

    async def _begin(self) -> None:
        size = self.database.statistics.permits
        new = next_size(size, self._windows, bound=self.bound)
        if new == size:
            return
        seconds = median(window.seconds for window in self._windows)
        made = Proposal(
            kind="pool",
            name=f"{self.process}: {new} connections",
            subject="pool",
            reason=f"With {size} connections a statement takes {1000 * seconds:.1f} ms.",
            action=f"{new} connections",
            undo=f"{size} connections",
            queries=(),
            before={"read_seconds": seconds},
        )
        async with self.database.unrestricted.session() as session:
            now, made_id = self.clock.now(), self.ids.uuid()
            is_new = await propose(session, made, optimisation_id=made_id, now=now)
        if not is_new:
            self._rest = POOL_REST_WINDOWS  # it was tried lately
            return
        self._before, self._size_before, self._windows = tuple(self._windows), size, []
        await self._change(made.name, OptimisationChange(_STATE.MEASURING))
        self.database.resize(new)

    async def _judge(self) -> None:
        after = median(window.seconds for window in self._windows)
        size, is_kept = self.database.statistics.permits, is_better(self._before, self._windows)
        if not is_kept:
            self.database.resize(self._size_before)
        self._before, self._windows, self._rest = (), [], POOL_REST_WINDOWS
        change = OptimisationChange(
            _STATE.KEPT if is_kept else _STATE.UNDONE,
            "Kept: statements are faster." if is_kept else "Undone: statements are no faster.",
            after={"read_seconds": after},
        )
        await self._change(f"{self.process}: {size} connections", change)

    async def _change(self, name: str, change: OptimisationChange) -> None:
        async with self.database.unrestricted.session() as session:
            for one in await open_optimisations(session):
                if one.name == name:
                    await change_optimisation(
                        session, one, change, from_states=list(_STATE), now=self.clock.now()
                    )
