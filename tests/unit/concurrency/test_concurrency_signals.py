"""Termination signals as stop requests: the first stops in order, the second forces."""

import asyncio
import os
import signal

import pytest

from fullhouse.concurrency.signals import (
    TERMINATION_SIGNALS,
    StopRequest,
    StopRequested,
    signal_handlers,
)


async def test_stop_request_cancels_the_start_and_each_later_step() -> None:
    stop = StopRequest()
    with stop.on_signals():
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
        with pytest.raises(StopRequested):
            await stop.cancel_on_request(asyncio.sleep(60))
        with pytest.raises(StopRequested):
            await stop.cancel_on_request(asyncio.sleep(60))
        assert not stop.forced.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(stop.forced.wait(), 5)


async def test_cancellation_without_a_stop_request_stays_a_cancellation() -> None:
    task = asyncio.create_task(StopRequest().cancel_on_request(asyncio.sleep(60)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_handlers_of_before_are_called_on_request_and_restored() -> None:
    previous: list[int] = []
    received: list[int] = []
    arrived = asyncio.Event()

    def on_signal(number: signal.Signals) -> None:
        received.append(number)
        arrived.set()

    former = signal.signal(signal.SIGTERM, lambda number, _frame: previous.append(number))
    try:
        expected = signal.getsignal(signal.SIGTERM)
        with signal_handlers(on_signal, signals=(signal.SIGTERM,), call_previous=True):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(arrived.wait(), 5)
        assert signal.getsignal(signal.SIGTERM) is expected
    finally:
        signal.signal(signal.SIGTERM, former)
    assert previous == received == [signal.SIGTERM]


async def test_ignored_hangup_stays_ignored() -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signal_handlers(lambda _number: None, signals=TERMINATION_SIGNALS):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, former)


async def test_thread_other_than_the_main_one_runs_without_handlers() -> None:
    def run_block() -> bool:
        with signal_handlers(lambda _number: None):
            return True

    assert await asyncio.to_thread(run_block)
