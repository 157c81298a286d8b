"""The breakers of a process follow the circuits: when they hear of theirs, and until stopped."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from typing_extensions import override

from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import TransientError
from fullhouse.resilience.breakers import Breakers
from fullhouse.resilience.circuits import Circuit, LocalCircuits
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.telemetry.metrics import MetricRegistry, exposition


class CountedCircuits(LocalCircuits):
    """Circuits that say how often they were read."""

    reads = 0
    is_away = False

    @override
    async def read(self) -> Sequence[Circuit]:
        self.reads += 1
        if self.is_away:
            raise TransientError
        return await super().read()


@pytest.fixture
def circuits(clock: ManualClock) -> CountedCircuits:
    return CountedCircuits(clock)


@pytest.fixture
def registry() -> MetricRegistry:
    return MetricRegistry()


@pytest.fixture
async def breakers(
    circuits: CountedCircuits, clock: ManualClock, registry: MetricRegistry
) -> AsyncIterator[Breakers]:
    """Running, with a breaker of its own for mail."""
    running = Breakers(circuits, clock, registry.get(CircuitMetrics))
    assert running.of("mail") is running.of("mail")
    task = asyncio.create_task(running.run())
    await asyncio.sleep(0.01)
    yield running
    running.stop()
    async with asyncio.timeout(1):
        await task


async def test_what_is_heard_of_is_looked_at_and_adopted(
    breakers: Breakers, circuits: CountedCircuits, registry: MetricRegistry
) -> None:
    await circuits.change(Circuit("mail", is_open=True, hold_seconds=30.0))
    await circuits.change(Circuit("another", is_open=True, hold_seconds=30.0))
    assert not breakers.of("mail").is_held()
    breakers.invalidate("mail")
    await asyncio.sleep(0.01)
    assert breakers.of("mail").is_held()
    assert 'fullhouse_circuit_open{service="mail"} 1.0' in exposition(registry.registry).decode()


async def test_a_service_that_is_called_for_the_first_time_has_the_circuit_of_all(
    breakers: Breakers, circuits: CountedCircuits
) -> None:
    await circuits.change(Circuit("another", is_open=True, hold_seconds=30.0))
    breakers.invalidate("another")
    await asyncio.sleep(0.01)
    assert breakers.of("another").is_held()
    assert not breakers.of("a third").is_held()


async def test_circuits_are_looked_at_once_for_what_is_heard_at_once(
    breakers: Breakers, circuits: CountedCircuits
) -> None:
    before = circuits.reads
    breakers.invalidate("mail")
    breakers.invalidate("another")
    breakers.invalidate_all()
    await asyncio.sleep(0.01)
    assert circuits.reads == before + 1


async def test_circuits_that_cannot_be_read_leave_what_is_known(
    breakers: Breakers, circuits: CountedCircuits
) -> None:
    await circuits.change(Circuit("mail", is_open=True, hold_seconds=30.0))
    await breakers.refresh()
    circuits.is_away = True
    await breakers.refresh()
    assert breakers.of("mail").is_held()
