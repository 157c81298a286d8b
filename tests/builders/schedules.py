"""Schedules of a test's business, and what became of their slots."""

from datetime import datetime

from tests.builders.business import (
    Business,
    a_booking_of,
    a_guest,
    a_member_of_staff,
    commit,
)

from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.bootstrap.application import Application
from fullhouse.people.model import VenueId
from fullhouse.scheduling.actions.import_closures import Imported
from fullhouse.scheduling.model.schedule import ScheduleSpec

STAFF = a_member_of_staff()
ONE_WEEK = ScheduleSpec(
    starts_at=datetime(2027, 6, 14, 10),  # noqa: DTZ001 - wall time
    rule="FREQ=DAILY;BYHOUR=10,11;COUNT=14",
    duration_minutes=60,
    capacity=10,
)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def added(app: Application, business: Business, shape: ScheduleSpec = ONE_WEEK) -> ScheduleId:
    schedule_id, _ = await commit(
        app,
        app.scheduling.add_schedule,
        business.org_id,
        business.offering.offering_id,
        shape,
        context=STAFF,
    )
    return schedule_id


async def slots_of(app: Application) -> list[tuple[SlotId, str, int, str, str]]:
    """Id, start in UTC, capacity, state and reason of every slot, in order of time."""
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch("SELECT * FROM slot ORDER BY starts_at")
    return [
        (
            row["slot_id"],
            f"{row['starts_at']:%m-%d %H:%M}",
            row["capacity"],
            row["state"],
            row["reason"],
        )
        for row in rows
    ]


async def events_of(app: Application, kind: str) -> list[dict[str, object]]:
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT data FROM event WHERE kind = $1 ORDER BY seq", kind
        )
    return [row["data"] for row in rows]


async def book(
    app: Application,
    business: Business,
    slot: SlotId,
    party: int = 2,
    *,
    name: str = "Ada Lovelace",
) -> BookingId:
    request = a_booking_of(slot, party=party, name=name)
    made = await app.booking.place_booking(business.org_id, request, context=a_guest())
    return made.outcome.booking_id


async def imported(
    app: Application, business: Business, file: bytes, *, calendar: str = "closures"
) -> Imported:
    """Read a calendar file and make the venue's closures those of it, as the API does."""
    venue_id = VenueId(business.offering.venue_id)
    report = await app.read_calendar_file(business.org_id, venue_id, file)
    return await commit(
        app,
        app.scheduling.import_closures,
        business.org_id,
        venue_id,
        [found.closure for found in report.closures],
        context=STAFF,
        calendar=calendar,
    )
