"""A read-through cache in memory: invalidation, single-flight loads, and stale values.

An invalidated or expired value stays in memory as stale. It is served when a load takes longer than
`patience_seconds` (stale-while-revalidate) or fails with a transient error (stale-if-error). A load
that began before an invalidation never becomes fresh.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import TransientError
from fullhouse.resilience.bounded import ByteBoundedMap
from fullhouse.resilience.metrics import CacheMetrics

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[V]):
    """A value from the origin, and the seconds from the start of the load that it stays fresh."""

    value: V
    ttl_seconds: float


Load = Callable[[Sequence[K]], Awaitable[Mapping[K, Loaded[V]]]]
"""Loads all these keys from the origin by one call; the result must have every key."""


@dataclass(slots=True)
class Entry(Generic[V]):
    """A value in memory; `fresh` until invalidated, `expires_at` on the monotonic clock."""

    value: V
    expires_at: float
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class CacheResult(Generic[V]):
    """Values in the order of the keys; `stale` when any value may be out of date."""

    values: tuple[V, ...]
    stale: bool


@dataclass(slots=True)
class Cache(Generic[K, V]):
    """Values of at most `bytes_max` by `size_of`; the oldest are evicted first.

    `name` labels its metrics.

    A load that takes longer than `patience_seconds` continues for later callers. One load per key
    runs at a time: after an invalidation, callers wait for the running load, whose result may be
    outdated, and are answered by the next load.
    """

    name: str
    clock: Clock
    metrics: CacheMetrics
    bytes_max: int
    size_of: Callable[[V], int]
    patience_seconds: float
    _entries: ByteBoundedMap[K, Entry[V]] = field(init=False)
    _loads: dict[K, asyncio.Task[Mapping[K, V]]] = field(default_factory=dict)
    _invalidated: set[K] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._entries = ByteBoundedMap(
            self.bytes_max, lambda entry: self.size_of(entry.value), on_drop=_expire
        )

    async def get_many(self, keys: Sequence[K], load: Load[K, V]) -> CacheResult[V]:
        """Fresh values if they can be loaded in time, else stale values; raises as `load`.

        Concurrent callers share one call of the origin per key.
        """
        values, missing = self._lookup(keys)
        if hits := len(keys) - len(missing):
            self.metrics.count(self.name, "hit", hits)
        stale = bool(missing) and await self._load_missing(missing, load, values)
        return CacheResult(tuple([values[key] for key in keys]), stale)

    def invalidate(self, keys: Iterable[K]) -> None:
        """Make these values stale, and the results of running loads."""
        for key in keys:
            if (entry := self._entries.get(key)) is not None:
                entry.fresh = False
            if key in self._loads:
                self._invalidated.add(key)

    def invalidate_all(self) -> None:
        self.invalidate(self.known())

    def validity(self, keys: Sequence[K], values: Sequence[V]) -> Callable[[], bool]:
        """Whether values that were returned for these keys are still fresh, in half a microsecond.

        Of values that are in memory no longer it is never true.
        """
        entries = [
            entry
            for key, value in zip(keys, values, strict=True)
            if (entry := self._entries.get(key)) is not None and entry.value is value
        ]
        if len(entries) < len(keys):
            return lambda: False
        expires_at = min((entry.expires_at for entry in entries), default=0.0)
        monotonic = self.clock.monotonic
        return lambda: monotonic() < expires_at and all(entry.fresh for entry in entries)

    def known(self) -> set[K]:
        """The keys in memory or being loaded."""
        return {*self._entries, *self._loads}

    async def _load_missing(
        self, missing: Sequence[K], load: Load[K, V], values: dict[K, V]
    ) -> bool:
        """Put values into `values`; true when stale values had to do for any key."""
        outcome = "error"
        try:
            outcome = "miss" if await self._refresh(missing, load, values) else "stale"
        finally:
            self.metrics.count(self.name, outcome, len(missing))
        return outcome == "stale"

    def _lookup(self, keys: Iterable[K]) -> tuple[dict[K, V], list[K]]:
        """The values in memory, fresh or stale, and the keys without a fresh value."""
        now, values, missing = self.clock.monotonic(), {}, []
        for key in dict.fromkeys(keys):
            entry = self._entries.get(key)
            if entry is not None:
                values[key] = entry.value
            if entry is None or not entry.fresh or now >= entry.expires_at:
                missing.append(key)
        return values, missing

    async def _refresh(self, keys: Sequence[K], load: Load[K, V], values: dict[K, V]) -> bool:
        """Put fresh values into `values`; false when stale values had to do for any key.

        Values are taken from the load itself, because memory may have evicted them already.
        """
        has_stale = all(key in values for key in keys)
        now = asyncio.get_running_loop().time
        deadline = now() + self.patience_seconds
        outdated = {self._loads[key] for key in keys if key in self._invalidated}
        if outdated:
            await asyncio.wait(outdated, timeout=deadline - now() if has_stale else None)
        found, keys = self._lookup(keys)
        values.update(found)
        loads = self._start_load(keys, load) if not has_stale or now() < deadline else set()
        if not loads:
            return not keys
        done, late = await asyncio.wait(loads, timeout=deadline - now() if has_stale else None)
        errors = [error for task in done if (error := task.exception()) is not None]
        for error in errors:
            if not (has_stale and isinstance(error, TransientError)):
                raise error
        for task in done:
            if task.exception() is None:
                values.update(task.result())
        return not late and not errors

    def _start_load(self, keys: Sequence[K], load: Load[K, V]) -> set[asyncio.Task[Mapping[K, V]]]:
        """The loads of these keys; keys without a running load share a new one."""
        unloaded = [key for key in keys if key not in self._loads]
        if unloaded:
            # One load serves many callers, so it inherits the context of none
            loop = asyncio.get_running_loop()
            task = loop.create_task(self._load(unloaded, load), context=Context())
            task.add_done_callback(_consume_error)
            self._loads.update(dict.fromkeys(unloaded, task))
        return {self._loads[key] for key in keys}

    async def _load(self, keys: Sequence[K], load: Load[K, V]) -> Mapping[K, V]:
        began = self.clock.monotonic()
        try:
            loaded = await load(keys)
            for key in keys:
                self._entries.pop(key)
                self._entries[key] = Entry(
                    loaded[key].value,
                    began + loaded[key].ttl_seconds,
                    fresh=key not in self._invalidated,
                )
            return {key: loaded[key].value for key in keys}
        finally:
            for key in keys:
                self._loads.pop(key, None)
                self._invalidated.discard(key)


def _consume_error(task: asyncio.Task[Mapping[K, V]]) -> None:
    """Retrieve the error, which asyncio reports otherwise when no caller has waited."""
    if not task.cancelled():
        task.exception()


def _expire(entry: Entry[V]) -> None:
    """An entry out of memory hears of no invalidation, so it must not be taken for fresh."""
    entry.fresh = False
