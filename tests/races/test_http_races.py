"""Two hundred connections from two processes run for the last hundred places, over HTTP."""

import asyncio
import os
from collections import Counter
from typing import Final

import pytest
from tests.builders.forked import forked
from tests.history.product import a_farm, a_product, settled
from tests.races.http_runner import ATTEMPTS, run

EFFORT: Final = int(os.environ.get("FULLHOUSE_TEST_EFFORT", "1"))
ROUNDS: Final = 5 * EFFORT
PROCESSES: Final = 2
PLACES: Final = 100
PATH: Final = "/api/v1/meadow/bookings"


@pytest.mark.timeout(600 * EFFORT)
async def test_exactly_as_many_win_as_there_are_places_and_all_others_are_told() -> None:
    async with a_product() as product:
        database = await product.database()
        business = await a_farm(database)
        slots = await business.slots(ROUNDS, capacity=PLACES)
        await business.slots(10, capacity=5)
        for number, slot in enumerate(slots):
            async with asyncio.TaskGroup() as group:
                runs = [
                    group.create_task(
                        forked(run, product.url, PATH, str(slot), f"r{number}p{process}")
                    )
                    for process in range(PROCESSES)
                ]
            tallies = [run.result() for run in runs]
            codes = Counter[str]()
            for tally in tallies:
                codes.update(tally.codes)
            assert codes == {"booked": PLACES, "slot_full": PROCESSES * ATTEMPTS - PLACES}, tallies
            assert max(tally.slowest for tally in tallies) < 15
            assert sum(tally.without_alternatives for tally in tallies) == 0
        report = await settled(database)
        await database.close()
    assert report.ok, report.broken
