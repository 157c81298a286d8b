"""Programs of the benchmark, on the event loop that commands run on."""

import asyncio
import socket

import pytest
import uvloop

from fullhouse.capacity.bench.programs import free_port, output_of

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


def test_ports_in_a_row_are_free_and_not_among_those_of_outgoing_connections() -> None:
    first = free_port(3)
    assert first + 3 < 32_768
    for port in range(first, first + 3):
        with socket.create_server(("127.0.0.1", port)):
            assert port
