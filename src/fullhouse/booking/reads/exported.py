"""Read all bookings through a cursor, for export."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Database

ROWS_AT_ONCE: Final = 500
# The reader of the rows, a pager or a slow disk, sets the pace.
_DISABLE_TIMEOUTS: Final = """
SET TRANSACTION READ ONLY;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL statement_timeout = 0
"""


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
    answers: str
    """As JSON; empty without any."""
    guests: str
    """By price category, as JSON; empty where all pay the same."""


@dataclass(frozen=True, slots=True)
class _ExportedRow(ExportedBooking):
    """The columns of the query: instants in UTC, and the zone of the venue."""

    zone: str


_COLUMNS: Final = [field.name for field in fields(ExportedBooking)]


@dataclass(frozen=True, slots=True)
class BookingExport:
    """Reads all bookings in one snapshot; memory holds `ROWS_AT_ONCE` rows."""

    database: Database

    async def count(self, org_id: OrgId | None) -> int:
        """Count the bookings of an organisation, or of all for None."""
        async with self.database.session() as session:
            return await session.fetch_value("booking.bookings_counted", int, org_id=org_id) or 0

    async def all(self, org_id: OrgId | None) -> AsyncGenerator[ExportedBooking, None]:
        """Yield the bookings by organisation and time."""
        async with self.database.transaction() as session:
            await session.execute_script("booking.disable_timeouts", _DISABLE_TIMEOUTS)
            stream = session.stream(
                "booking.bookings_exported", _ExportedRow, rows_at_once=ROWS_AT_ONCE, org_id=org_id
            )
            async with aclosing(stream) as rows:
                async for row in rows:
                    yield _in_venue_zone(row)


def _in_venue_zone(row: _ExportedRow) -> ExportedBooking:
    zone = ZoneInfo(row.zone)
    columns = {name: getattr(row, name) for name in _COLUMNS}
    for name in ("starts_at", "ends_at", "created_at"):
        columns[name] = columns[name].astimezone(zone)
    return ExportedBooking(**columns)
