"""Whoever reads, forgets, lands or fails in whatever order: nothing old is said to be fresh."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from fullhouse.kernel.clock import ManualClock, SystemClock
from fullhouse.resilience.cache import Cache, Found, Load, Loaded
from fullhouse.storage.errors import DatabaseUnavailable

KEYS, ENTRIES_MAX = "abcd", 2
FOREVER = 1e9
Keyed = Cache[str, int]
Ops = list[tuple[str, str]]
T = TypeVar("T")


class Forgetful(Keyed):
    """The usual mistake: what is on its way when it is forgotten becomes fresh all the same."""

    @override
    def forget(self, keys: object) -> None:
        for key in list(map(str, keys)) if isinstance(keys, list) else []:
            if (entry := self._entries.get(key)) is not None:
                entry.fresh = False


class Hasty(Keyed):
    """Lets whoever comes after a change join the refresh that began before it."""

    @override
    async def _refreshed(
        self, keys: Sequence[str], load: Load[str, int], values: dict[str, int]
    ) -> bool:
        for flight in self._fly(keys, load):
            values.update(await flight)
        return True


class Crowding(Keyed):
    """Asks the origin for everybody anew."""

    @override
    def _fly(
        self, keys: Sequence[str], load: Load[str, int]
    ) -> set[asyncio.Task[Mapping[str, int]]]:
        self._flights.clear()
        return super()._fly(keys, load)


@dataclass(slots=True)
class Origin:
    """Versions that only grow; each load sees those of its beginning and lands when it is told."""

    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KEYS, 0))
    flying: list[tuple[Sequence[str], asyncio.Future[bool]]] = field(default_factory=list)
    calls: int = 0

    async def load(self, keys: Sequence[str]) -> Mapping[str, Loaded[int]]:
        self.calls += 1
        for others, _ in self.flying:
            assert set(others).isdisjoint(keys), "two refreshes of one key at the same time"
        seen = {key: Loaded(self.versions[key], FOREVER) for key in keys}
        lands = asyncio.get_running_loop().create_future()
        self.flying.append((keys, lands))
        if await lands:
            return seen
        raise DatabaseUnavailable("the origin is away")

    def land(self, which: int, *, well: bool = True) -> None:
        if self.flying:
            _, lands = self.flying.pop(which % len(self.flying))
            lands.set_result(well)


@dataclass(slots=True)
class Play:
    """One cache, one origin, and readers who note what they could rightly expect."""

    cache: Keyed
    origin: Origin = field(default_factory=Origin)
    readers: list[asyncio.Task[None]] = field(default_factory=list)

    async def act(self, ops: Ops) -> None:
        for verb, key in ops:
            match verb:
                case "read":
                    self.readers.append(asyncio.create_task(self._read(key)))
                case "change":
                    self.origin.versions[key] += 1
                    self.cache.forget([key])
                case "land" | "fail":
                    self.origin.land(ord(key), well=verb == "land")
                case _:
                    self.readers and self.readers[-1].cancel()
            await turns()
            assert len(self.cache._entries) <= ENTRIES_MAX
        while not all(reader.done() for reader in self.readers):
            self.origin.land(0)
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
            assert all(value >= at_least for value, at_least in pairs), "old, and said to be fresh"


async def turns() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


def play(kind: type[Keyed], ops: Ops, runner: asyncio.Runner) -> None:
    cache = kind(SystemClock(), ENTRIES_MAX, FOREVER)
    runner.run(Play(cache).act(ops))


ops = st.lists(
    st.tuples(st.sampled_from(["read", "read", "change", "land", "fail", "cancel"]),
              st.sampled_from(KEYS)),
    min_size=1, max_size=25,
)  # fmt: skip


@pytest.mark.timeout(90)
def test_nothing_old_is_ever_said_to_be_fresh() -> None:
    @settings(max_examples=300, deadline=None)
    @given(ops)
    def nothing_old_is_said_to_be_fresh(ops: Ops) -> None:
        play(Cache, ops, runner)

    with asyncio.Runner() as runner:
        nothing_old_is_said_to_be_fresh()


@pytest.mark.parametrize("kind", [Forgetful, Hasty, Crowding])
@pytest.mark.timeout(90)
def test_the_property_finds_the_usual_mistakes(kind: type[Keyed]) -> None:
    @settings(max_examples=2_000, deadline=None, database=None, derandomize=True)
    @given(ops)
    def nothing_old_is_said_to_be_fresh(ops: Ops) -> None:
        play(kind, ops, runner)

    with asyncio.Runner() as runner, pytest.raises((AssertionError, KeyError, ExceptionGroup)):
        nothing_old_is_said_to_be_fresh()


@dataclass(slots=True)
class Slow:
    """An origin that takes its time, and is away when told to be."""

    clock: ManualClock | None = None
    seconds: float = 0.0
    error: Exception | None = None
    good_for_seconds: float = FOREVER
    calls: int = 0

    async def load(self, keys: Sequence[str]) -> Mapping[str, Loaded[int]]:
        self.calls += 1
        number = self.calls
        if self.clock is not None:
            self.clock.advance(timedelta(seconds=self.seconds))
        else:
            await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return {key: Loaded(number, self.good_for_seconds) for key in keys}


async def test_a_thousand_readers_cost_the_origin_one_call() -> None:
    cache, origin = Keyed(SystemClock(), 10, FOREVER), Slow(seconds=0.05)
    for refresh in (1, 2):
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(cache.get_many(["a", "b"], origin.load)) for _ in range(1_000)
            ]
        assert {task.result() for task in tasks} == {Found((refresh, refresh), stale=False)}
        assert origin.calls == refresh
        cache.forget_all()


async def test_readers_are_served_what_is_old_when_fresh_values_are_slow() -> None:
    cache, origin = Keyed(SystemClock(), 10, 0.15), Slow()
    await cache.get_many(["a"], origin.load)
    cache.forget(["a"])
    origin.seconds = 0.6
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await cache.get_many(["a"], origin.load) == Found((1,), stale=True)
    assert 0.14 <= loop.time() - began < 0.45
    await asyncio.sleep(0.6)
    assert await cache.get_many(["a"], origin.load) == Found((2,), stale=False)
    assert origin.calls == 2, "the slow refresh went on for those who came later"


async def test_readers_are_served_what_is_old_when_the_origin_is_away() -> None:
    cache, origin = Keyed(SystemClock(), 10, 0.15), Slow()
    await cache.get_many(["a"], origin.load)
    cache.forget(["a"])
    origin.error = DatabaseUnavailable("away")
    assert await cache.get_many(["a"], origin.load) == Found((1,), stale=True)
    with pytest.raises(DatabaseUnavailable):
        await cache.get_many(["a", "b"], origin.load)
    origin.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await cache.get_many(["a"], origin.load)
    origin.error = None
    assert await cache.get_many(["a"], origin.load) == Found((5,), stale=False)


async def test_a_value_is_good_from_when_it_was_asked_for_not_from_when_it_came() -> None:
    clock = ManualClock(datetime(2027, 6, 12, 8, 0, tzinfo=UTC))
    origin = Slow(clock, seconds=4, good_for_seconds=10)
    cache = Keyed(clock, 10, 0.15)
    await cache.get_many(["a"], origin.load)
    origin.seconds = 0
    clock.advance(timedelta(seconds=5))
    assert (await cache.get_many(["a"], origin.load)).values == (1,)
    clock.advance(timedelta(seconds=1))
    assert (await cache.get_many(["a"], origin.load)).values == (2,)


async def test_more_keys_than_may_be_kept_are_all_answered() -> None:
    cache, origin = Keyed(SystemClock(), ENTRIES_MAX, 0.15), Slow()
    found = await cache.get_many(list(KEYS), origin.load)
    assert found == Found((1,) * len(KEYS), stale=False)
    assert len(cache.known()) == ENTRIES_MAX
    assert (cache.hits, cache.misses) == (0, len(KEYS))


async def test_an_evicted_value_is_still_answered_to_who_had_found_it() -> None:
    cache, origin = Keyed(SystemClock(), ENTRIES_MAX, 0.15), Slow()
    await cache.get_many(["a"], origin.load)
    origin.seconds = 0.05
    found = await cache.get_many(["a", "b", "c"], origin.load)
    assert found == Found((1, 2, 2), stale=False)
