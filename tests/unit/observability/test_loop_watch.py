"""A loop that is blocked is seen by a thread, named, and ended; one that turns is left alone."""

import asyncio
import contextlib
import threading
from datetime import datetime

import pytest

from fullhouse.kernel.clock import SystemClock
from fullhouse.observability.limits import LOOP_BEAT_SECONDS, LOOP_BLOCKED_LOOKS_MAX
from fullhouse.observability.loop_watch import LoopWatch, places_of


class SteppingClock:
    """Three seconds pass between two looks at it."""

    ticks = 0.0

    def now(self) -> datetime:
        raise AssertionError

    def monotonic(self) -> float:
        self.ticks += 3
        return self.ticks


def block_the_loop(until: threading.Event) -> bool:
    """Keeps its thread, as a calculation or a careless call does."""
    return until.wait(15)


async def test_a_loop_that_is_blocked_is_ended_after_its_places_are_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended = threading.Event()
    watch = LoopWatch(SystemClock(), ended.set, look_seconds=0.005)
    running = asyncio.create_task(watch.run())
    await asyncio.sleep(0)
    assert block_the_loop(ended), "the thread ends it while the loop stands still"
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    logged = capsys.readouterr().out
    assert "loop.blocked" in logged
    assert "loop.ended" in logged
    assert "block_the_loop" in logged


async def test_a_loop_that_turns_is_left_alone_however_late(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended: list[int] = []
    watch = LoopWatch(SystemClock(), lambda: ended.append(1))
    for _ in range(3):
        for _ in range(LOOP_BLOCKED_LOOKS_MAX):
            watch.look()
        assert not ended
        watch._beats += 1
    assert "loop.turns_again" in capsys.readouterr().out
    for _ in range(LOOP_BLOCKED_LOOKS_MAX + 5):
        watch.look()
    assert ended == [1]


async def test_the_longest_pause_is_known() -> None:
    watch = LoopWatch(SteppingClock())
    assert watch.longest_pause == 0
    running = asyncio.create_task(watch.run())
    while not watch.longest_pause:  # noqa: ASYNC110 - nobody sets an event for it
        await asyncio.sleep(0.01)
    running.cancel()
    assert watch.longest_pause == 3 - LOOP_BEAT_SECONDS


def test_places_have_no_values() -> None:
    assert places_of(None) == []
