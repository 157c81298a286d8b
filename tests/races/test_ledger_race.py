"""Thousands want a hundred places at once, from two processes: none is sold twice, none is lost."""

import asyncio
import os
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from tests.builders.business import Business, a_business
from tests.builders.planting import plant
from tests.races.judge import faults
from tests.races.load_process import LoadReport, LoadTask
from tests.races.load_processes import Crowd, two_load_processes

from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.ids import RandomIds
from fullhouse.storage.database import Database

EFFORT = int(os.environ.get("FULLHOUSE_TEST_EFFORT", "1"))
CLIENTS = 100
"""In each of the two processes."""

SMALL, MIDDLING, LARGE = 1, 5, 50
"""A client's attempts in a round: all clients together make 200, 1,000 or 10,000."""

FIFTY_ROUNDS = (LARGE, *[MIDDLING if EFFORT == 1 else LARGE] * 49)
THREE_ROUNDS = (SMALL,) * 3

PLACES = (34, 33, 33)
KEYS = 24


async def a_venue(database: Database, *, rounds: int) -> tuple[Business, list[list[SlotId]]]:
    """A business on the machine's own clock, and for each round three slots of 100 places."""
    clock = SystemClock()
    business = await a_business(database, clock, RandomIds(clock))
    return business, [
        [
            await business.a_slot(capacity=places, starts_in=timedelta(days=2 + day, hours=hour))
            for hour, places in enumerate(PLACES)
        ]
        for day in range(rounds)
    ]


async def both(processes: Sequence[Crowd], task: LoadTask) -> list[LoadReport]:
    """The same task for every crowd, at the same instant."""
    task = msgspec.structs.replace(task, starts_at=asyncio.get_running_loop().time() + 0.03)
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(crowd.do(msgspec.structs.replace(task, crowd=number)))
            for number, crowd in enumerate(processes)
        ]
    return [task.result() for task in running]


async def a_race(database: Database, database_url: str, rounds: Sequence[int]) -> list[LoadReport]:
    """Two processes on a few slots, round after round, with so many attempts of each client."""
    business, slots = await a_venue(database, rounds=len(rounds))
    reports = []
    async with two_load_processes(database_url) as processes:
        for number, attempts in enumerate(rounds):
            task = LoadTask("rush", business.org_id, slots[number], number, CLIENTS, attempts)
            reports += await both(processes, task)
    return reports


@pytest.mark.timeout(240 * EFFORT)
async def test_fifty_rushes_for_a_hundred_places_sell_each_once_and_lose_none(
    database: Database, database_url: str
) -> None:
    reports = await a_race(database, database_url, FIFTY_ROUNDS)
    assert await faults(database, database_url, reports) == []
    assert sum(report.attempts for report in reports) >= 2 * CLIENTS * sum(FIFTY_ROUNDS)
    assert all(report.refused for report in reports), "there must be losers, or there was no race"
    async with database.unrestricted.session() as session:
        taken = await session.connection.fetchval("SELECT sum(booked + held) FROM slot")
        offered = await session.connection.fetchval("SELECT count(entry_id) FROM booking")
    assert taken > 0.9 * len(FIFTY_ROUNDS) * sum(PLACES), "nearly everything was sold"
    assert offered > 0, "freed places were offered while others took them"


@pytest.mark.on_both_servers
@pytest.mark.timeout(120)
async def test_a_race_is_fair_on_every_server(database: Database, database_url: str) -> None:
    reports = await a_race(database, database_url, THREE_ROUNDS)
    assert await faults(database, database_url, reports) == []


PLANTED = {
    "no lock on the slots": ("FOR UPDATE OF slot", "", "capacity_kept"),
    "held places sold again": ("l.booked - l.held", "l.booked", "capacity_kept"),
    "the places of a cancelled booking sold at once": (
        "a.expires_at <= at",
        "a.expires_at <= at + interval '75 seconds'",
        "surprise",
    ),
    "a booking lost now and then": (
        "c.kind = 'create_booking' AND c.ordinality",
        "c.kind = 'create_booking' AND random() < 0.9 AND c.ordinality",
        "lost",
    ),
}


@pytest.mark.parametrize("bug", PLANTED)
@pytest.mark.timeout(120)
async def test_the_judge_finds_a_planted_bug(
    bug: str, database: Database, database_url: str
) -> None:
    right, wrong, kind = PLANTED[bug]
    await plant(database_url, right, wrong)
    # So that two groups meet, also where one processor takes them in turn
    await plant(database_url, "PERFORM ledger_write", "PERFORM pg_sleep(0.02), ledger_write")
    rounds = (SMALL, MIDDLING, MIDDLING)  # who comes once cancels nothing
    found = await faults(database, database_url, await a_race(database, database_url, rounds))
    assert kind in {fault.split(":")[0] for fault in found}, found


@pytest.mark.on_both_servers
@pytest.mark.timeout(120)
async def test_one_key_sent_by_two_processes_at_once_makes_one_booking(
    database: Database, database_url: str
) -> None:
    business, slots = await a_venue(database, rounds=3)
    async with two_load_processes(database_url) as processes:
        for number, wanted in enumerate(slots):
            task = LoadTask("keys", business.org_id, wanted, number, 1, KEYS)
            one, other = await both(processes, task)
            for key, ref in one.refs.items():
                if int(key.split()[-1]) % 3:
                    assert ref == other.refs[key] != "", "the same request has the same answer"
                else:
                    assert [ref, other.refs[key]].count("") == 1, "a key belongs to one request"
            assert one.surprises == other.surprises == []
            assert one.replayed + other.replayed == sum(1 for n in range(KEYS) if n % 3)
    async with database.unrestricted.session() as session:
        count = await session.connection.fetchval("SELECT count(*) FROM booking")
    assert count == len(slots) * KEYS
