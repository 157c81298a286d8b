"""Several processes call one service, each through its breaker; circuits and service fail.

Everything but the service and the place of the circuits is the product's own code.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.simulation.virtual_loop import Simulation, VirtualClock

from fullhouse.integrations.outbound import OutboundService
from fullhouse.kernel.errors import ServiceUnavailable
from fullhouse.resilience.breaker import BreakerPolicy, CircuitBreaker
from fullhouse.resilience.breakers import Breakers
from fullhouse.resilience.circuits import Circuit, LocalCircuits
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.storage.errors import DatabaseUnavailable, OutcomeUnknown
from fullhouse.telemetry.metrics import MetricRegistry

SERVICE: Final = "mail-server"
CALLERS: Final = 2
CALL_SECONDS_MAX: Final = 8.0
LOOK_SECONDS: Final = 5.0
TROUBLE_SECONDS: Final = 100.0
HEALED_SECONDS: Final = 150.0
"""In which a circuit opens once more by what it remembers, and is probed, lost and probed again."""
POLICY: Final = BreakerPolicy()
METRICS: Final = MetricRegistry().get(CircuitMetrics)
_ROUNDED: Final = 0.05
"""Seconds by which clocks that run a little wrong may differ over a lease."""


class BrokenPromise(AssertionError):
    """A promise of the breaker does not hold."""


class ServiceDown(Exception):
    """The service's own failure."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What the service and the place of the circuits are like, in spans of time.

    The end of the last span is the end of all trouble.
    """

    spans: tuple[tuple[float, str], ...]

    @classmethod
    def drawn(
        cls,
        chance: Random,
        kinds: Sequence[str],
        seconds: float,
        span_seconds: tuple[float, float] = (5.0, 80.0),
    ) -> "Weather":
        """Spans of chance, of these kinds, for so many seconds."""
        spans, until = list[tuple[float, str]](), 0.0
        while until < seconds:
            until = min(seconds, until + chance.uniform(*span_seconds))
            spans.append((until, chance.choice(kinds)))
        return cls(tuple(spans))

    def at(self, seconds: float) -> str:
        return next((kind for until, kind in self.spans if seconds < until), "fine")


@dataclass(slots=True)
class SimulatedCall:
    """One call that reached the service."""

    began: float
    is_probe: bool
    permit: object
    is_alone: bool
    generation: int
    failed: bool = False
    is_cancelled: bool = False
    """Not by its time-out: it says nothing of the service."""
    seconds: float = 0.0
    state_at_end: tuple[Circuit, int] | None = None
    """What its process knew before its result."""
    is_valid: bool = True
    """Whether its permit still held when it ended."""


@dataclass(slots=True)
class SharedPlace:
    """The circuits of all processes, as the database has them: slow, away, or silent about it."""

    simulation: Simulation
    stored: LocalCircuits
    weather: Weather
    processes: list["SimulatedProcess"] = field(default_factory=list)

    async def reach(self) -> None:
        await self.simulation.passes(0.001, 0.05)
        if self.weather.at(self.simulation.loop.time()) == "away":
            raise DatabaseUnavailable

    async def notify(self) -> None:
        """Each process hears of a change a moment later, unless the notification is lost."""
        simulation = self.simulation
        for process in self.processes:
            if simulation.happens(0.9):
                simulation.loop.call_later(
                    simulation.chance.uniform(0.0, 1.0), process.breakers.invalidate, SERVICE
                )


@dataclass(slots=True)
class ProcessCircuits:
    """Implements `Circuits` for one process, and judges every change that it makes."""

    place: SharedPlace
    judge: "SimulatedProcess | None" = None
    is_dead: bool = False

    async def change(self, circuit: Circuit) -> Circuit | None:
        assert self.judge is not None
        self.judge.judges(circuit)
        await self._reach()
        stored = await self.place.stored.change(circuit)
        if stored is not None:
            await self.place.notify()
        weather = self.place.weather.at(self.place.simulation.loop.time())
        await self._reach()
        if weather == "shaky" and self.place.simulation.happens(0.3):
            raise OutcomeUnknown
        self.judge.is_alone = False
        return stored

    async def read(self) -> Sequence[Circuit]:
        await self._reach()
        return await self.place.stored.read()

    async def _reach(self) -> None:
        assert self.judge is not None
        if self.is_dead:
            await asyncio.Event().wait()
        self.judge.is_alone = True
        await self.place.reach()


@dataclass(slots=True)
class SimulatedProcess:
    """One process with its clock, its breakers and its callers; checks each promise at once."""

    number: int
    simulation: Simulation
    circuits: ProcessCircuits
    breakers: Breakers
    weather: Weather
    world: "CircuitWorld"
    clock: VirtualClock
    ended: SimulatedCall | None = None
    """The call whose end is being judged."""
    ended_at: float = -1.0
    is_alone: bool = False
    counted: dict[int, list[SimulatedCall]] = field(default_factory=dict)
    permits: list[object] = field(default_factory=list)
    """Kept, so that none gets the number of another."""

    @property
    def breaker(self) -> CircuitBreaker:
        return self.breakers.of(SERVICE, POLICY)

    async def calls(self) -> None:
        """Call the service now and then, for as long as the world lasts."""
        service = OutboundService(
            self.breaker,
            METRICS,
            seconds_max=CALL_SECONDS_MAX,
            is_failure=lambda error: isinstance(error, ServiceDown),
        )
        while True:
            await self.simulation.passes(0.5, 12.0)
            if self.simulation.happens(0.03):
                await self._call_and_cancel(service)
            else:
                await self._call(service)

    async def _call_and_cancel(self, service: OutboundService) -> None:
        task = asyncio.ensure_future(self._call(service))
        await asyncio.wait((task,), timeout=self.simulation.chance.uniform(0.0, 6.0))
        task.cancel()
        await asyncio.wait((task,))
        if not task.cancelled():
            task.result()

    async def _call(self, service: OutboundService) -> None:
        made: list[SimulatedCall] = []
        try:
            await service.call(lambda: self._reached(made))
        except ServiceUnavailable:
            return
        except (ServiceDown, TimeoutError):
            pass
        (call,) = made
        if not call.is_valid and self._state() != call.state_at_end:
            raise BrokenPromise("a late result changed the circuit")

    async def _reached(self, made: list[SimulatedCall]) -> None:
        breaker, now = self.breaker, self.simulation.loop.time()
        permit = breaker._permit or breaker._probe
        call = SimulatedCall(
            now, breaker._permit is None, permit, self.is_alone, breaker._circuit.generation
        )
        made.append(call)
        self.permits.append(permit)
        self.world.begins(self, call)
        try:
            await self._answer()
        except BaseException as error:
            call.failed = True
            in_time = self.simulation.loop.time() - call.began < CALL_SECONDS_MAX - _ROUNDED
            call.is_cancelled = isinstance(error, asyncio.CancelledError) and in_time
            raise
        finally:
            self._ends(call)

    async def _answer(self) -> None:
        weather = self.weather.at(self.simulation.loop.time())
        if weather == "silent":
            await asyncio.Event().wait()
        is_slow = weather == "slow" and self.simulation.happens(0.8)
        await self.simulation.passes(*((5.0, 7.5) if is_slow else (0.05, 2.0)))
        if weather == "down" or (weather == "flapping" and self.simulation.happens(0.5)):
            raise ServiceDown

    def _ends(self, call: SimulatedCall) -> None:
        now = self.simulation.loop.time()
        # By the clock of this process, which is what its breaker measures with
        call.seconds = (now - call.began) * self.clock.rate
        call.is_valid = call.permit in {self.breaker._permit, self.breaker._probe}
        self.ended, self.ended_at = call, now
        call.state_at_end = self._state()
        self.world.ends(self, call)
        if call.is_valid and not call.is_probe and not call.is_cancelled:
            self.counted.setdefault(id(call.permit), []).append(call)

    def _state(self) -> tuple[Circuit, int]:
        return self.breaker._circuit, self.breaker._window.calls

    def judges(self, circuit: Circuit) -> None:
        """A change has a reason: an opening enough failures, a closing a probe that succeeded."""
        is_late_news = self.ended is None or self.ended_at != self.simulation.loop.time()
        if is_late_news or circuit.hold_seconds not in {0.0, POLICY.open_seconds}:
            return
        call = self.ended
        assert call is not None
        went_well = not call.failed and call.seconds < POLICY.slow_seconds - _ROUNDED
        if not circuit.is_open and not (call.is_probe and call.is_valid and went_well):
            raise BrokenPromise("the circuit closed without a probe that succeeded")
        if circuit.is_open and circuit.hold_seconds and not self._had_reason_to_open(call):
            raise BrokenPromise("the circuit opened without enough failures")

    def _had_reason_to_open(self, call: SimulatedCall) -> bool:
        bad = call.failed or call.seconds >= POLICY.slow_seconds - _ROUNDED
        if call.is_probe:
            return call.is_valid and bad
        counted = self.counted.get(id(call.permit), ())
        failed = sum(one.failed for one in counted)
        return call.is_valid and (failed >= POLICY.failures_max or len(counted) >= POLICY.calls_min)


@dataclass(slots=True)
class CircuitWorld:
    """All processes, and the promises that concern more than one of them."""

    simulation: Simulation
    weather: Weather
    place: SharedPlace
    running: list[tuple[SimulatedProcess, SimulatedCall]] = field(default_factory=list)
    calls: list[SimulatedCall] = field(default_factory=list)

    def begins(self, process: SimulatedProcess, call: SimulatedCall) -> None:
        self.simulation.note(f"process {process.number} {'probes' if call.is_probe else 'calls'}")
        self.calls.append(call)
        leased_since = call.began - (POLICY.probe_seconds - _ROUNDED - 0.2)
        for other, earlier in self.running if call.is_probe else ():
            is_leased = earlier.is_probe and earlier.began > leased_since
            if is_leased and self._may_not_probe(process, call, other, earlier):
                raise BrokenPromise("two calls probed at once")
        self.running.append((process, call))

    def ends(self, process: SimulatedProcess, call: SimulatedCall) -> None:
        self.simulation.note(f"process {process.number} {'fails' if call.failed else 'succeeds'}")
        self.running = [one for one in self.running if one[1] is not call]

    @staticmethod
    def _may_not_probe(
        process: SimulatedProcess,
        call: SimulatedCall,
        other: SimulatedProcess,
        earlier: SimulatedCall,
    ) -> bool:
        """Two at once only where one of them could not ask the others."""
        if process is other and call.generation == earlier.generation:
            return True
        return not (call.is_alone or earlier.is_alone)

    def disagreement(self) -> str | None:
        """None once all processes and the place see the same, and nothing is refused any more."""
        living = [one.breaker for one in self.place.processes if not one.circuits.is_dead]
        seen = {(one.circuit.generation, one.circuit.is_open) for one in living}
        stored = self.place.stored._circuits.get(SERVICE)
        if stored is not None:
            seen.add((stored[0].generation, stored[0].is_open))
        if len(seen) == 1 and not any(one.circuit.is_open for one in living):
            return None
        return f"the processes end at different states: {sorted(seen)}"

    def stays_within_its_budget(self) -> None:
        """In each span without any answer the failing service is called a counted few times."""
        each = POLICY.failures_max - 1 + CALLERS + 1
        began = 0.0
        for until, kind in self.weather.spans:
            probes = 1 + (until - began) / POLICY.open_seconds
            calls = sum(began <= one.began < until and not one.is_cancelled for one in self.calls)
            if kind in {"down", "silent"} and calls > len(self.place.processes) * (each + probes):
                raise BrokenPromise(f"{calls} calls in {until - began:.0f} s without an answer")
            began = until


async def circuit_world(simulation: Simulation) -> Sequence[str]:
    """Let trouble come and go, then wait until all is well; what happened."""
    chance = simulation.chance
    weather = Weather.drawn(
        chance, ("fine", "down", "silent", "slow", "flapping", "down"), TROUBLE_SECONDS
    )
    trouble = Weather.drawn(chance, ("fine", "fine", "away", "shaky"), TROUBLE_SECONDS)
    place = SharedPlace(simulation, LocalCircuits(simulation.clock(drift=1e-4)), trouble)
    world = CircuitWorld(simulation, weather, place)
    tasks: list[list[asyncio.Task[None]]] = []
    for number in range(chance.randint(2, 3)):
        process = _started(number, world)
        place.processes.append(process)
        runs = [process.breakers.run(), *(process.calls() for _ in range(CALLERS))]
        tasks.append([simulation.loop.create_task(run) for run in runs])
    if simulation.happens(0.3):
        simulation.loop.call_later(chance.uniform(0, TROUBLE_SECONDS), _kill, world, tasks[0])
    everything = [task for group in tasks for task in group]
    await _watch(everything, seconds=TROUBLE_SECONDS)
    for _ in range(int(HEALED_SECONDS / LOOK_SECONDS)):
        if world.disagreement() is None:
            break
        await _watch(everything, seconds=LOOK_SECONDS)
    if (disagreement := world.disagreement()) is not None:
        raise BrokenPromise(disagreement)
    world.stays_within_its_budget()
    return simulation.trace


def _started(number: int, world: CircuitWorld) -> SimulatedProcess:
    clock = world.simulation.clock(drift=1e-4)
    circuits = ProcessCircuits(world.place)
    process = SimulatedProcess(
        number,
        world.simulation,
        circuits,
        Breakers(circuits, clock, METRICS),
        world.weather,
        world,
        clock,
    )
    circuits.judge = process
    assert process.breaker.policy is POLICY
    return process


def _kill(world: CircuitWorld, tasks: Sequence[asyncio.Task[None]]) -> None:
    """As `kill -9`: what it was about to tell the others is never told."""
    process = world.place.processes[0]
    world.simulation.note(f"process {process.number} is killed")
    process.circuits.is_dead = True
    world.running = [one for one in world.running if one[0] is not process]
    for task in tasks:
        task.cancel()


async def _watch(tasks: Sequence[asyncio.Task[None]], *, seconds: float) -> None:
    """Wait until the time is over, or until one of the tasks has broken a promise."""
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in tasks:
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error
