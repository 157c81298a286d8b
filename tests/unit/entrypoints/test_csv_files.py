"""Long CSV files: others have their turn while one is written."""

import asyncio
from itertools import count, repeat

from fullhouse.concurrency.turns import Turns
from fullhouse.entrypoints.web.csv_file import CSVFile
from fullhouse.localisation.translations import load_translations

ROWS, ROWS_PER_TURN = 1_000, 50


async def test_others_have_their_turn_while_a_long_file_is_written() -> None:
    rounds = count()

    async def another_request() -> None:
        for _ in rounds:
            await asyncio.sleep(0)

    other = asyncio.create_task(another_request())
    file = CSVFile(load_translations()["de"])
    await file.add_in_turns(repeat(("Ada", "=1+1"), ROWS), Turns())
    assert next(rounds) >= ROWS // ROWS_PER_TURN
    other.cancel()
    written = file.response("guests").body.decode("utf-8-sig").splitlines()
    assert written == ["Ada;'=1+1"] * ROWS
