"""What customers meet at three bounds of what is in flight: none, expected wait, and gradient.

`python -m tools.adaptive_limits` prints the table of docs/decisions/0073-no-gradient-limit.md, the
same in every run. One web process is simulated, in turns of its event loop: what has arrived is
admitted or refused, some requests start, and groups of them are committed meanwhile. The costs are
those measured on two processors; the bounds are the product's. The gradient is `gradient2` of
Netflix's concurrency-limits, which compares the latency of each group with that of the last 600.

Customers leave after 2 seconds. They ask again at once after an answer, and 1 to 1.5 seconds after
a refusal or after they left. A cell has the goodput (what was answered in time, of the best rate),
the wait of the slowest 1 %, how many were refused, and how many were admitted and left in vain.
"""

import heapq
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, sqrt
from random import Random
from typing import Final, NamedTuple, Protocol

from typing_extensions import override

from fullhouse.booking import limits as booking
from fullhouse.http.server import limits as server

REQUEST_SECONDS: Final = 180e-6
REFUSAL_SECONDS: Final = 23e-6
COMMIT_SECONDS: Final = 2e-3
BOOKING_SECONDS: Final = 60e-6
PATIENCE_SECONDS: Final = 2.0
RAMP_SECONDS: Final = 1.0
COUNTED_FROM: Final = 5.0
COUNTED_SECONDS: Final = 25.0
STALL_SECONDS: Final = 0.5
STALL_EVERY_SECONDS: Final = 5.0
SLOW_SECONDS: Final = (12.0, 17.0)
BEST_RATE: Final = 1 / REQUEST_SECONDS
"""A second: commits of full groups are faster than the event loop."""
_WEIGHT: Final = 0.02
"""Of a turn in the running mean of its requests, as in `RunQueue`."""


@dataclass(slots=True)
class Asked:
    """A request of a customer who waits for the answer until `gone`."""

    at: float
    is_ended: bool = False


@dataclass(slots=True)
class World:
    """What is in flight now, and how long it takes of late: what a bound may look at."""

    now: float = 0.0
    starting: deque[Asked] = field(default_factory=deque)
    committing: deque[Asked] = field(default_factory=deque)
    group: list[Asked] = field(default_factory=list)
    request_seconds: float = 0.0
    commit_seconds: float = 0.0

    @property
    def in_flight(self) -> int:
        return len(self.starting) + len(self.committing) + len(self.group)


class Bound(Protocol):
    """Decides whether another request is admitted."""

    def admits(self, world: World) -> bool: ...

    def answered(self, seconds: float, in_flight: int) -> None:
        """A group was answered: the mean of what its requests took, and what was in flight."""


class NoBound:
    """Admits everybody."""

    def admits(self, world: World) -> bool:  # noqa: ARG002 - the protocol's
        return True

    def answered(self, seconds: float, in_flight: int) -> None:
        """It needs no latencies."""


class ExpectedWait(NoBound):
    """The product's: `RootApp.refusal_of` and `Committer.is_crowded`."""

    @override
    def admits(self, world: World) -> bool:
        if len(world.starting) * world.request_seconds > server.ADMITTED_SECONDS_MAX:
            return False
        queued = len(world.committing) + len(world.starting)
        seconds = queued // booking.GROUP_COMMANDS_MAX * world.commit_seconds
        fullness = max(queued / booking.QUEUE_COMMANDS_MAX, seconds / booking.QUEUE_SECONDS_MAX)
        return fullness < booking.QUEUE_CROWDED_SHARE


@dataclass(slots=True)
class Gradient:
    """`Gradient2Limit`: what is in flight shrinks as the latency grows beyond that of long ago."""

    tolerance: float = 1.5
    smoothing: float = 0.2
    limit: float = 20.0
    long_seconds: float = 0.0
    samples: int = 0

    def admits(self, world: World) -> bool:
        return world.in_flight < self.limit

    def answered(self, seconds: float, in_flight: int) -> None:
        self.samples += 1
        self.long_seconds += (seconds - self.long_seconds) * max(2 / 601, 1 / self.samples)
        if self.long_seconds > 2 * seconds:
            self.long_seconds *= 0.95
        if in_flight < self.limit / 2:
            return
        gradient = max(0.5, min(1.0, self.tolerance * self.long_seconds / seconds))
        wanted = self.limit * gradient + sqrt(self.limit)
        limit = self.limit * (1 - self.smoothing) + wanted * self.smoothing
        self.limit = min(max(20.0, limit), server.REQUESTS_RUNNING_MAX)


class Scene(NamedTuple):
    """A row of the table."""

    customers: int
    is_slow: bool = False
    stalls: bool = False
    seconds: float = COUNTED_SECONDS

    @property
    def name(self) -> str:
        told = ", half the pace for 5 s" if self.is_slow else ""
        told += ", stalls of 0.5 s" if self.stalls else ""
        told += f", {self.seconds:.0f} s" if self.seconds > COUNTED_SECONDS else ""
        return f"{self.customers:,}{told}"

    @property
    def ends(self) -> float:
        return COUNTED_FROM + self.seconds

    def pace(self, now: float) -> float:
        """How much longer all takes at that time."""
        return 2.0 if self.is_slow and SLOW_SECONDS[0] <= now < SLOW_SECONDS[1] else 1.0


