"""Judges a race: compares what was promised with what is stored, and names every fault."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import asyncpg
from tests.races.load_process import LoadReport

from fullhouse.booking.limits import COMMAND_DEADLINE_SECONDS
from fullhouse.booking.upkeep import invariants
from fullhouse.bootstrap.application import open_application
from fullhouse.kernel.clock import SystemClock
from fullhouse.resilience.consistency import Consistency
from fullhouse.settings import Settings
from fullhouse.storage.database import Database


async def faults(database: Database, database_url: str, reports: Sequence[LoadReport]) -> list[str]:
    """All that is wrong, each in words that begin with its kind; none when all is well.

    What ran out during the race is given back first, as by a worker, which does not run here.
    """
    found = [f"surprise: {words}" for report in reports for words in report.surprises]
    slowest = max(report.slowest_seconds for report in reports)
    if slowest > COMMAND_DEADLINE_SECONDS:
        found.append(f"slow: somebody waited {slowest:.1f} s for an answer")
    async with database.unrestricted.session() as session:
        found += await _promises(session.connection, reports)
        deadlocks = await session.connection.fetchval(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
    if deadlocks:
        found.append(f"deadlock: {deadlocks}")
    async with open_application(Settings(), database_url, name="judge", clock=SystemClock()) as app:
        while await app.booking.expire_holds():
            pass
    checked = await Consistency(database, SystemClock(), invariants.RULES).check()
    found += [f"{one.rule}: {one.examples[0].message}" for one in checked.broken]
    return found


async def _promises(connection: asyncpg.Connection, reports: Sequence[LoadReport]) -> list[str]:
    promised = {one: state for each in reports for one, state in each.bookings.items()}
    rows = await connection.fetch(
        "SELECT booking_id, ref, status, slots, coalesce(("
        "   SELECT array_agg(slot_id) FROM slot_allocation a WHERE a.org_id = booking.org_id"
        "   AND a.booking_id = booking.booking_id), '{}') AS allocations"
        " FROM booking WHERE entry_id IS NULL"
    )
    stored = {row["booking_id"]: row for row in rows}
    return [*_lost(promised, stored), *_unpromised(promised, stored)]


def _lost(
    promised: dict[UUID, tuple[str, list[UUID]]], stored: dict[UUID, asyncpg.Record]
) -> Iterator[str]:
    for booking, (status, slots) in promised.items():
        row = stored.get(booking)
        if row is None or row["status"] != status or set(row["slots"]) != set(slots):
            yield f"lost: {booking} was promised as {status} on {slots}, and is {row}"
        elif set(row["allocations"]) not in _allocations(status, frozenset(slots)):
            yield f"lost: {booking} is {status} and has places on {row['allocations']}"


def _allocations(status: str, slots: frozenset[UUID]) -> tuple[frozenset[UUID], ...]:
    """What a booking may have: one that is cancelled keeps its places for the minute of undo."""
    if status in {"held", "confirmed"}:
        return (slots,)
    return (slots, frozenset()) if status == "cancelled" else (frozenset(),)


def _unpromised(
    promised: dict[UUID, tuple[str, list[UUID]]], stored: dict[UUID, asyncpg.Record]
) -> Iterator[str]:
    for booking in stored.keys() - promised.keys():
        yield f"unpromised: {booking} is stored, and nobody was told of it"
