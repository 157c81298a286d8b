"""A good book, what breaks it for each rule, and the watch that looks at it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

import asyncpg
from tests.builders.valid_dataset import (
    COUNT_AGAIN,
    EARLIER,
    LATER,
    NOW,
    booking,
    organisation,
    slot,
    waiting,
)

from fullhouse.booking.limits import EXPIRED_HOLD_SECONDS_MAX
from fullhouse.bootstrap.consistency import RULES, build_consistency_watch, build_repairs
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import OrgId, RandomIds
from fullhouse.resilience.consistency_reads import inconsistency
from fullhouse.resilience.consistency_records import Inconsistency, Repair
from fullhouse.resilience.consistency_watch import WatchConsistency
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWorkFactory
from fullhouse.telemetry.metrics import MetricRegistry

ORG: Final = OrgId(organisation(1))
NAMES: Final = {
    "$org1": organisation(1),
    "$org2": organisation(2),
    "$slot1": slot(1),
    "$slot2": slot(2),
    "$slot5": slot(5),
    "$booking1": booking(1),
    "$booking2": booking(2),
    "$booking5": booking(5),
    "$waiting8": waiting(8),
    "$later": LATER,
    "$earlier": EARLIER,
    "$overdue": NOW - timedelta(seconds=EXPIRED_HOLD_SECONDS_MAX + 1),
}
BREAKS: Final = {
    "counters_equal_allocations": ("UPDATE slot SET booked = booked + 1 WHERE slot_id = $slot2",),
    "capacity_kept": (
        "ALTER TABLE slot DROP CONSTRAINT slot_never_oversold",
        "UPDATE slot SET capacity = 2 WHERE slot_id = $slot2",
    ),
    "live_bookings_have_places": (
        "DELETE FROM slot_allocation WHERE booking_id = $booking2 AND slot_id = $slot2",
        COUNT_AGAIN,
    ),
    "places_have_live_bookings": (
        "INSERT INTO slot_allocation VALUES ($org1, $slot5, $booking5, 3, NULL)",
        COUNT_AGAIN,
    ),
    "only_holds_expire": (
        "UPDATE slot_allocation SET expires_at = $later WHERE booking_id = $booking2",
        COUNT_AGAIN,
    ),
    "bookings_on_their_slots": (
        "UPDATE booking SET offering_id = $org2, starts_at = $later WHERE ref = 'REF5'",
    ),
    "history_tells_status": ("UPDATE booking SET status = 'no_show' WHERE ref = 'REF2'",),
    "keys_lead_somewhere": ("UPDATE idempotency SET subject = $org2 WHERE key = $booking2",),
    "offers_are_held": (
        "UPDATE waiting_list_entry SET status = 'lapsed' WHERE entry_id = $waiting8",
    ),
}
ALL_ROWS: Final = """
    SELECT (SELECT jsonb_agg(to_jsonb(slot) ORDER BY slot_id) FROM slot)
        || (SELECT jsonb_agg(to_jsonb(b) - 'version' - 'quarantined_at' ORDER BY booking_id)
            FROM booking b)
        || (SELECT jsonb_agg(to_jsonb(a) ORDER BY booking_id, slot_id) FROM slot_allocation a)
        || (SELECT jsonb_agg(to_jsonb(w) ORDER BY entry_id) FROM waiting_list_entry w)
        || (SELECT jsonb_agg(to_jsonb(k) ORDER BY key) FROM idempotency k)
"""


async def run_named(connection: asyncpg.Connection, *statements: str) -> None:
    """Run statements that name rows of the good book by `NAMES`."""
    for statement in statements:
        for name, value in NAMES.items():
            statement = statement.replace(name, f"'{value}'")  # noqa: PLW2901 - filled in
        await connection.execute(statement)


class BrokenBook:
    """A book whose rows are changed behind the back of the ledger."""

    def __init__(
        self, database: Database, clock: ManualClock, connection: asyncpg.Connection
    ) -> None:
        self.connection, self.database, self.clock = connection, database, clock
        self.unit_of_work = UnitOfWorkFactory(database, clock, RandomIds(clock))
        self.repairs, self.registry = build_repairs(), MetricRegistry()
        self.slept: list[float] = []
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        self.watch: WatchConsistency = build_consistency_watch(
            self.unit_of_work, self.registry, sleep=self._sleep
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.meanwhile:
            await self.meanwhile()

    async def run(self, *statements: str) -> None:
        await run_named(self.connection, *statements)

    async def rows(self) -> str:
        rows: str = await self.connection.fetchval(ALL_ROWS)
        return rows

    async def check(self) -> Sequence[Inconsistency]:
        return await self.watch.check(RULES)

    async def broken(self, rule: str) -> Inconsistency:
        """Break the book, and find it."""
        await self.run(*BREAKS[rule])
        (found,) = await self.check()
        assert found.rule == rule
        return found

    def context(self) -> RequestContext:
        return RequestContext(OPERATOR, self.unit_of_work.ids.uuid())

    async def preview(self, found: Inconsistency) -> Repair | None:
        async with self.unit_of_work(self.context(), ORG) as uow:
            return await self.repairs.preview(uow, found)

    async def repair(self, found: Inconsistency, shown: str | None = None) -> Repair:
        async with self.unit_of_work(self.context(), ORG) as uow:
            return await self.repairs.repair(uow, found.inconsistency_id, shown=shown)

    async def undo(self, found: Inconsistency) -> None:
        async with self.unit_of_work(self.context(), ORG) as uow:
            await self.repairs.undo(uow, found.inconsistency_id)

    async def release(self, found: Inconsistency, reason: str) -> None:
        async with self.unit_of_work(self.context(), ORG) as uow:
            await self.repairs.release(uow, found.inconsistency_id, reason=reason)

    async def state(self, found: Inconsistency) -> str:
        async with self.database.session() as session:
            return (await inconsistency(session, ORG, found.inconsistency_id)).outcome

    async def quarantined(self) -> list[str]:
        rows = await self.connection.fetch(
            "SELECT ref FROM booking WHERE quarantined_at IS NOT NULL ORDER BY ref"
        )
        return [row["ref"] for row in rows]

    async def events(self) -> list[str]:
        rows = await self.connection.fetch(
            "SELECT kind FROM event WHERE kind LIKE 'Inconsistency%' ORDER BY seq"
        )
        return [row["kind"] for row in rows]
