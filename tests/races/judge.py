"""Judges a race: compares what was promised with what is stored, and names every fault."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

import asyncpg
from tests.races.load_process import LoadReport

from fullhouse.booking.limits import COMMAND_DEADLINE_SECONDS
from fullhouse.booking.upkeep import invariants
from fullhouse.kernel.clock import SystemClock
from fullhouse.resilience.consistency import Consistency
from fullhouse.storage.database import Database

_RULES: Final = tuple(it for it in invariants.RULES if it.name != "no_expired_hold_counted")
"""No worker runs here, so that what nobody wants again is held on, also past its time."""


async def faults(database: Database, reports: Sequence[LoadReport]) -> list[str]:
    """All that is wrong, each in words that begin with its kind; none when all is well."""
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
    checked = await Consistency(database, SystemClock(), _RULES).check()
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
