"""Builds and drops indexes beside the running business: no write waits for either.

CREATE INDEX CONCURRENTLY runs in no transaction, so it has a connection of its own, with time-outs
for its locks and for itself. What remains of one that failed is dropped.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from fullhouse.jobs.limits import RECURRING_SECONDS_MAX
from fullhouse.kernel.clock import Clock
from fullhouse.observability.limits import (
    INDEX_BUILD_SECONDS_MAX,
    INDEX_LOCK_SECONDS_MAX,
    INDEX_TABLE_BYTES_MAX,
    INDEXES_A_DAY_MAX,
    INDEXES_KEPT_MAX,
)
from fullhouse.observability.optimisations import Optimisation, OptimisationState
from fullhouse.observability.table_facts import table_facts
from fullhouse.storage.connection import Connect, close_quietly
from fullhouse.storage.database import Database
from fullhouse.storage.errors import DatabaseErrors
from fullhouse.storage.limits import DISK_FREE_BYTES_MIN

assert INDEX_BUILD_SECONDS_MAX < RECURRING_SECONDS_MAX, "a job may take as long as an index"

_IN_FORCE: Final = frozenset({OptimisationState.MEASURING, OptimisationState.KEPT})


def never_held() -> bool:
    """For installations without an operating mode."""
    return False


@dataclass(frozen=True, slots=True)
class IndexBuilder:
    """`next_busy_day` is the first one from yesterday on; `free_bytes` of the server's disk.

    The bytes are None where the disk is another machine's.
    """

    database: Database
    connect: Connect
    clock: Clock
    next_busy_day: Callable[[], Awaitable[date | None]]
    free_bytes: Callable[[], int | None]
    is_held: Callable[[], bool] = never_held

    async def obstacle(self, one: Optimisation, known: Sequence[Optimisation]) -> str:
        """Why it is not built now, in a sentence; empty when it may be."""
        now = self.clock.now()
        day = await self.next_busy_day()
        if self.is_held() or (day is not None and day <= (now + timedelta(days=1)).date()):
            return "It waits: a busy day is near, or the business needs all there is."
        begun = [each.started_at for each in known if each.started_at is not None]
        if sum(at > now - timedelta(days=1) for at in begun) >= INDEXES_A_DAY_MAX:
            return f"It waits: {INDEXES_A_DAY_MAX} were built in the last day."
        if sum(each.state in _IN_FORCE for each in known) >= INDEXES_KEPT_MAX:
            return f"It waits: {INDEXES_KEPT_MAX} are in force; undo one first."
        return await self._size_obstacle(one)

    async def _size_obstacle(self, one: Optimisation) -> str:
        async with self.database.unrestricted.session() as session:
            table = (await table_facts(session)).get(one.subject)
        if table is None:
            return "It waits: its table is not there."
        free = self.free_bytes()
        # While it is built, an index can take as much again for sorting
        if table.bytes > INDEX_TABLE_BYTES_MAX or (
            free is not None and free - 2 * table.bytes < DISK_FREE_BYTES_MIN
        ):
            return "It waits: the table is too large to build it beside the running business."
        return ""

    async def build(self, one: Optimisation) -> None:
        """Build it; of what fails, something can remain to be dropped."""
        await self._run(one.action)

    async def drop(self, one: Optimisation) -> None:
        """Drop it, valid or not, if it is there."""
        await self._run(one.undo)

    async def _run(self, statement: str) -> None:
        connection = await self.connect()
        try:
            with DatabaseErrors(connection):
                await connection.execute(
                    f"SET lock_timeout = '{INDEX_LOCK_SECONDS_MAX:.0f}s';"
                    f"SET statement_timeout = '{INDEX_BUILD_SECONDS_MAX:.0f}s'"
                )
                await connection.execute(statement, timeout=INDEX_BUILD_SECONDS_MAX + 1)
        finally:
            await close_quietly(connection)
