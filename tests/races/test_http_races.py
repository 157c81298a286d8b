"""Two hundred connections from two processes run for the last hundred places, over HTTP."""

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec
import pytest
from tests.history.product import a_farm, a_product, settled

EFFORT: Final = int(os.environ.get("FULLHOUSE_TEST_EFFORT", "1"))
ROUNDS: Final = 5 * EFFORT
PROCESSES: Final = 2
CONNECTIONS: Final = 100
ATTEMPTS: Final = 500
PLACES: Final = 100
RUNNER: Final = Path(__file__).parent / "http_runner.py"


class Tally(msgspec.Struct):
    """What one process saw: answers by code, and the slowest of them in seconds."""

    codes: dict[str, int]
    slowest: float
    without_alternatives: int
    asked_again: int


async def run_for(url: str, slot: str, name: str) -> Tally:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(RUNNER), url, "meadow", slot, name, str(CONNECTIONS), str(ATTEMPTS),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return msgspec.json.decode(said, type=Tally)


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
                    group.create_task(run_for(product.url, str(slot), f"r{number}p{process}"))
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
