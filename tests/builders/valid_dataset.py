"""A book in which all is well: one booking of every status, and an offer from the waiting list.

Written row by row, not through the ledger: what the rules must find is then known beforehand.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

NOW: Final = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
LATER: Final = NOW + timedelta(minutes=10)
EARLIER: Final = NOW - timedelta(minutes=1)
HISTORY: Final = {
    "held": "BookingInitiated",
    "confirmed": "Booked",
    "checked_in": "CheckedIn",
    "no_show": "NoShow",
    "cancelled": "Cancelled",
    "released": "HoldReleased",
    "expired": "HoldExpired",
}
LIVE: Final = ("held", "confirmed", "checked_in", "no_show")


def organisation(number: int) -> UUID:
    return UUID(int=number)


def slot(number: int) -> UUID:
    return UUID(int=0x51 << 64 | number)


def booking(number: int) -> UUID:
    return UUID(int=0xB0 << 64 | number)


def waiting(number: int) -> UUID:
    return UUID(int=0x3A << 64 | number)


COUNT_AGAIN: Final = """
UPDATE slot SET
    booked = coalesce((SELECT sum(places) FROM slot_allocation
        WHERE slot_allocation.slot_id = slot.slot_id AND expires_at IS NULL), 0),
    held = coalesce((SELECT sum(places) FROM slot_allocation
        WHERE slot_allocation.slot_id = slot.slot_id AND expires_at IS NOT NULL), 0)
"""


async def a_good_book(connection: asyncpg.Connection) -> None:
    for number in (1, 2):
        org = organisation(number)
        await connection.execute(
            "INSERT INTO organisation (org_id, slug, name, currency, created_at)"
            " VALUES ($1, $2, 'Farm', 'USD', $3)", org, f"farm-{number}", NOW,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO venue (org_id, venue_id, name, zone, country)"
            " VALUES ($1, $1, 'Field', 'America/Chicago', 'US')", org,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO offering (org_id, offering_id, venue_id, slug, kind, name, price_amount,"
            " price_unit, currency)"
            " VALUES ($1, $1, $1, 'entry', 'timed_entry', 'Entry', 1200, 'person', 'USD')", org,
        )  # fmt: skip
    for number in range(1, 15):
        await connection.execute(
            "INSERT INTO slot (org_id, slot_id, offering_id, starts_at, ends_at, capacity)"
            " VALUES ($1, $2, $1, $3::timestamptz, $3::timestamptz + interval '1 hour', 10)",
            organisation(1), slot(number), NOW + timedelta(hours=number),
        )  # fmt: skip
    for number, status in enumerate(HISTORY, start=1):
        await _book(connection, number, status=status)
    await _book(connection, 8, status="held", entry_id=waiting(8))
    await connection.execute(
        "INSERT INTO waiting_list_entry (org_id, entry_id, slot_id, offering_id, status, party,"
        " customer_name, customer_email, customer_phone, locale, booking_id, created_at)"
        " VALUES ($1, $2, $3, $1, 'offered', 3, 'Rosa', 'rosa@example.org', '', 'en', $4, $5)",
        organisation(1), waiting(8), slot(8), booking(8), NOW,
    )  # fmt: skip
    await connection.execute(COUNT_AGAIN)
    await connection.execute(
        "INSERT INTO relay_cursor (subscriber, xid, seq)"
        " SELECT 'mail', xid, seq FROM event ORDER BY xid DESC, seq DESC LIMIT 1"
    )


async def _book(
    connection: asyncpg.Connection, number: int, *, status: str, entry_id: UUID | None = None
) -> None:
    """Booking `number` for three on slots `number` and, where it is odd, the next but five."""
    slots = [slot(number), slot(number + 5)] if number % 2 else [slot(number)]
    expires_at = LATER if status in {"held", "released", "expired"} else None
    await connection.execute(
        "INSERT INTO booking (org_id, booking_id, ref, status, offering_id, entry_id, party,"
        " places, slots, starts_at, ends_at, customer_name, customer_email, customer_phone, locale,"
        " price_amount, currency, expires_at, created_at)"
        " SELECT $1, $2, $3, $4, $1, $5, 3, 3, $6, min(starts_at), max(ends_at), 'Rosa',"
        " 'rosa@example.org', '', 'en', 3600, 'USD', $7, $8 FROM slot WHERE slot_id = ANY ($6)",
        organisation(1), booking(number), f"REF{number}", status, entry_id, slots, expires_at,
        NOW,
    )  # fmt: skip
    if status in LIVE:
        await connection.execute(
            "INSERT INTO slot_allocation (org_id, slot_id, booking_id, places, expires_at)"
            " SELECT $1, unnest($2::uuid[]), $3, 3, $4",
            organisation(1), slots, booking(number), expires_at if status == "held" else None,
        )  # fmt: skip
    await connection.execute(
        "INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)"
        " VALUES ($1, $2, $3, '{}', 'guest', $3, $4)",
        organisation(1), HISTORY[status], booking(number), EARLIER - timedelta(minutes=1),
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO idempotency (org_id, key, fingerprint, command_id, subject, derived, outcome,"
        " created_at) VALUES ($1, $2, $2, $2, $2, false, '{}', $3)",
        organisation(1), booking(number), NOW,
    )  # fmt: skip
