"""A process whose memory grows is told of, with what grew, and asks to be replaced."""

import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from datetime import timedelta

import pytest

from fullhouse.entrypoints.cli import memory as command
from fullhouse.kernel.clock import ManualClock
from fullhouse.observability.limits import MEMORY_SECONDS
from fullhouse.observability.memory_report import memory_growths, memory_of_processes
from fullhouse.observability.memory_watch import MemoryWatch
from fullhouse.settings import Settings
from fullhouse.storage.database import Database

MB = 1024 * 1024
LOOKS_A_MINUTE = round(60 / MEMORY_SECONDS)


class KeptForEver:
    """What a leak keeps of each request."""

    def __init__(self, body: bytes) -> None:
        self.body = body


class Watched:
    """A process that counts how often it asked to be replaced."""

    def __init__(self, database: Database, clock: ManualClock, read: Callable[[], int]) -> None:
        self.clock, self.work, self.asked = clock, 0, 0
        self.watch = MemoryWatch(
            database,
            clock,
            "web 7 on barn",
            lambda: self.work,
            bytes_max=2_000 * MB,
            ask_for_replacement=self._ask,
            read=read,
        )

    def _ask(self) -> bool:
        self.asked += 1
        return True

    async def pass_minutes(self, minutes: int) -> None:
        for _ in range(minutes * LOOKS_A_MINUTE):
            self.clock.advance(timedelta(seconds=MEMORY_SECONDS))
            self.work += 100
            await self.watch.look()


@pytest.fixture
def started() -> None:
    """As when a process has started: what is there is not counted, here what other tests left."""
    gc.collect()
    gc.freeze()


@pytest.mark.usefixtures("started")
async def test_a_leak_is_told_of_with_what_grew_and_the_process_replaced(
    database: Database,
    database_url: str,
    clock: ManualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept: list[KeptForEver] = []

    def leak() -> int:
        # Not the memory of the tests: it is large, and takes what is kept from what others freed.
        kept.append(KeptForEver(b"x" * 400_000))
        return 100 * MB + sum(len(each.body) for each in kept)

    watched = Watched(database, clock, leak)
    await watched.pass_minutes(17)
    assert watched.asked == 0
    await watched.pass_minutes(3)
    assert watched.asked == 1
    assert "memory.grows" in capsys.readouterr().out
    async with database.session() as session:
        (found,) = await memory_growths(session, since=clock.now() - timedelta(hours=1))
        (process,) = await memory_of_processes(
            session, since=clock.now() - timedelta(hours=1), until=clock.now()
        )
    assert found.is_replaced
    assert found.bytes_an_hour == pytest.approx(400_000 * 360, rel=0.3)
    names = [each.name for each in found.grown]
    assert any(name == "bytes" for name in names[:2]), found.grown
    grown = next(each for each in found.grown if each.name.endswith("KeptForEver"))
    assert grown.objects > 20
    assert process.process == "web 7 on barn"
    assert process.used_last - process.used_first > 20 * MB
    report = command.MemoryOutput([process], [found])
    table = command.format_memory(report)
    assert "web 7 on barn" in table
    assert "MB an hour, replaced" in table
    told = await command.read_memory(Settings(database_url=database_url), 1.0)
    assert command.format_memory(told).startswith("  No process was looked at in this time.\n\n")
    await watched.pass_minutes(10)
    assert watched.asked == 1, "it asks again as seldom"


async def test_too_much_memory_has_a_process_replaced_once_it_is_old_enough(
    database: Database, clock: ManualClock
) -> None:
    tracemalloc.start()
    try:
        watched = Watched(database, clock, lambda: 2_001 * MB)
        await watched.pass_minutes(14)
        assert watched.asked == 0
        await watched.pass_minutes(2)
        assert watched.asked == 1
    finally:
        tracemalloc.stop()
    async with database.session() as session:
        (found,) = await memory_growths(session, since=clock.now() - timedelta(hours=1))
    assert found.bytes_an_hour is None
    assert any(".py:" in each.name for each in found.grown), "places, while they are traced"
    assert "more than it may have" in command.format_memory(command.MemoryOutput([], [found]))


def test_own_memory_grows_by_what_is_kept() -> None:
    program = """
from fullhouse.observability.memory_watch import own_memory
before = own_memory()
kept = [b"x" * 400_000 for _ in range(100)]
print(own_memory() - before)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert int(told.stdout) == pytest.approx(40_000_000, rel=0.1)


async def test_where_nobody_tells_the_memory_nothing_is_kept(
    database: Database, clock: ManualClock
) -> None:
    watch = MemoryWatch(database, clock, "web 7 on barn", lambda: 0, bytes_max=1, read=lambda: None)
    for _ in range(120):
        clock.advance(timedelta(seconds=MEMORY_SECONDS))
        await watch.look()
    async with database.session() as session:
        assert await memory_growths(session, since=clock.now() - timedelta(hours=1)) == []
