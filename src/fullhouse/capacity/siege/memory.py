"""The memory of the server's processes, as Linux counts it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

_PROC: Final = Path("/proc")
_SAMPLE_SECONDS: Final = 0.25
_KIB_PER_MIB: Final = 1024


class MemoryUse(msgspec.Struct):
    """Memory of all processes in MiB: before an attack, the most of it, and afterwards."""

    before: float
    peak: float = 0.0
    after: float = 0.0

    @property
    def growth(self) -> float:
        return self.peak - self.before


@asynccontextmanager
async def watched_memory(pid: int) -> AsyncIterator[MemoryUse]:
    """Sample the memory of a process and its descendants while the block runs."""
    use = MemoryUse(memory_mib(pid))

    async def sample() -> None:
        while True:
            use.peak = max(use.peak, memory_mib(pid))
            await asyncio.sleep(_SAMPLE_SECONDS)

    sampling = asyncio.create_task(sample())
    try:
        yield use
    finally:
        sampling.cancel()
        use.after = memory_mib(pid)
        use.peak = max(use.peak, use.after)


def memory_mib(pid: int) -> float:
    """The memory of a process and of all its descendants that is no file's.

    What several share is counted once: for a moment a child is a copy of its parent, page for page.
    """
    return sum(_own_kib(process) for process in _family(pid)) / _KIB_PER_MIB


def _family(pid: int) -> Iterator[int]:
    """The process and its descendants; one that has just ended has none."""
    yield pid
    for children in _PROC.glob(f"{pid}/task/*/children"):
        try:
            found = children.read_text().split()
        except OSError:
            continue
        for child in found:
            yield from _family(int(child))


def _own_kib(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))
