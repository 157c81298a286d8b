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

    A refresh that takes longer than `patience_seconds` goes on for those who come later.
    """

    clock: Clock
    entries_max: int
    patience_seconds: float
    hits: int = 0
    misses: int = 0
    _entries: dict[K, Entry[V]] = field(default_factory=dict)
    _flights: dict[K, asyncio.Task[None]] = field(default_factory=dict)
    _doomed: set[K] = field(default_factory=set)

    async def get_many(self, keys: Sequence[K], load: Load[K, V]) -> Found[V]:
        """Fresh values if they can be had in time, else stale ones; raises what `load` raises.

        One call of the origin a key, however many ask at once.
        """
        now = self.clock.monotonic()
        wanting = [key for key in keys if not self._is_fresh(key, now)]
        self.hits += len(keys) - len(wanting)
        self.misses += len(wanting)
        stale = bool(wanting) and not await self._refreshed(wanting, load)
        return Found(tuple(self._entries[key].value for key in keys), stale)

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

    def _is_fresh(self, key: K, now: float) -> bool:
        entry = self._entries.get(key)
        return entry is not None and entry.fresh and now < entry.good_until

    async def _refreshed(self, keys: Sequence[K], load: Load[K, V]) -> bool:
        """Whether all keys are fresh; False when old values have to do."""
        flights = self._fly(keys, load)
        may_be_old = all(key in self._entries for key in keys)
        done, late = await asyncio.wait(
            flights, timeout=self.patience_seconds if may_be_old else None
        )
        errors = [error for flight in done if (error := flight.exception()) is not None]
        for error in errors:
            if not (may_be_old and isinstance(error, TransientError)):
                raise error
        return not late and not errors

    def _fly(self, keys: Sequence[K], load: Load[K, V]) -> set[asyncio.Task[None]]:
        """The refreshes that will bring these keys; new ones share one."""
        grounded = [key for key in keys if key not in self._flights]
        if grounded:
            flight = asyncio.create_task(self._bring(grounded, load))
            flight.add_done_callback(_heard)
            self._flights.update(dict.fromkeys(grounded, flight))
        return {self._flights[key] for key in keys}

    async def _bring(self, keys: Sequence[K], load: Load[K, V]) -> None:
        try:
            loaded = await load(keys)
            now = self.clock.monotonic()
            for key in keys:
                brought = loaded[key]
                self._entries.pop(key, None)
                self._entries[key] = Entry(
                    brought.value, now + brought.good_for_seconds, fresh=key not in self._doomed
                )
            while len(self._entries) > self.entries_max:
                self._entries.pop(next(iter(self._entries)))
        finally:
            for key in keys:
                self._flights.pop(key, None)
                self._doomed.discard(key)


def _heard(flight: asyncio.Task[None]) -> None:
    """Whoever waited has been told; nobody may have."""
    if not flight.cancelled():
        flight.exception()
