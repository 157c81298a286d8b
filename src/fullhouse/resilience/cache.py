"""A cache that is told when it is wrong, asks once for everyone, and would rather be old than late.

What has been forgotten stays at hand as *stale*: it is served when fresh values take too long or
cannot be had, and is said to be stale. A value read before it was forgotten never becomes fresh.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import TransientError

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[V]):
    """A value fresh from its origin, and for how many seconds it may be believed."""

    value: V
    good_for_seconds: float


Load = Callable[[Sequence[K]], Awaitable[Mapping[K, Loaded[V]]]]
"""Asks the origin for all these keys at once; every key must be answered."""


@dataclass(slots=True)
class Entry(Generic[V]):
    """A value in memory; `fresh` until it is forgotten, `good_until` on the monotonic clock."""

    value: V
    good_until: float
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Found(Generic[V]):
    """Values in the order of the keys; `stale` when any of them may be out of date."""

    values: tuple[V, ...]
    stale: bool


@dataclass(slots=True)
class Cache(Generic[K, V]):
    """At most `entries_max` values; the oldest go first.

    A refresh that takes longer than `patience_seconds` goes on for those who come later. One at a
    time is under way for a key: who comes after the key was forgotten lets that one land, for it
    may bring what was before, and is answered by the next.
    """

    clock: Clock
    entries_max: int
    patience_seconds: float
    hits: int = 0
    misses: int = 0
    _entries: dict[K, Entry[V]] = field(default_factory=dict)
    _flights: dict[K, asyncio.Task[Mapping[K, V]]] = field(default_factory=dict)
    _doomed: set[K] = field(default_factory=set)

    async def get_many(self, keys: Sequence[K], load: Load[K, V]) -> Found[V]:
        """Fresh values if they can be had in time, else stale ones; raises what `load` raises.

        One call of the origin a key, however many ask at once.
        """
        values, wanting = self._remembered(keys)
        self.hits += len(keys) - len(wanting)
        self.misses += len(wanting)
        stale = bool(wanting) and not await self._refreshed(wanting, load, values)
        return Found(tuple(values[key] for key in keys), stale)

    def forget(self, keys: Iterable[K]) -> None:
        """These have changed: what is in memory is stale, and what is on its way will be."""
        for key in keys:
            if (entry := self._entries.get(key)) is not None:
                entry.fresh = False
            if key in self._flights:
                self._doomed.add(key)

    def forget_all(self) -> None:
        self.forget(self.known())

    def known(self) -> set[K]:
        """The keys of what is in memory or on its way."""
        return {*self._entries, *self._flights}

    def _remembered(self, keys: Iterable[K]) -> tuple[dict[K, V], list[K]]:
        """What is in memory, fresh or not, and the keys that have nothing fresh."""
        now, values, wanting = self.clock.monotonic(), {}, []
        for key in dict.fromkeys(keys):
            entry = self._entries.get(key)
            if entry is not None:
                values[key] = entry.value
            if entry is None or not entry.fresh or now >= entry.good_until:
                wanting.append(key)
        return values, wanting

    async def _refreshed(self, keys: Sequence[K], load: Load[K, V], values: dict[K, V]) -> bool:
        """Puts fresh values into `values`; False when old ones had to do for any.

        Taken from the refresh itself, for in memory they may have made room for others already.
        """
        may_be_old = all(key in values for key in keys)
        now = asyncio.get_running_loop().time
        until = now() + self.patience_seconds
        too_old = {self._flights[key] for key in keys if key in self._doomed}
        if too_old:
            await asyncio.wait(too_old, timeout=until - now() if may_be_old else None)
        found, keys = self._remembered(keys)
        values.update(found)
        flights = self._fly(keys, load) if not may_be_old or now() < until else set()
        if not flights:
            return not keys
        done, late = await asyncio.wait(flights, timeout=until - now() if may_be_old else None)
        errors = [error for flight in done if (error := flight.exception()) is not None]
        for error in errors:
            if not (may_be_old and isinstance(error, TransientError)):
                raise error
        for flight in done:
            if flight.exception() is None:
                values.update(flight.result())
        return not late and not errors

    def _fly(self, keys: Sequence[K], load: Load[K, V]) -> set[asyncio.Task[Mapping[K, V]]]:
        """The refreshes that will bring these keys; new ones share one."""
        grounded = [key for key in keys if key not in self._flights]
        if grounded:
            flight = asyncio.create_task(self._bring(grounded, load))
            flight.add_done_callback(_heard)
            self._flights.update(dict.fromkeys(grounded, flight))
        return {self._flights[key] for key in keys}

    async def _bring(self, keys: Sequence[K], load: Load[K, V]) -> Mapping[K, V]:
        began = self.clock.monotonic()
        try:
            loaded = await load(keys)
            for key in keys:
                brought = loaded[key]
                self._entries.pop(key, None)
                self._entries[key] = Entry(
                    brought.value, began + brought.good_for_seconds, fresh=key not in self._doomed
                )
            while len(self._entries) > self.entries_max:
                self._entries.pop(next(iter(self._entries)))
            return {key: loaded[key].value for key in keys}
        finally:
            for key in keys:
                self._flights.pop(key, None)
                self._doomed.discard(key)


def _heard(flight: asyncio.Task[Mapping[K, V]]) -> None:
    """Whoever waited has been told; nobody may have."""
    if not flight.cancelled():
        flight.exception()
