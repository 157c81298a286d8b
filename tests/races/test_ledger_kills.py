"""A process killed with -9 in the middle of its groups: what it has acknowledged is stored."""

import asyncio
import os
from random import Random

import pytest
from tests.builders.business import a_booking_of, a_guest
from tests.races.judge import faults
from tests.races.load_process import LoadReport, LoadTask
from tests.races.load_processes import Crowd, a_crowd
from tests.races.test_ledger_race import a_venue

from fullhouse.bootstrap.application import Application, open_application
from fullhouse.kernel.clock import SystemClock
from fullhouse.settings import Settings
from fullhouse.storage.database import Database

EFFORT = int(os.environ.get("FULLHOUSE_TEST_EFFORT", "1"))
KILLS = 4 * EFFORT
_OF_HOUSES = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'fullhouse %'"""
CLIENTS, ATTEMPTS, PLACES = 30, 1_000, 90_000


@pytest.mark.timeout(60 * KILLS)
async def test_what_a_killed_process_has_acknowledged_is_stored_and_its_keys_find_the_rest(
    database: Database, database_url: str
) -> None:
    business, slots = await a_venue(database, rounds=KILLS)
    async with database.unrestricted.transaction() as session:
        await session.connection.execute("UPDATE slot SET capacity = $1", PLACES)
    chance = Random(9)  # noqa: S311 - killed at the same moments each time
    for number in range(KILLS):
        two = slots[number][:2]
        task = LoadTask("stream", business.org_id, two, number, CLIENTS, ATTEMPTS)
        async with a_crowd(database_url) as crowd:
            promised = await killed_after(crowd, task, chance.randint(1, 1_500))
        await buried(database)
        stored = await stored_refs(database, number)
        assert promised.items() <= stored.items(), "what was acknowledged is stored"
        asked = stored.keys() - promised.keys() | set(sorted(promised)[:20])
        async with open_application(
            Settings(), database_url, name="witness", clock=SystemClock()
        ) as witness:
            for key in asked:
                assert await ref_found_by(witness, task, key) == stored[key]
        assert await stored_refs(database, number) == stored
    found = await faults(database, database_url, [LoadReport()])
    assert {fault.split(":")[0] for fault in found} == {"unpromised"}, "the dead promise nothing"


async def killed_after(crowd: Crowd, task: LoadTask, acknowledged: int) -> dict[str, str]:
    """What was acknowledged by the time it was dead, also what was still in the pipe."""
    crowd.connection.send(task)
    promised: dict[str, str] = {}
    while isinstance(said := await crowd.says(), tuple):
        key, ref = said
        promised[key] = ref
        if len(promised) == acknowledged:
            crowd.process.kill()
    return promised


async def buried(database: Database) -> None:
    """What the dead had asked for last the database still does, and then hangs up."""
    async with asyncio.timeout(30), database.unrestricted.session() as session:
        while await session.connection.fetchval(_OF_HOUSES):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


async def stored_refs(database: Database, number: int) -> dict[str, str]:
    """The references of one task's bookings by their keys, which are their guests' names."""
    async with database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT customer_name, ref FROM booking WHERE customer_name LIKE $1", f"{number}-%"
        )
    assert len({row["customer_name"] for row in rows}) == len(rows), "one booking for each key"
    return {row["customer_name"]: row["ref"] for row in rows}


async def ref_found_by(witness: Application, task: LoadTask, key: str) -> str:
    request = a_booking_of(*task.slots, party=1, name=key, allow_duplicate=True)
    answer = await witness.booking.place_booking(task.org_id, request, context=a_guest(key))
    assert answer.replayed
    return answer.outcome.ref
