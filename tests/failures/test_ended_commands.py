"""A command told to end while it is under way takes everything away, and leaves soon."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.builders.folders import server_folder
from tests.history.product import processes

from fullhouse.kernel.clock import SystemClock

LEAVES_WITHIN_SECONDS = 10.0


@pytest.fixture
async def temporary() -> AsyncIterator[Path]:
    """The command's own folder for what is temporary."""
    folder = await asyncio.to_thread(server_folder, "fullhouse-ended-")
    yield folder
    await asyncio.to_thread(shutil.rmtree, folder)


def is_there(folder: Path, pattern: str) -> bool:
    return any(folder.glob(pattern))


async def descendants_of(root: int) -> set[tuple[int, str]]:
    """All that runs below this process, by number and words."""
    running, below = await processes(), {root}
    found: set[tuple[int, str]] = set()
    while grown := {pid for pid, parent, _ in running if parent in below} - below:
        below |= grown
        found |= {(pid, " ".join(words)) for pid, _, words in running if pid in grown}
    return {(pid, words) for pid, words in found if not words.startswith("ps ")}


async def still_running(started: set[tuple[int, str]]) -> set[tuple[int, str]]:
    return started & {(pid, " ".join(words)) for pid, _, words in await processes()}


@pytest.mark.parametrize(
    ("number", "marker", "command"),
    [
        # The database is up, and the product about to start
        (signal.SIGTERM, "*/data/postgres/postmaster.pid", "postgres"),
        # The product runs, and load is made
        (signal.SIGINT, "*/static_baseline.log", "fullhouse worker"),
    ],
)
@pytest.mark.timeout(180)
async def test_interrupted_bench_leaves_no_process_and_no_folder(
    number: signal.Signals, marker: str, command: str, *, temporary: Path, tmp_path: Path
) -> None:
    bench = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fullhouse", "bench", "--quick"),
        env={**os.environ, "TMPDIR": str(temporary), "FULLHOUSE_DATA_DIR": str(tmp_path)},
        stderr=asyncio.subprocess.PIPE,
    )
    while not is_there(temporary, f"fullhouse-bench-{marker}"):
        assert bench.returncode is None
        await asyncio.sleep(0.05)
    await asyncio.sleep(1.5)
    started = await descendants_of(bench.pid)
    assert any(command in words for _, words in started), started
    signalled_at = SystemClock().monotonic()
    bench.send_signal(number)
    _, output = await bench.communicate()
    assert SystemClock().monotonic() - signalled_at < LEAVES_WITHIN_SECONDS
    assert bench.returncode == 128 + number, output
    assert output.decode().endswith(f"fullhouse: interrupted by {number.name}\n")
    assert await still_running(started) == set()
    assert not is_there(temporary, "*")
    assert not is_there(tmp_path, "*"), "an interrupted run is not kept"
