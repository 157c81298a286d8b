"""What a cache says of values that it has returned."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from fullhouse.kernel.clock import ManualClock
from fullhouse.resilience.cache import Cache, Loaded
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.telemetry.metrics import MetricRegistry

TTL_SECONDS = 10.0


async def load(keys: Sequence[str]) -> Mapping[str, Loaded[list[str]]]:
    return {key: Loaded([key], TTL_SECONDS) for key in keys}


@pytest.fixture
def cache(clock: ManualClock) -> Cache[str, list[str]]:
    metrics = CacheMetrics(MetricRegistry())
    return Cache("letters", clock, metrics, bytes_max=2, size_of=len, patience_seconds=1)


async def test_values_are_valid_until_they_expire(
    cache: Cache[str, list[str]], clock: ManualClock
) -> None:
    found = await cache.get_many("ab", load)
    is_valid = cache.validity("ab", found.values)
    assert is_valid()
    clock.advance(timedelta(seconds=TTL_SECONDS))
    assert not is_valid()


async def test_values_are_valid_until_one_is_invalidated_or_dropped(
    cache: Cache[str, list[str]],
) -> None:
    found = await cache.get_many("ab", load)
    is_valid = cache.validity("ab", found.values)
    cache.invalidate("b")
    assert not is_valid()
    found = await cache.get_many("ab", load)
    is_valid = cache.validity("ab", found.values)
    await cache.get_many("c", load)
    assert not is_valid(), "who is out of memory hears of no invalidation"


async def test_values_that_are_not_in_memory_are_not_valid(cache: Cache[str, list[str]]) -> None:
    found = await cache.get_many("ab", load)
    assert not cache.validity("ab", [["a"], ["b"]])(), "equal, but loaded at another time"
    assert not cache.validity("ac", found.values)()
    assert not cache.validity("", [])()
