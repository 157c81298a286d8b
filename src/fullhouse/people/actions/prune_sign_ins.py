"""Prune sessions that have ended, and failed attempts that lock nobody any more."""

from dataclasses import dataclass
from datetime import timedelta

from fullhouse.kernel.clock import Clock
from fullhouse.people.limits import FAILURES_FORGOTTEN_HOURS, ROWS_PRUNED_AT_ONCE_MAX
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class PruneSignIns:
    """Deletes a thousand rows in each short transaction."""

    database: Database
    clock: Clock

    async def __call__(self) -> None:
        now = self.clock.now()
        forgotten = now - timedelta(hours=FAILURES_FORGOTTEN_HOURS)
        await self._prune("people.prune_account_sessions", now=now)
        await self._prune("people.prune_account_links", now=now)
        await self._prune("people.prune_sign_in_failures", forgotten_before=forgotten)

    async def _prune(self, query: str, **values: object) -> None:
        deleted = ROWS_PRUNED_AT_ONCE_MAX
        while deleted == ROWS_PRUNED_AT_ONCE_MAX:
            async with self.database.session() as session:
                deleted = await session.execute(query, rows_max=ROWS_PRUNED_AT_ONCE_MAX, **values)
