"""Programs of the benchmark, on the event loop that commands run on."""

import asyncio

import pytest
import uvloop

from fullhouse.capacity.bench.programs import output_of

OPEN_SECONDS = 1.0


def test_a_program_that_has_ended_can_be_cancelled_while_its_output_is_open() -> None:
    with pytest.raises(asyncio.CancelledError):
        uvloop.run(_cancelled())


async def _cancelled() -> None:
    reading = asyncio.create_task(output_of(["sh", "-c", f"sleep {OPEN_SECONDS} & exit 0"]))
    await asyncio.sleep(OPEN_SECONDS / 2)
    reading.cancel()
    try:
        await reading
    finally:
        await asyncio.sleep(OPEN_SECONDS)
