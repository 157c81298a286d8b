"""Circuits in memory: the generation fences, and time that is left never runs below none."""

from datetime import timedelta

import msgspec
import pytest
from tests.builders.circuits import Service, breaker_of

from fullhouse.kernel.clock import ManualClock
from fullhouse.resilience.circuits import Circuit, LocalCircuits


async def held(circuits: LocalCircuits) -> float:
    (circuit,) = await circuits.read()
    return circuit.hold_seconds


async def test_time_that_is_left_runs_down_to_none(clock: ManualClock) -> None:
    circuits = LocalCircuits(clock)
    await circuits.change(Circuit("mail", is_open=True, hold_seconds=30.0))
    clock.advance(timedelta(seconds=29.5))
    assert await held(circuits) == 0.5
    clock.advance(timedelta(seconds=5))
    assert await held(circuits) == 0.0


def test_a_circuit_holds_for_no_time_unless_it_says_so() -> None:
    assert msgspec.structs.asdict(Circuit("mail")) == {
        "name": "mail",
        "generation": 0,
        "is_open": False,
        "hold_seconds": 0.0,
        "reason": "",
    }


@pytest.mark.parametrize("generation", [0, 2])
async def test_only_who_saw_the_newest_state_changes_it(
    clock: ManualClock, generation: int
) -> None:
    circuits = LocalCircuits(clock)
    assert await circuits.change(Circuit("mail")) is not None
    assert await circuits.change(Circuit("mail", generation, is_open=True)) is None
    (stored,) = await circuits.read()
    assert not stored.is_open


async def test_a_breaker_that_was_too_late_adopts_its_own_circuit_alone(
    clock: ManualClock,
) -> None:
    circuits = LocalCircuits(clock)
    for name in ("a-mail", "z-mail"):
        for generation in range(3):
            await circuits.change(Circuit(name, generation, is_open=True, hold_seconds=900.0))
    await circuits.change(Circuit("mail", is_open=True, hold_seconds=20.0))
    service = Service(breaker_of(circuits, clock), clock)
    for _ in range(service.breaker.policy.failures_max):
        await service.fails()
    assert service.breaker.circuit == Circuit("mail", 1, is_open=True, hold_seconds=20.0)