class Met(NamedTuple):
    """What the customers met in the counted seconds."""

    goodput: float
    refused: int
    left: int
    """Were admitted, and had no answer after 2 seconds."""
    p99: float

    @property
    def cell(self) -> str:
        return f"{self.goodput:.2f}; {self.p99:.2f} s; {self.refused:,}; {self.left:,}"


@dataclass(slots=True)
class Run:
    """One scene at one bound; chance is the same for every bound."""

    scene: Scene
    bound: Bound
    world: World = field(default_factory=World)
    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - replayable
    _coming: list[float] = field(default_factory=list)
    _patience: deque[Asked] = field(default_factory=deque)
    _committed_at: float = inf
    _stalls_at: float = STALL_EVERY_SECONDS
    _waits: list[float] = field(default_factory=list)
    _refused: int = 0
    _left: int = 0

    def __call__(self) -> Met:
        world = self.world
        for _ in range(self.scene.customers):
            self._comes(self.chance.uniform(0.0, RAMP_SECONDS))
        while world.now < self.scene.ends:
            took = self._turn()
            world.now = max(world.now + took, 0.0 if took else self._next())
        waits = sorted(self._waits)
        rate = len(waits) / self.scene.seconds
        return Met(rate / BEST_RATE, self._refused, self._left, waits[int(len(waits) * 0.99)])

    def _next(self) -> float:
        patience = self._patience[0].at + PATIENCE_SECONDS if self._patience else inf
        return min(self._coming[0] if self._coming else inf, self._committed_at, patience)

    def _turn(self) -> float:
        """The seconds that the event loop is busy with what it finds now."""
        world = self.world
        if world.now >= self._committed_at:
            self._answer()
        self._lose_patience()
        seconds = self._read()
        seconds += self._start()
        if not world.group and world.committing:
            self._commit(world.now + seconds)
        return seconds * self.scene.pace(world.now)

    def _answer(self) -> None:
        world = self.world
        self.bound.answered(
            sum(world.now - one.at for one in world.group) / len(world.group), world.in_flight
        )
        for one in world.group:
            if not one.is_ended:
                one.is_ended = True
                if world.now >= COUNTED_FROM:
                    self._waits.append(world.now - one.at)
                self._comes(world.now)
        world.group, self._committed_at = [], inf

    def _lose_patience(self) -> None:
        patience, now = self._patience, self.world.now
        while patience and (patience[0].is_ended or patience[0].at + PATIENCE_SECONDS <= now):
            one = patience.popleft()
            if not one.is_ended:
                one.is_ended = True
                self._left += now >= COUNTED_FROM
                self._comes(now + self.chance.uniform(1.0, 1.5))

    def _read(self) -> float:
        world, seconds = self.world, 0.0
        while self._coming and self._coming[0] <= world.now:
            asked = Asked(heapq.heappop(self._coming))
            if self.bound.admits(world):
                world.starting.append(asked)
                self._patience.append(asked)
            else:
                seconds += REFUSAL_SECONDS
                self._refused += world.now >= COUNTED_FROM
                self._comes(world.now + self.chance.uniform(1.0, 1.5))
        return seconds

    def _start(self) -> float:
        """As many as fit a turn; the pace of them is that of the whole turn."""
        world = self.world
        fitting = max(int(server.TURN_SECONDS / REQUEST_SECONDS), server.STARTS_PER_TURN_MIN)
        started = min(len(world.starting), fitting)
        for _ in range(started):
            world.committing.append(world.starting.popleft())
        if started:
            took = REQUEST_SECONDS * self.scene.pace(world.now)
            world.request_seconds += _WEIGHT * (took - world.request_seconds)
        return started * REQUEST_SECONDS

    def _commit(self, now: float) -> None:
        """The next group, of half of what waits, as `CommandQueue.take` has it."""
        world = self.world
        waiting = len(world.committing)
        half = max(booking.GROUP_COMMANDS_MIN, waiting // 2)
        size = min(booking.GROUP_COMMANDS_MAX, half, waiting)
        world.group = [world.committing.popleft() for _ in range(size)]
        seconds = (COMMIT_SECONDS + size * BOOKING_SECONDS) * self.scene.pace(now)
        if self.scene.stalls and now >= self._stalls_at:
            self._stalls_at += STALL_EVERY_SECONDS
            seconds += STALL_SECONDS
        self._committed_at = now + seconds
        world.commit_seconds += (seconds - world.commit_seconds) / booking.COMMITS_AVERAGED

    def _comes(self, at: float) -> None:
        heapq.heappush(self._coming, at)


SCENES: Final[Sequence[Scene]] = (
    *(Scene(customers) for customers in (300, 1_000, 3_000, 6_000, 12_000)),
    Scene(6_000, seconds=120.0),
    Scene(6_000, is_slow=True),
    Scene(12_000, is_slow=True),
    Scene(6_000, stalls=True),
)
BOUNDS: Final[Mapping[str, Callable[[], Bound]]] = {
    "none": NoBound,
    "expected wait (ours)": ExpectedWait,
    "gradient": Gradient,
    "gradient, tolerance 2": lambda: Gradient(tolerance=2.0),
}


def table(scenes: Sequence[Scene]) -> Iterator[str]:
    """Lines of Markdown, one a scene."""
    yield f"| customers | {' | '.join(BOUNDS)} |"
    yield f"|{'---:|' * (len(BOUNDS) + 1)}"
    for scene in scenes:
        cells = [Run(scene, bound())().cell for bound in BOUNDS.values()]
        yield f"| {scene.name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    for line in table(SCENES):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
