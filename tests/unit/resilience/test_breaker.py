"""When a circuit opens, who may probe, and what late and cancelled calls change."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from tests.builders.circuits import Service, breaker_of
from typing_extensions import override

from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import ServiceUnavailable, TransientError
from fullhouse.resilience.breaker import BreakerPolicy
from fullhouse.resilience.circuits import Circuit, LocalCircuits
from fullhouse.storage.errors import OutcomeUnknown


@pytest.fixture
def circuits(clock: ManualClock) -> LocalCircuits:
    return LocalCircuits(clock)


@pytest.fixture
def service(circuits: LocalCircuits, clock: ManualClock) -> Service:
    return Service(breaker_of(circuits, clock), clock)


async def test_opens_at_the_fifth_failure_within_a_minute(service: Service) -> None:
    for _ in range(4):
        await service.fails(after=15.0)
    assert not service.is_refused()
    await service.fails(after=15.0)
    assert service.is_refused(), "60 s after the first failure"


async def test_five_failures_in_more_than_a_minute_open_nothing(service: Service) -> None:
    for _ in range(50):
        await service.fails(after=15.1)
        await service.succeeds(times=9)
    assert not service.is_refused()


async def test_opens_when_half_of_ten_calls_failed(clock: ManualClock) -> None:
    policy = BreakerPolicy(failures_max=100)
    service = Service(breaker_of(LocalCircuits(clock), clock, policy=policy), clock)
    for _ in range(5):
        await service.fails()
    await service.succeeds(times=4)
    assert not service.is_refused(), "nine calls are too few to judge"
    await service.succeeds()
    assert service.is_refused()


async def test_opens_when_half_of_ten_calls_were_slow(service: Service) -> None:
    await service.succeeds(times=5)
    for _ in range(4):
        await service.succeeds(seconds=5.0)
    assert not service.is_refused()
    await service.succeeds(seconds=5.0)
    assert service.is_refused()


@pytest.mark.parametrize("calls", [10, 12, 20])
async def test_less_than_half_open_nothing(clock: ManualClock, calls: int) -> None:
    policy = BreakerPolicy(failures_max=100)
    bad = calls // 2 - 1
    failing, slow = (
        Service(breaker_of(LocalCircuits(clock), clock, policy=policy), clock) for _ in range(2)
    )
    await failing.succeeds(times=calls - bad)
    await slow.succeeds(times=calls - bad)
    for _ in range(bad):
        await failing.fails()
        await slow.succeeds(seconds=5.0)
    assert not failing.is_refused()
    assert not slow.is_refused()


async def test_more_than_half_open_it_however_many_calls_there_were(clock: ManualClock) -> None:
    policy = BreakerPolicy(failures_max=100)
    failing, slow = (
        Service(breaker_of(LocalCircuits(clock), clock, policy=policy), clock) for _ in range(2)
    )
    await failing.succeeds(times=2)
    await slow.succeeds(times=2)
    for _ in range(7):
        await failing.fails()
        await slow.succeeds(seconds=6.0)
    assert not failing.is_refused(), "nine calls are too few to judge"
    await failing.fails()
    await slow.succeeds(seconds=6.0)
    assert failing.breaker.circuit.reason == "8 of 10 calls failed."
    assert slow.breaker.circuit.reason == "8 of 10 calls took 5 s or longer."


async def test_calls_of_more_than_a_minute_ago_count_no_more(clock: ManualClock) -> None:
    policy = BreakerPolicy(failures_max=100)
    service = Service(breaker_of(LocalCircuits(clock), clock, policy=policy), clock)
    for _ in range(9):
        await service.fails()
    await service.succeeds(after=60.0)
    assert not service.is_refused()
    assert service.breaker.circuit.reason == ""


async def test_wrong_requests_and_refusals_are_no_failures(service: Service) -> None:
    for _ in range(20):
        with pytest.raises(ValueError, match="wrong"):
            await service.call(ValueError("wrong"))
    assert not service.is_refused()
    for _ in range(5):
        await service.fails()
    for _ in range(20):
        with pytest.raises(ServiceUnavailable) as refused:
            await service.call()
        assert refused.value.retry_after_seconds == 30
    service.clock.advance(timedelta(seconds=30))
    await service.succeeds()
    assert not service.is_refused(), "refusals have not put the probe off"


async def test_probes_half_a_minute_later_and_closes(service: Service) -> None:
    await service.opens()
    service.clock.advance(timedelta(seconds=29.95))
    assert service.is_refused()
    service.clock.advance(timedelta(seconds=0.05))
    await service.succeeds()
    assert not service.is_refused()
    for _ in range(4):
        await service.fails()
    assert not service.is_refused(), "the failures before it opened are forgotten"


@pytest.mark.parametrize("seconds", [0.1, 5.0])
async def test_a_failed_or_slow_probe_opens_it_again(service: Service, seconds: float) -> None:
    await service.opens()
    service.clock.advance(timedelta(seconds=30))
    if seconds < service.breaker.policy.slow_seconds:
        await service.fails()
    else:
        await service.succeeds(seconds=seconds)
    assert service.is_refused()
    service.clock.advance(timedelta(seconds=29.9))
    assert service.is_refused()


async def test_only_one_call_probes(circuits: LocalCircuits, clock: ManualClock) -> None:
    processes = [Service(breaker_of(circuits, clock), clock) for _ in range(3)]
    await processes[0].opens()
    await share(circuits, processes)
    clock.advance(timedelta(seconds=30))
    callers = [process for process in processes for _ in range(10)]
    gate = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(process.waits_for(gate)) for process in callers]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gate.set()
    assert sum(call.result() for call in calls) == 1
    await share(circuits, processes)
    assert not any(process.is_refused() for process in processes)


async def test_a_cancelled_probe_lets_the_next_call_probe(service: Service) -> None:
    await service.opens()
    service.clock.advance(timedelta(seconds=30))
    await service.is_cancelled()
    await service.succeeds()
    assert not service.is_refused()


async def test_cancelled_calls_open_nothing(service: Service) -> None:
    for _ in range(20):
        await service.is_cancelled()
    assert not service.is_refused()


async def test_a_lost_probe_is_replaced_and_changes_nothing_when_it_ends(service: Service) -> None:
    await service.opens()
    service.clock.advance(timedelta(seconds=30))
    lost = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        probe = group.create_task(service.waits_for(lost))
        await asyncio.sleep(0)
        service.clock.advance(timedelta(seconds=service.breaker.policy.probe_seconds - 0.1))
        assert service.is_refused()
        service.clock.advance(timedelta(seconds=0.1))
        await service.fails()
        lost.set()
    assert probe.result()
    assert service.is_refused(), "a success that began before the failure closes nothing"


async def test_results_of_calls_from_before_it_opened_change_nothing(service: Service) -> None:
    successes, failures = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(9):
            group.create_task(service.waits_for(successes))
            group.create_task(service.fails_at(failures))
        await asyncio.sleep(0)
        await service.opens()
        successes.set()
        await asyncio.sleep(0.01)
        assert service.is_refused()
        service.clock.advance(timedelta(seconds=30))
        await service.succeeds()
        failures.set()
    assert not service.is_refused()


async def test_what_others_made_of_it_before_changes_nothing(service: Service) -> None:
    await service.opens()
    service.breaker.adopt(Circuit("mail", service.breaker.circuit.generation))
    assert service.is_refused()


async def test_one_that_is_kept_closed_does_not_open_until_its_time_is_over(
    service: Service,
) -> None:
    service.breaker.adopt(Circuit("mail", 5, hold_seconds=60.0))
    for _ in range(59):
        await service.fails(after=1.0)
    assert not service.is_refused()
    await service.fails(after=1.0)
    assert service.is_refused()


async def test_who_missed_a_change_learns_of_it_with_its_own(
    circuits: LocalCircuits, clock: ManualClock
) -> None:
    here, there = (Service(breaker_of(circuits, clock), clock) for _ in range(2))
    await here.opens()
    clock.advance(timedelta(seconds=10))
    for _ in range(5):
        await there.fails()
    assert there.breaker.circuit == here.breaker.circuit
    assert there.breaker.circuit.hold_seconds == 20.0


class LostCircuits(LocalCircuits):
    """Circuits that can be out of reach."""

    is_lost = False

    meanwhile: Callable[[], None] | None = None
    """What happens before it is known that they are."""

    @override
    async def change(self, circuit: Circuit) -> Circuit | None:
        if self.is_lost:
            if self.meanwhile is not None:
                self.meanwhile()
            raise TransientError
        return await super().change(circuit)

    @override
    async def read(self) -> Sequence[Circuit]:
        if self.is_lost:
            raise TransientError
        return await super().read()


async def test_goes_on_alone_while_the_others_are_out_of_reach(clock: ManualClock) -> None:
    circuits = LostCircuits(clock)
    here, there = (Service(breaker_of(circuits, clock), clock) for _ in range(2))
    circuits.is_lost = True
    await here.opens()
    assert here.is_refused()
    clock.advance(timedelta(seconds=30))
    await here.fails()
    assert here.is_refused()
    circuits.is_lost = False
    await here.breaker.publish()
    await share(circuits, [here, there])
    assert there.is_refused()
    clock.advance(timedelta(seconds=30))
    await there.succeeds()
    await share(circuits, [here, there])
    assert not here.is_refused()


class ForgetfulCircuits(LocalCircuits):
    """Circuits that store a change and cannot say so."""

    @override
    async def change(self, circuit: Circuit) -> Circuit | None:
        await super().change(circuit)
        raise OutcomeUnknown


async def test_what_was_stored_without_an_answer_is_not_stored_again(clock: ManualClock) -> None:
    circuits = ForgetfulCircuits(clock)
    service = Service(breaker_of(circuits, clock), clock)
    await service.opens()
    await share(circuits, [service])
    await service.breaker.publish()
    (stored,) = await circuits.read()
    assert (stored.generation, stored.is_open) == (1, True)


async def test_who_leases_alone_probes_nothing_that_others_have_closed_meanwhile(
    clock: ManualClock,
) -> None:
    circuits = LostCircuits(clock)
    service = Service(breaker_of(circuits, clock), clock)
    await service.opens()
    clock.advance(timedelta(seconds=30))
    circuits.is_lost = True
    circuits.meanwhile = lambda: service.breaker.adopt(Circuit("mail", 5))
    with pytest.raises(ServiceUnavailable):
        await service.call(OSError("down"))
    assert not service.is_refused()
    await service.succeeds()


async def share(circuits: LocalCircuits, services: Sequence[Service]) -> None:
    """Let each process read the circuits, as after a notification."""
    for circuit in await circuits.read():
        for service in services:
            service.breaker.adopt(circuit)
