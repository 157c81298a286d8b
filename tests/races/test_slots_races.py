"""Schedules that change while guests book: whoever was told yes has a slot, whatever came first."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest
from tests.builders.business import Business, a_booking_of, a_guest, a_member_of_staff, commit

from fullhouse.booking import errors
from fullhouse.booking.actions import apply_slot_plan
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import ScheduleId, SlotPlan
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.ids import OrgId
from fullhouse.scheduling import materialisation
from fullhouse.scheduling.materialisation import PlannedOffering, SlotMaterialiser
from fullhouse.scheduling.model.schedule import ScheduleSpec
from fullhouse.storage.database import Session

STAFF = a_member_of_staff()
ONE_WEEK = ScheduleSpec(
    starts_at=datetime(2027, 6, 14, 10),  # noqa: DTZ001 - wall time
    rule="FREQ=DAILY;BYHOUR=10,11;COUNT=14",
    duration_minutes=60,
    capacity=1_000,
)
REFUSALS = (errors.UnknownSlot, errors.SlotClosed)


async def a_schedule(app: Application, business: Business) -> tuple[ScheduleId, list[SlotId]]:
    schedule_id, _ = await commit(
        app,
        app.scheduling.add_schedule,
        business.org_id,
        business.offering.offering_id,
        ONE_WEEK,
        context=STAFF,
    )
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT slot_id FROM slot WHERE schedule_id = $1 ORDER BY starts_at", schedule_id
        )
    return schedule_id, [SlotId(row["slot_id"]) for row in rows]


async def bookings_without_a_slot(app: Application) -> int:
    async with app.database.unrestricted.session() as session:
        count: int = await session.connection.fetchval(
            "SELECT count(*) FROM booking b WHERE NOT EXISTS "
            "(SELECT FROM slot s WHERE s.slot_id = ANY (b.slots))"
        )
    return count


async def books(app: Application, business: Business, slot: SlotId, name: str) -> bool:
    try:
        await app.booking.place_booking(
            business.org_id, a_booking_of(slot, party=1, name=name), context=a_guest()
        )
    except REFUSALS:
        return False
    return True


@pytest.mark.on_both_servers
async def test_bookings_and_a_schedule_that_ends_at_once_never_lose_anybody(
    app: Application, business: Business
) -> None:
    booked = refused = 0
    for round_ in range(12):
        schedule_id, slots = await a_schedule(app, business)

        async def ends(schedule_id: ScheduleId, *, after_seconds: float) -> None:
            await asyncio.sleep(after_seconds)
            await commit(
                app, app.scheduling.end_schedule, business.org_id, schedule_id, context=STAFF
            )

        async with asyncio.TaskGroup() as group:
            group.create_task(ends(schedule_id, after_seconds=round_ * 0.001))
            tasks = [
                group.create_task(books(app, business, slot, f"Guest {round_} {number}"))
                for number, slot in enumerate(slots * 6)
            ]
        booked += sum(task.result() for task in tasks)
        refused += sum(not task.result() for task in tasks)
    assert booked > 0
    assert refused > 0
    assert await bookings_without_a_slot(app) == 0
    async with app.database.unrestricted.session() as session:
        assert await session.connection.fetchval("SELECT sum(booked) FROM slot") == booked
        assert (
            await session.connection.fetchval("SELECT sum(places) FROM slot_allocation") == booked
        )


@pytest.fixture
def booked_between(
    app: Application, business: Business, monkeypatch: pytest.MonkeyPatch
) -> list[SlotId]:
    """Whoever is listed here is booked after a change was planned, before its slots are locked."""
    slots: list[SlotId] = []
    lock = apply_slot_plan.lock_slots

    async def lock_late(
        session: Session, org_id: OrgId, slot_ids: Sequence[SlotId]
    ) -> frozenset[SlotId]:
        for slot in slots:
            assert await books(app, business, slot, "Ada Lovelace")
        return await lock(session, org_id, slot_ids)

    monkeypatch.setattr(materialisation, "lock_slots", lock_late)
    return slots


async def test_a_booking_made_between_the_plan_and_its_locks_is_seen(
    app: Application, business: Business, booked_between: list[SlotId]
) -> None:
    schedule_id, slots = await a_schedule(app, business)
    booked_between.append(slots[3])
    done = await commit(
        app, app.scheduling.end_schedule, business.org_id, schedule_id, context=STAFF
    )
    assert (done.dropped, done.off_schedule) == (13, (slots[3],))
    assert await bookings_without_a_slot(app) == 0


async def test_a_change_that_trusts_its_first_plan_is_found_out(
    app: Application,
    business: Business,
    booked_between: list[SlotId],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The planted bug: slots are locked, and not looked at again."""

    async def trust(_: SlotMaterialiser, survey: PlannedOffering) -> SlotPlan:
        return survey.plan

    monkeypatch.setattr(SlotMaterialiser, "plan_again", trust)
    schedule_id, slots = await a_schedule(app, business)
    booked_between.append(slots[3])
    await commit(app, app.scheduling.end_schedule, business.org_id, schedule_id, context=STAFF)
    assert await bookings_without_a_slot(app) == 1
