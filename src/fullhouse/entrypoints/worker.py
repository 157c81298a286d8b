"""The worker process: relays events, does jobs, keeps schedules, until it is told to stop.

It may be killed at any moment. What it had in hand is taken up by another within 31 seconds.
"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from fullhouse.bootstrap import open_house, worker_of
from fullhouse.jobs.worker import Worker
from fullhouse.kernel.limits import DRAIN_SECONDS_MAX
from fullhouse.kernel.memory import freeze_gc
from fullhouse.settings import Settings
from fullhouse.storage.embedded.lending import database_at
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("worker")


async def run_worker(settings: Settings) -> None:
    """Work on the settings' database until SIGTERM or SIGINT; a second signal hurries.

    Raises what `open_house` and `database_at` raise.
    """
    async with (
        database_at(settings.database_url, settings.data_dir) as url,
        open_house(settings, url, name="worker") as house,
    ):
        worker = worker_of(house)
        freeze_gc()
        await work_until_told(worker)


async def work_until_told(worker: Worker) -> None:
    """Run the worker; stop taking work at the first signal, drop what is in hand at the second."""
    with _signals() as told:
        running = asyncio.create_task(worker.run())
        asked = asyncio.create_task(told.get())
        _LOG.info("the worker is at work")
        await asyncio.wait((running, asked), return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            _LOG.info("the worker finishes what it has in hand")
            worker.stop()
            await _drained(running, told)
        asked.cancel()
    if not running.cancelled():
        running.result()
    _LOG.info("the worker has stopped")


async def _drained(running: asyncio.Task[None], told: asyncio.Queue[int]) -> None:
    """Wait for the end of what is in hand, but not beyond its time nor a second signal."""
    again = asyncio.create_task(told.get())
    await asyncio.wait(
        (running, again), timeout=DRAIN_SECONDS_MAX, return_when=asyncio.FIRST_COMPLETED
    )
    again.cancel()
    if not running.done():
        _LOG.warning("work in hand is dropped; another worker takes it up")
        running.cancel()
        await asyncio.wait((running,))


@contextmanager
def _signals() -> Iterator[asyncio.Queue[int]]:
    """What asks us to stop as a queue, while the block lasts, instead of who heard it before."""
    told: asyncio.Queue[int] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def hear(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(told.put_nowait, number)

    wanted = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup has seen to that
        wanted.append(signal.SIGHUP)
    before = {number: signal.signal(number, hear) for number in wanted}
    try:
        yield told
    finally:
        for number, former in before.items():
            signal.signal(number, former)
