"""The access log: who looked at whom, written a moment later by a task of its own.

A request only appends to a list, so nobody waits for it. What a process that is killed has not
written yet, a second at most, is lost; a clean stop writes all.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.customers.limits import (
    ACCESS_LOG_SECONDS,
    ACCESSES_PER_STATEMENT_MAX,
    ACCESSES_WAITING_MAX,
)
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import TransientError
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.storage.database import Database
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("customers")
AccessKind = Literal["customer", "booking", "data", "program"]
"""The page of the customer or the booking, the export, or a call of the API."""


class Access(Struct, frozen=True):
    """Somebody looked at a person."""

    org_id: OrgId
    access_id: UUID
    at: datetime
    actor: str
    subject: UUID
    kind: AccessKind


@dataclass(slots=True)
class AccessLog:
    """Collects accesses; `run` it once a process."""

    database: Database
    clock: Clock
    ids: Ids
    _waiting: deque[Access] = field(default_factory=lambda: deque(maxlen=ACCESSES_WAITING_MAX))
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, org_id: OrgId, actor: str, *, subject: UUID, kind: AccessKind) -> None:
        """Take it down; past `ACCESSES_WAITING_MAX` the oldest are dropped, which is logged."""
        if len(self._waiting) == ACCESSES_WAITING_MAX:
            _LOG.warning("customers.access_dropped")
        access = Access(org_id, self.ids.uuid(), self.clock.now(), actor, subject, kind)
        self._waiting.append(access)

    async def run(self) -> None:
        """Write what was collected, every second until stopped, and once more then."""
        while not self._stopping.is_set():
            await wait_for_event(self._stopping, timeout_seconds=ACCESS_LOG_SECONDS)
            try:
                await self.write()
            except TransientError as error:
                _LOG.warning("customers.access_log_failed", error=error)

    def stop(self) -> None:
        self._stopping.set()

    async def write(self) -> None:
        """Write everything that waits; what fails waits on."""
        while self._waiting:
            size = min(len(self._waiting), ACCESSES_PER_STATEMENT_MAX)
            batch = [self._waiting.popleft() for _ in range(size)]
            try:
                await self._write(batch)
            except BaseException:
                room = ACCESSES_WAITING_MAX - len(self._waiting)
                self._waiting.extendleft(reversed(batch[max(0, len(batch) - room) :]))
                raise

    async def _write(self, batch: Sequence[Access]) -> None:
        async with self.database.unrestricted.session() as session:
            await session.execute(
                "customers.add_accesses",
                org_ids=[one.org_id for one in batch],
                access_ids=[one.access_id for one in batch],
                ats=[one.at for one in batch],
                actors=[one.actor for one in batch],
                subjects=[one.subject for one in batch],
                kinds=[one.kind for one in batch],
            )
