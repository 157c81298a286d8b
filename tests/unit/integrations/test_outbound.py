"""How calls of services end, and what is counted."""

import asyncio

import pytest

from fullhouse.concurrency import deadline
from fullhouse.concurrency.deadline import time_limit
from fullhouse.integrations.outbound import OutboundService
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import DeadlineExceeded, ServiceUnavailable
from fullhouse.resilience.breaker import CircuitBreaker
from fullhouse.resilience.circuits import LocalCircuits
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.telemetry.metrics import MetricRegistry, exposition


@pytest.fixture
def registry() -> MetricRegistry:
    return MetricRegistry()


@pytest.fixture
def service(clock: ManualClock, registry: MetricRegistry) -> OutboundService:
    return OutboundService(
        CircuitBreaker("mail", LocalCircuits(clock), clock),
        registry.get(CircuitMetrics),
        seconds_max=0.01,
        is_failure=lambda error: isinstance(error, ConnectionError),
    )


async def answer() -> str:
    return "taken"


async def refuse() -> None:
    raise ValueError("no such recipient")


async def stall() -> None:
    await asyncio.Event().wait()


async def test_a_call_without_an_answer_ends_in_time_and_is_a_failure(
    service: OutboundService,
) -> None:
    for _ in range(5):
        with pytest.raises(TimeoutError):
            await service.call(stall)
    with pytest.raises(ServiceUnavailable):
        await service.call(answer)


async def test_call_that_its_caller_waits_no_longer_for_is_no_failure_of_the_service(
    service: OutboundService,
) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(20):
        async with time_limit(60.0):
            deadline.begin(loop.time() + 0.002, loop)
            with pytest.raises(DeadlineExceeded):
                await service.call(stall)
    assert await service.call(answer) == "taken"


async def test_each_outcome_is_counted(service: OutboundService, registry: MetricRegistry) -> None:
    assert await service.call(answer) == "taken"
    with pytest.raises(ValueError, match="no such recipient"):
        await service.call(refuse)
    cancelled = asyncio.create_task(service.call(stall))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    await test_a_call_without_an_answer_ends_in_time_and_is_a_failure(service)
    registry.publish()
    text = exposition(registry.registry).decode()
    for outcome, count in (("succeeded", 2), ("failed", 5), ("refused", 1), ("cancelled", 1)):
        line = f'fullhouse_service_calls_total{{outcome="{outcome}",service="mail"}} {count}.0'
        assert line in text
        timed = f'fullhouse_service_call_seconds_count{{outcome="{outcome}",service="mail"}}'
        assert (f"{timed} {count}.0" in text) == (outcome != "refused"), "what was not made"
