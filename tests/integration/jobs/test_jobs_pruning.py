"""Idempotency keys and effects are pruned by age, never while they are still needed."""

from datetime import timedelta

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_member_of_staff,
)

from fullhouse.booking.actions.prune_idempotency_keys import PruneIdempotencyKeys
from fullhouse.booking.limits import KEYS_KEPT_DAYS, KEYS_LOOKED_AT_MAX
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.worker import build_app_worker
from fullhouse.jobs.limits import EFFECTS_KEPT_DAYS
from fullhouse.jobs.upkeep import queue_upkeep
from fullhouse.kernel.clock import ManualClock
from fullhouse.storage.database import Database

DAY = timedelta(days=1)
STAFF = a_member_of_staff()


@pytest.fixture
def prune(app: Application) -> PruneIdempotencyKeys:
    return PruneIdempotencyKeys(app.database, app.clock)


async def keys_of(app: Application, *subjects: object) -> list[bool]:
    """Check for each subject whether an idempotency key leads to it."""
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch("SELECT subject FROM idempotency")
    known = {row["subject"] for row in rows}
    return [subject in known for subject in subjects]


async def book(
    app: Application, business: Business, slot: SlotId, key: str | None = None
) -> object:
    request = a_booking_of(slot, name=f"Guest {slot}")
    answer = await app.booking.place_booking(business.org_id, request, context=a_guest(key))
    return answer.outcome.booking_id


@pytest.mark.on_both_servers
async def test_key_is_pruned_after_30_days_unless_its_booking_is_still_to_come(
    app: Application, business: Business, clock: ManualClock, prune: PruneIdempotencyKeys
) -> None:
    soon = await business.a_slot(starts_in=7 * DAY)
    late, full, cancelled = await business.slots(3, starts_in=60 * DAY)
    created = [
        await book(app, business, slot, key)
        for slot, key in ((soon, None), (late, "mine"), (cancelled, "gone"))
    ]
    await app.booking.cancel_booking(business.org_id, created[2], context=STAFF)  # type: ignore[arg-type]
    request = WaitingRequest(full, 2, a_customer())
    waits = await app.booking.join_waiting_list(business.org_id, request, context=a_guest())
    created.append(waits.outcome.entry_id)

    clock.advance(KEYS_KEPT_DAYS * DAY)
    assert await prune() == 0, "not before its time"
    clock.advance(timedelta(minutes=1))
    fresh = await book(app, business, await business.a_slot(starts_in=DAY))
    assert await prune() == 3, "the booking that is over, and booking and cancelling"
    assert await keys_of(app, *created, fresh) == [False, True, False, True, True]
    again = await app.booking.place_booking(
        business.org_id, a_booking_of(late, name=f"Guest {late}"), context=a_guest("mine")
    )
    assert (again.replayed, again.outcome.booking_id) == (True, created[1])

    clock.advance(60 * DAY)
    assert await prune() == 3
    assert await keys_of(app, *created, fresh) == [False] * 5


async def test_pruning_passes_over_keys_that_must_be_kept(
    app: Application, business: Business, clock: ManualClock, prune: PruneIdempotencyKeys
) -> None:
    """All keys have one timestamp, so that pages end anywhere; the first pages must be kept."""
    kept = await book(app, business, await business.a_slot(starts_in=90 * DAY))
    count = 2 * KEYS_LOOKED_AT_MAX + 100
    async with app.database.unrestricted.transaction() as session:
        for age, subject in ((2, kept), (1, app.ids.uuid())):
            await session.connection.execute(
                "INSERT INTO idempotency (org_id, key, fingerprint, command_id, subject, derived,"
                " outcome, created_at)"
                " SELECT $1, gen_random_uuid(), $1, $1, $2, true, '{}', $3"
                " FROM generate_series(1, $4)",
                business.org_id, subject, clock.now() - age * DAY, count,
            )  # fmt: skip
    clock.advance(KEYS_KEPT_DAYS * DAY)
    assert await prune() == count
    assert await prune() == 0
    async with app.database.unrestricted.session() as session:
        left = await session.connection.fetchval("SELECT count(*) FROM idempotency")
    assert left == count + 1


async def run(database: Database, statement: str, *values: object) -> None:
    async with database.unrestricted.transaction() as session:
        await session.connection.execute(statement, *values)


async def prune_all(database: Database) -> None:
    """Run every recurring job of the queue itself."""
    for job in queue_upkeep(database):
        await job.run()


async def left(database: Database, query: str) -> list[object]:
    async with database.unrestricted.session() as session:
        return sorted(row[0] for row in await session.connection.fetch(query))


async def test_effects_that_ended_are_pruned_after_30_days_and_no_others(
    database: Database, app: Application
) -> None:
    for key, status, days in (
        ("old", "completed", EFFECTS_KEPT_DAYS + 1),
        ("young", "completed", EFFECTS_KEPT_DAYS - 1),
        ("old discarded", "discarded", EFFECTS_KEPT_DAYS + 1),
        ("dead", "dead", 300),
        ("due", "due", 300),
        ("leased", "leased", 300),
    ):
        await run(
            database,
            "INSERT INTO effect (org_id, key, kind, subject, status, due_at, correlation_id,"
            " created_at, ended_at)"
            " SELECT $1, $2, 'greet', $1, $3::text, past, $1, past,"
            " CASE WHEN $3::text IN ('completed', 'discarded') THEN past END"
            " FROM (SELECT now() - make_interval(days => $4) AS past) AS day",
            app.ids.uuid(), key, status, days,
        )  # fmt: skip
    await prune_all(database)
    remaining = await left(database, "SELECT key FROM effect")
    assert remaining == ["dead", "due", "leased", "young"]


def test_the_worker_prunes_effects_and_keys(app: Application) -> None:
    recurring = build_app_worker(app).scheduler.jobs
    assert {"prune idempotency keys", "prune effects"} <= {job.name for job in recurring}
