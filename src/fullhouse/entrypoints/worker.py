"""The worker process: relays events, runs jobs and schedules, until it is stopped.

It may be killed at any moment: another worker takes up its work within 31 seconds.
"""

import asyncio
from typing import Final

from fullhouse.bootstrap.application import open_application
from fullhouse.bootstrap.observability import WatchedProcess, watching
from fullhouse.bootstrap.worker import build_app_worker
from fullhouse.concurrency.signals import StopRequest
from fullhouse.jobs.worker import Worker
from fullhouse.kernel.memory import freeze_gc
from fullhouse.processes.limits import DRAIN_SECONDS_MAX
from fullhouse.processes.parent_line import ParentLine
from fullhouse.processes.priority import lower_priority
from fullhouse.settings import Settings
from fullhouse.storage.embedded.lifecycle import database_at
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("worker")
_NICE_INCREMENT: Final = 10
"""Bookings go before notifications: the worker yields the processor to the web processes."""


async def run_worker(settings: Settings, line: ParentLine) -> None:
    """Run a worker on the configured database until SIGTERM or SIGINT; a second signal forces it.

    One with a supervisor lets the web processes on this machine go first, from when it has started:
    in a rush, a start at low priority takes a minute. Raises as `open_application` and
    `database_at`.
    """
    async with (
        database_at(settings.database_url, settings.data_dir) as url,
        open_application(settings, url, name="worker") as app,
        watching(app, WatchedProcess("worker", line.ask_for_replacement)),
    ):
        worker = build_app_worker(app)
        freeze_gc()
        if line.is_supervised:
            lower_priority(_NICE_INCREMENT)
        line.say_ready()
        await run_until_stopped(worker)


async def run_until_stopped(worker: Worker) -> None:
    """Run the worker until a stop request; a second request abandons the jobs in hand."""
    stop = StopRequest()
    with stop.on_signals():
        running = asyncio.create_task(worker.run())
        requested = asyncio.create_task(stop.requested.wait())
        _LOG.info("worker.started")
        await asyncio.wait((running, requested), return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            _LOG.info("worker.draining")
            worker.stop()
            await _drain(running, stop.forced)
        requested.cancel()
    if not running.cancelled():
        running.result()
    _LOG.info("worker.stopped")


async def _drain(running: asyncio.Task[None], forced: asyncio.Event) -> None:
    """Wait for running jobs, at most `DRAIN_SECONDS_MAX` or until the stop is forced."""
    forcing = asyncio.create_task(forced.wait())
    await asyncio.wait(
        (running, forcing), timeout=DRAIN_SECONDS_MAX, return_when=asyncio.FIRST_COMPLETED
    )
    forcing.cancel()
    if not running.done():
        _LOG.warning("worker.jobs_abandoned")
        running.cancel()
        await asyncio.wait((running,))
