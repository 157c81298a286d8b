"""What guards around a call cost, and how often a service that is down is called all the same."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from fullhouse.capacity.bench.figure import Figure
from fullhouse.kernel.clock import Clock, ManualClock
from fullhouse.kernel.errors import ServiceUnavailable
from fullhouse.resilience.breaker import CircuitBreaker
from fullhouse.resilience.cache import Cache, Loaded
from fullhouse.resilience.circuits import LocalCircuits
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.telemetry.metrics import MetricRegistry

Work = Callable[[], Awaitable[None]]
Guard = Callable[[Work], Awaitable[None]]
"""Awaits work behind whatever guards it."""

BREAKER_MICROSECONDS_MAX: Final = 0.5
POLICY_MICROSECONDS_MAX: Final = 30.0
CACHE_MICROSECONDS_MAX: Final = 5.0
REFUSAL_MICROSECONDS_MAX: Final = 100.0
WATCHING_SHARE_MAX: Final = 0.03
AMPLIFICATION_MAX: Final = 1.1
OUTAGE_SECONDS: Final = 2 * 3_600
OUTAGE_MESSAGES: Final = 1_000
_AT_ONCE: Final = 24
_CALLS: Final = 500
_BATCHES: Final = 60
_BEGIN: Final = datetime(2027, 6, 12, tzinfo=UTC)


class Guards(msgspec.Struct, frozen=True):
    """`policy` is what calls of services go through; `watching` is all that measures a booking.

    `refusal` measures the processor time of a refused request, in microseconds.
    """

    policy: Guard
    watching: Guard
    refusal: Callable[[], Awaitable[float]]


class CallCosts(msgspec.Struct, frozen=True):
    """Microseconds a call on top of the call itself; `calls_while_down` of two hours."""

    breaker: float
    policy: float
    cache_hit: float
    watching: float
    refusal: float
    calls_while_down: int

    def watching_at(self, best_per_second: float) -> Figure:
        """What measuring adds to a booking, as a share of the time that one takes at best."""
        booking = 1e6 / best_per_second
        return Figure(
            key="watching",
            name="measuring a booking",
            subject="measuring a booking ÷ the booking, at the best rate",
            ratio=self.watching / booking,
            bound=WATCHING_SHARE_MAX,
            is_maximum=True,
            value=f"{self.watching:.2f} µs",
            compared_with=f"{booking:,.0f} µs",
        )

    @property
    def figures(self) -> Sequence[Figure]:
        costs = (
            ("breaker_call", "a call through a breaker", self.breaker, BREAKER_MICROSECONDS_MAX),
            ("policy_call", "a call with time-out", self.policy, POLICY_MICROSECONDS_MAX),
            ("cache_hit", "a value from memory", self.cache_hit, CACHE_MICROSECONDS_MAX),
            ("refusal", "processor time of a refusal", self.refusal, REFUSAL_MICROSECONDS_MAX),
        )
        return [
            *(_cost(key, name, measured, bound=bound) for key, name, measured, bound in costs),
            Figure(
                key="amplification",
                name="calls of a service that is down",
                subject="calls of a service that is down for 2 hours ÷ messages that wait for it",
                ratio=self.calls_while_down / OUTAGE_MESSAGES,
                bound=AMPLIFICATION_MAX,
                is_maximum=True,
                value=f"{self.calls_while_down:,}",
                compared_with=f"{OUTAGE_MESSAGES:,}",
            ),
        ]


async def call_costs(clock: Clock, guards: Guards) -> CallCosts:
    """Measure in this process."""
    breaker = CircuitBreaker("bench", LocalCircuits(clock), clock)
    cache = Cache[str, str](
        "bench",
        clock,
        MetricRegistry().get(CacheMetrics),
        bytes_max=1_000,
        size_of=len,
        patience_seconds=1.0,
    )

    async def through_breaker(work: Work) -> None:
        await breaker.call(work, _is_failure)

    async def from_cache(_work: Work) -> None:
        await cache.get_many(("key",), _load)

    alone = await _microseconds(_alone, clock)
    return CallCosts(
        breaker=await _microseconds(through_breaker, clock) - alone,
        policy=await _microseconds(guards.policy, clock) - alone,
        watching=await _microseconds(guards.watching, clock) - alone,
        cache_hit=await _microseconds(from_cache, clock),
        refusal=await guards.refusal(),
        calls_while_down=await calls_while_down(),
    )


async def calls_while_down() -> int:
    """Calls that reach a service in two hours without an answer, by the clock of a rehearsal.

    Messages wait for it all the time; as many as a worker sends at once try whenever they may.
    """
    clock = ManualClock(_BEGIN)
    breaker = CircuitBreaker("bench", LocalCircuits(clock), clock)
    made = 0

    async def fails() -> None:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        raise ConnectionRefusedError

    for _ in range(OUTAGE_SECONDS):
        if not breaker.is_held():
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(_tried(breaker, fails))
        clock.advance(timedelta(seconds=1))
    return made


async def _tried(breaker: CircuitBreaker, work: Work) -> None:
    try:
        await breaker.call(work, _is_failure)
    except (ServiceUnavailable, ConnectionRefusedError):
        return


async def _microseconds(guard: Guard, clock: Clock) -> float:
    """Of one call, in the best of several batches: others use the processor too."""
    best = float("inf")
    for _ in range(_BATCHES):
        began = clock.monotonic()
        for _ in range(_CALLS):
            await guard(_nothing)
        best = min(best, clock.monotonic() - began)
    return best / _CALLS * 1e6


async def _alone(work: Work) -> None:
    await work()


async def _nothing() -> None:
    return


async def _load(keys: Sequence[str]) -> Mapping[str, Loaded[str]]:
    return {key: Loaded("value", 3_600.0) for key in keys}


def _is_failure(error: Exception) -> bool:
    return isinstance(error, ConnectionRefusedError)


def _cost(key: str, name: str, measured: float, *, bound: float) -> Figure:
    return Figure(
        key=key,
        name=name,
        subject=f"{name} ÷ the target",
        ratio=measured / bound,
        bound=1,
        is_maximum=True,
        value=f"{measured:.2f} µs",
        compared_with=f"{bound:g} µs",
    )
