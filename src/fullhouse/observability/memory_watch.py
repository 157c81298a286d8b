"""Looks at the memory of its process, says when it grows without end, and has it replaced.

A task looks every ten seconds; no request waits for it. When memory begins to rise, the task
notes which objects there are; when the rise has gone on for a quarter of an hour, it says what
became more. The supervisor then starts another process, and this one ends.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.kernel.clock import Clock
from fullhouse.observability.gauges import GaugeName, Sighting, observe
from fullhouse.observability.limits import (
    GROWTH_SECONDS,
    MEMORY_BOUND_LOOKS,
    MEMORY_KEPT_EVERY,
    MEMORY_SECONDS,
    MEMORY_SETTLES_SECONDS,
    REPLACED_AFTER_SECONDS_MIN,
)
from fullhouse.observability.memory_census import Census, Grown, census, grown_between
from fullhouse.observability.memory_growth import (
    MemoryGrowth,
    MemorySample,
    growth_of,
    is_suspect,
)
from fullhouse.storage.database import Database
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("memory")
_SMAPS: Final = Path("/proc/self/smaps_rollup")
_OWN: Final = ("Private_Clean", "Private_Dirty", "Private_Hugetlb", "Swap")
_KIBIBYTE: Final = 1024


def nobody() -> bool:
    """Nobody replaces this process."""
    return False


def own_memory() -> int | None:
    """The bytes that would be free without this process (USS); None where nobody says."""
    try:
        lines = _SMAPS.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    fields = (line.split(":") for line in lines[1:])
    return sum(int(rest.split()[0]) for name, rest in fields if name in _OWN) * _KIBIBYTE


@dataclass(slots=True)
class MemoryWatch:
    """Watches the memory of this process; `run` it once.

    `process` is its program, number and machine. `work_done` counts requests or jobs.
    `ask_for_replacement` has the process replaced, and is False where nobody does. A process with
    more than `bytes_max` is replaced however it came to it.
    """

    database: Database
    clock: Clock
    process: str
    work_done: Callable[[], int]
    bytes_max: int
    ask_for_replacement: Callable[[], bool] = nobody
    read: Callable[[], int | None] = own_memory
    _started_at: float = 0.0
    _looks: int = 0
    _looks_over_bound: int = 0
    _asks_from: float = 0.0
    _samples: deque[MemorySample] = field(default_factory=deque)
    _before: Census | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._started_at = self.clock.monotonic()
        self._asks_from = self._started_at + REPLACED_AFTER_SECONDS_MIN

    async def run(self) -> None:
        """Look every ten seconds until stopped."""
        while not await wait_for_event(self._stopping, timeout_seconds=MEMORY_SECONDS):
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - who watches never stops what is watched
                _LOG.warning("memory.not_looked_at", error=error)

    def stop(self) -> None:
        self._stopping.set()

    async def look(self) -> None:
        """Note the memory of now; once a minute keep it in a row, and judge."""
        used = await asyncio.to_thread(self.read)
        if used is None:
            return
        sample = MemorySample(self.clock.monotonic(), used, self.work_done())
        self._remember(sample)
        self._looks += 1
        if self._looks % MEMORY_KEPT_EVERY == 0:
            await self._judge(sample)
            await self._keep(sample)
        self._looks_over_bound = self._looks_over_bound + 1 if used > self.bytes_max else 0
        if self._looks_over_bound >= MEMORY_BOUND_LOOKS:
            await self._tell(sample, None)

    def _remember(self, sample: MemorySample) -> None:
        if sample.at - self._started_at < MEMORY_SETTLES_SECONDS:
            return
        self._samples.append(sample)
        while self._samples[0].at < sample.at - GROWTH_SECONDS:
            self._samples.popleft()

    async def _judge(self, sample: MemorySample) -> None:
        samples = tuple(self._samples)
        if not await asyncio.to_thread(is_suspect, samples):
            self._before = None
            return
        if self._before is None:
            self._before = await asyncio.to_thread(census)
        if sample.at - samples[0].at < GROWTH_SECONDS - MEMORY_SECONDS:
            return
        growth = await asyncio.to_thread(growth_of, samples)
        if growth is not None:
            await self._tell(sample, growth)

    async def _tell(self, sample: MemorySample, growth: MemoryGrowth | None) -> None:
        """Say that it grows, or has too much without `growth`; at most once in fifteen minutes."""
        if sample.at < self._asks_from:
            return
        self._asks_from = sample.at + REPLACED_AFTER_SECONDS_MIN
        grown = grown_between(self._before or Census(), await asyncio.to_thread(census))
        facts = {
            "used": sample.used,
            "bytes_an_hour": None if growth is None else round(growth.bytes_an_hour),
            "bytes_a_request": None if growth is None else round(growth.bytes_a_request, 1),
        }
        _LOG.warning("memory.grows", process=self.process, **facts, grown=_lines(grown))
        is_replaced = self.ask_for_replacement()
        await self._store(grown, is_replaced=is_replaced, **facts)

    async def _store(
        self, grown: Sequence[Grown], *, is_replaced: bool, **facts: float | None
    ) -> None:
        async with self.database.unrestricted.session() as session:
            await session.execute(
                "observability.add_memory_growth",
                process=self.process,
                found_at=self.clock.now(),
                grown=grown,
                is_replaced=is_replaced,
                **facts,
            )

    async def _keep(self, sample: MemorySample) -> None:
        seen = Sighting(GaugeName.MEMORY_OF_PROCESS, sample.used, self.process)
        async with self.database.unrestricted.session() as session:
            await observe(session, (seen,), at=self.clock.now())


def _lines(grown: Sequence[Grown]) -> Sequence[str]:
    return [f"{each.name} +{each.bytes} B, +{each.objects}" for each in grown]
