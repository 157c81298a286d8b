"""The read-through cache: in every order of reads, changes, loads and errors, no outdated value is
reported as fresh."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from fullhouse.kernel.clock import Clock, ManualClock, SystemClock
from fullhouse.resilience.cache import Cache, CacheResult, Load, Loaded
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.telemetry.metrics import MetricRegistry

KEYS, ENTRIES_MAX = "abcd", 2
FOREVER = 1e9
KeyedCache = Cache[str, int]
Ops = list[tuple[str, str]]


class IgnoresLoadsOnInvalidation(KeyedCache):
    """Planted bug: a value being loaded when it is invalidated becomes fresh."""

    @override
    def invalidate(self, keys: object) -> None:
        for key in list(map(str, keys)) if isinstance(keys, list) else []:
            if (entry := self._entries.get(key)) is not None:
                entry.fresh = False


class JoinsOutdatedLoads(KeyedCache):
    """Planted bug: a caller after a change joins the load that began before it."""

    @override
    async def _refresh(
        self, keys: Sequence[str], load: Load[str, int], values: dict[str, int]
    ) -> bool:
        for task in self._start_load(keys, load):
            values.update(await task)
        return True


class LoadsPerCaller(KeyedCache):
    """Planted bug: each caller starts a load of its own."""

    @override
    def _start_load(
        self, keys: Sequence[str], load: Load[str, int]
    ) -> set[asyncio.Task[Mapping[str, int]]]:
        self._loads.clear()
        return super()._start_load(keys, load)


def a_cache(
    kind: type[KeyedCache] = Cache,
    *,
    entries_max: int = 10,
    patience_seconds: float = 0.15,
    clock: Clock | None = None,
    metrics: CacheMetrics | None = None,
) -> KeyedCache:
    return kind(
        "numbers",
        clock or SystemClock(),
        metrics or CacheMetrics(MetricRegistry()),
        bytes_max=entries_max,
        size_of=lambda _: 1,
        patience_seconds=patience_seconds,
    )


@dataclass(slots=True)
class Origin:
    """Versions that only grow; a load sees the versions at its start and ends on `finish`."""

    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KEYS, 0))
    loading: list[tuple[Sequence[str], asyncio.Future[bool]]] = field(default_factory=list)

    async def load(self, keys: Sequence[str]) -> Mapping[str, Loaded[int]]:
        for others, _ in self.loading:
            assert set(others).isdisjoint(keys), "two loads of one key at the same time"
        seen = {key: Loaded(self.versions[key], FOREVER) for key in keys}
        finished = asyncio.get_running_loop().create_future()
        self.loading.append((keys, finished))
        if await finished:
            return seen
        raise DatabaseUnavailable("the origin is away")

    def finish(self, index: int, *, ok: bool = True) -> None:
        if self.loading:
            _, finished = self.loading.pop(index % len(self.loading))
            finished.set_result(ok)


@dataclass(slots=True)
class Simulation:
    """One cache, one origin, and readers that note the versions they may expect."""

    cache: KeyedCache
    origin: Origin = field(default_factory=Origin)
    readers: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self, ops: Ops) -> None:
        for op, key in ops:
            match op:
                case "read":
                    self.readers.append(asyncio.create_task(self._read(key)))
                case "change":
                    self.origin.versions[key] += 1
                    self.cache.invalidate([key])
                case "finish" | "fail":
                    self.origin.finish(ord(key), ok=op == "finish")
                case _:
                    self.readers and self.readers[-1].cancel()
            await turns()
            assert len(self.cache._entries) <= ENTRIES_MAX
        while not all(reader.done() for reader in self.readers):
            self.origin.finish(0)
            await turns()
        for reader in self.readers:
            if not reader.cancelled():
                reader.result()

    async def _read(self, first: str) -> None:
        keys = [*KEYS[KEYS.index(first) :], first]
        expected = [self.origin.versions[key] for key in keys]
        try:
            found = await self.cache.get_many(keys, self.origin.load)
        except DatabaseUnavailable:
            return
        assert len(found.values) == len(keys)
        if not found.stale:
            pairs = zip(found.values, expected, strict=True)
            assert all(value >= at_least for value, at_least in pairs), "outdated, reported fresh"


async def turns() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


def simulate(kind: type[KeyedCache], ops: Ops, runner: asyncio.Runner) -> None:
    cache = a_cache(kind, entries_max=ENTRIES_MAX, patience_seconds=FOREVER)
    runner.run(Simulation(cache).run(ops))


ops = st.lists(
    st.tuples(st.sampled_from(["read", "read", "change", "finish", "fail", "cancel"]),
              st.sampled_from(KEYS)),
    min_size=1, max_size=25,
)  # fmt: skip


@pytest.mark.timeout(90)
def test_no_outdated_value_is_reported_as_fresh() -> None:
    @settings(max_examples=300, deadline=None)
    @given(ops)
    def no_outdated_value_is_reported_as_fresh(ops: Ops) -> None:
        simulate(Cache, ops, runner)

    with asyncio.Runner() as runner:
        no_outdated_value_is_reported_as_fresh()


@pytest.mark.parametrize("kind", [IgnoresLoadsOnInvalidation, JoinsOutdatedLoads, LoadsPerCaller])
@pytest.mark.timeout(90)
def test_property_finds_planted_bugs(kind: type[KeyedCache]) -> None:
    @settings(max_examples=2_000, deadline=None, database=None, derandomize=True)
    @given(ops)
    def no_outdated_value_is_reported_as_fresh(ops: Ops) -> None:
        simulate(kind, ops, runner)

    with asyncio.Runner() as runner, pytest.raises((AssertionError, KeyError, ExceptionGroup)):
        no_outdated_value_is_reported_as_fresh()


@dataclass(slots=True)
class SlowOrigin:
    """An origin that takes `seconds`, and raises `error` when that is set."""

    clock: ManualClock | None = None
    seconds: float = 0.0
    error: Exception | None = None
    ttl_seconds: float = FOREVER
    calls: int = 0
    ended: int = 0

    async def load(self, keys: Sequence[str]) -> Mapping[str, Loaded[int]]:
        self.calls += 1
        number = self.calls
        if self.clock is not None:
            self.clock.advance(timedelta(seconds=self.seconds))
        else:
            await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        self.ended += 1
        return {key: Loaded(number, self.ttl_seconds) for key in keys}


async def test_a_thousand_concurrent_readers_share_one_load() -> None:
    cache, origin = a_cache(patience_seconds=FOREVER), SlowOrigin(seconds=0.05)
    for calls in (1, 2):
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(cache.get_many(["a", "b"], origin.load)) for _ in range(1_000)
            ]
        assert {task.result() for task in tasks} == {CacheResult((calls, calls), stale=False)}
        assert origin.calls == calls
        cache.invalidate_all()


async def test_slow_load_serves_the_stale_value_and_continues_for_later_readers() -> None:
    cache, origin = a_cache(), SlowOrigin()
    await cache.get_many(["a"], origin.load)
    cache.invalidate(["a"])
    origin.seconds = 0.6
    assert await cache.get_many(["a"], origin.load) == CacheResult((1,), stale=True)
    assert (origin.calls, origin.ended) == (2, 1), "it goes on"
    await asyncio.sleep(0.6)
    assert await cache.get_many(["a"], origin.load) == CacheResult((2,), stale=False)
    assert origin.calls == 2, "the slow load continued"


async def test_transient_error_serves_the_stale_value_and_other_errors_are_raised() -> None:
    cache, origin = a_cache(), SlowOrigin()
    await cache.get_many(["a"], origin.load)
    cache.invalidate(["a"])
    origin.error = DatabaseUnavailable("away")
    assert await cache.get_many(["a"], origin.load) == CacheResult((1,), stale=True)
    with pytest.raises(DatabaseUnavailable):
        await cache.get_many(["a", "b"], origin.load)
    origin.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await cache.get_many(["a"], origin.load)
    origin.error = None
    assert await cache.get_many(["a"], origin.load) == CacheResult((5,), stale=False)


async def test_ttl_counts_from_the_start_of_the_load() -> None:
    clock = ManualClock(datetime(2027, 6, 12, 8, 0, tzinfo=UTC))
    origin = SlowOrigin(clock, seconds=4, ttl_seconds=10)
    cache = a_cache(clock=clock)
    await cache.get_many(["a"], origin.load)
    origin.seconds = 0
    clock.advance(timedelta(seconds=5))
    assert (await cache.get_many(["a"], origin.load)).values == (1,)
    clock.advance(timedelta(seconds=1))
    assert (await cache.get_many(["a"], origin.load)).values == (2,)


async def test_a_read_of_more_keys_than_the_cache_holds_returns_every_value() -> None:
    cache, origin = a_cache(entries_max=ENTRIES_MAX), SlowOrigin()
    found = await cache.get_many(list(KEYS), origin.load)
    assert found == CacheResult((1,) * len(KEYS), stale=False)
    assert len(cache.known()) == ENTRIES_MAX


async def test_a_value_evicted_during_the_read_is_still_returned() -> None:
    cache, origin = a_cache(entries_max=ENTRIES_MAX), SlowOrigin()
    await cache.get_many(["a"], origin.load)
    origin.seconds = 0.05
    found = await cache.get_many(["a", "b", "c"], origin.load)
    assert found == CacheResult((1, 2, 2), stale=False)


async def test_lookups_are_counted_by_outcome() -> None:
    metrics = MetricRegistry()
    cache, origin = a_cache(metrics=metrics.get(CacheMetrics)), SlowOrigin()
    await cache.get_many(["a", "b"], origin.load)
    await cache.get_many(["a", "b", "c"], origin.load)
    cache.invalidate(["a"])
    origin.error = DatabaseUnavailable("away")
    await cache.get_many(["a", "b"], origin.load)
    with pytest.raises(DatabaseUnavailable):
        await cache.get_many(["d"], origin.load)

    def counted(outcome: str) -> float | None:
        labels = {"cache": "numbers", "outcome": outcome}
        return metrics.registry.get_sample_value("fullhouse_cache_lookups_total", labels)

    assert [counted(one) for one in ("hit", "miss", "stale", "error")] == [3, 3, 1, 1]
