"""An event loop whose time passes only where all wait, and whose order comes from a seed.

After FoundationDB's simulation: the code of the product runs as it is, every wait costs nothing,
and the same seed gives the same run. A failure therefore replays by its seed alone.
"""

import asyncio
import os
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, TypeVar

from typing_extensions import override

T = TypeVar("T")

EFFORT: Final = float(os.environ.get("FULLHOUSE_TEST_EFFORT", "1"))
FIRST: Final = int(os.environ.get("FULLHOUSE_TEST_SEED", "0")) * 1_000_000
REPLAYED: Final = os.environ.get("FULLHOUSE_SIMULATION_SEED")
EPOCH: Final = datetime(2027, 6, 12, 8, tzinfo=UTC)


class NobodyWakes(Exception):
    """All tasks wait for each other: nothing can happen any more."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs what is ready in a seeded order; when nothing is, its time jumps to the next timer.

    A real loop promises an order of callbacks, but the network and other threads do not: code that
    leans on the order of the callbacks of one turn is found here.
    """

    _ready: deque[asyncio.Handle]
    """Of the base class, which has no name for it in public."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self._selector = self
        self._chance = chance
        self._seconds = 0.0

    @override
    def time(self) -> float:
        return self._seconds

    def select(self, timeout: float | None) -> Sequence[object]:
        """Instead of waiting for the network, of which there is none."""
        if timeout is None:
            raise NobodyWakes
        self._seconds += timeout
        if len(self._ready) > 1:
            self._chance.shuffle(self._ready)
        return ()

    def _process_events(self, _events: Sequence[object]) -> None:
        """There are none."""


@dataclass(slots=True)
class VirtualClock:
    """The clock of one process: its monotonic one began anywhere, and runs a little wrong."""

    loop: VirtualLoop
    began: float = 0.0
    rate: float = 1.0

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.loop.time())

    def monotonic(self) -> float:
        return self.began + self.loop.time() * self.rate


@dataclass(slots=True)
class Simulation:
    """What one run is made of; all chance comes from `chance`."""

    loop: VirtualLoop
    chance: Random
    trace: list[str] = field(default_factory=list)
    """What happened, for who replays it."""

    def clock(self, *, drift: float = 0.0) -> VirtualClock:
        chance = self.chance
        rate = 1.0 + chance.uniform(-drift, drift)
        return VirtualClock(self.loop, chance.uniform(0.0, 1e5), rate)

    def note(self, text: str) -> None:
        self.trace.append(f"{self.loop.time():9.3f}  {text}")

    def happens(self, probability: float) -> bool:
        return self.chance.uniform(0.0, 1.0) < probability

    async def passes(self, at_least: float, at_most: float) -> None:
        """Let a time between the two pass, in seconds."""
        await asyncio.sleep(self.chance.uniform(at_least, at_most))


def simulate(seed: int, world: Callable[[Simulation], Coroutine[object, object, T]]) -> T:
    """Run a world to its end; an error of it is noted with its seed and with what had happened."""
    chance = Random(seed)  # noqa: S311 - a simulation is not a secret
    loop = VirtualLoop(chance)
    simulation = Simulation(loop, chance)
    try:
        return loop.run_until_complete(world(simulation))
    except BaseException as error:
        error.add_note(f"Seed {seed}; replay with FULLHOUSE_SIMULATION_SEED={seed}")
        shown = simulation.trace if REPLAYED is not None else simulation.trace[-25:]
        error.add_note("\n".join(shown))
        raise
    finally:
        _end(loop)


def simulate_all(count: int, world: Callable[[Simulation], Coroutine[object, object, T]]) -> None:
    """Run a world from `count` seeds, or from the one that is replayed."""
    for seed in _seeds(count):
        simulate(seed, world)


def _seeds(count: int) -> Iterator[int]:
    if REPLAYED is not None:
        return iter((int(REPLAYED),))
    return iter(range(FIRST, FIRST + int(count * EFFORT)))


def _end(loop: VirtualLoop) -> None:
    """Cancel what is still running, as the end of a process would."""
    asyncio.set_event_loop(None)
    if left := asyncio.all_tasks(loop):
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.wait(left))
        for task in left:
            if not task.cancelled():
                task.exception()
    loop.close()
