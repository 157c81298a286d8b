"""All bookings, one after the other, however many there are: for export."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Database, Session
from fullhouse.storage.queries import NamedQueries

ROWS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class ExportedBooking:
    """One booking as it is written out. Money in minor units; times in the venue's zone."""

    org: str
    offering: str
    ref: str
    status: str
    starts_at: datetime
    ends_at: datetime
    party: int
    customer_name: str
    customer_email: str
    customer_phone: str
    price_amount: int
    fee_amount: int
    currency: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Exported:
    """Reads through a cursor in one snapshot: memory stays small, and the rows fit each other."""

    database: Database
    queries: NamedQueries

    async def count(self, org_id: OrgId | None) -> int:
        """How many there are; all organisations' for None."""
        async with self.database.session() as session:
            return await session.fetch_value("booking.bookings_counted", int, org_id=org_id) or 0

    async def all(self, org_id: OrgId | None) -> AsyncGenerator[ExportedBooking, None]:
        """By organisation and time."""
        query = self.queries["booking.bookings_exported"]
        async with self.database.transaction() as session:
            await _read_at_leisure(session)
            rows = session.connection.cursor(
                query.sql, *query.arguments({"org_id": org_id}), prefetch=ROWS_AT_ONCE
            )
            async for row in rows:
                yield _in_its_zone(row)


async def _read_at_leisure(session: Session) -> None:
    """Whoever takes the rows, a pager or a slow disk, may take their time."""
    await session.connection.execute(
        "SET TRANSACTION READ ONLY;"
        "SET LOCAL idle_in_transaction_session_timeout = 0;"
        "SET LOCAL statement_timeout = 0"
    )


def _in_its_zone(row: asyncpg.Record) -> ExportedBooking:
    zone = ZoneInfo(row["zone"])
    booking = ExportedBooking(**{name: value for name, value in row.items() if name != "zone"})
    return replace(
        booking,
        starts_at=booking.starts_at.astimezone(zone),
        ends_at=booking.ends_at.astimezone(zone),
        created_at=booking.created_at.astimezone(zone),
    )
