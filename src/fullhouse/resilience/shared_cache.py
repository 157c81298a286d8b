"""The second level of a cache: values that several processes share, validated by transaction ids.

A stored value is valid only if every change of it that this process knows had ended when the value
was read. A value carries the oldest transaction that was still open then (`pg_snapshot_xmin`), a
change the transaction that made it: the value includes the change if the transaction's number is
below. So no clock, no order of arrival and no process that dies halfway can make an outdated value
look valid.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from fullhouse.kernel.clock import Clock
from fullhouse.resilience.cache import Loaded
from fullhouse.resilience.limits import SHARED_CHANGES_MAX
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.storage.database import Session

K = TypeVar("K")
V = TypeVar("V")


class SharedStore(Protocol):
    """A store outside this process. It may lose values, be slow or be away; it never raises."""

    async def load(self, names: Sequence[str]) -> Sequence[bytes | None]:
        """Values in the order of their names; None for a value that is not available soon."""
        ...

    async def store(self, values: Mapping[str, tuple[bytes, float]]) -> None:
        """Store each value for its number of seconds, if that is possible soon."""
        ...


class Snapshot(NamedTuple):
    """Transactions below `xmin` have ended, transactions from `xmax` on have not begun."""

    xmin: int
    xmax: int


class StoredValue(msgspec.Struct, Generic[V], frozen=True, array_like=True):
    """A value, and the snapshot's `xmin` when it was read."""

    xmin: int
    value: V


class SharedValues(msgspec.Struct, Generic[K, V], frozen=True, kw_only=True):
    """The properties of the values of one shared cache.

    `name_of` spells a key within the cache. `scopes_of` gives the scopes of a key: the value is
    outdated after a change of any of its scopes.
    """

    cache: str
    name_of: Callable[[K], str]
    scopes_of: Callable[[K], tuple[Hashable, ...]]
    ttl_seconds: Callable[[V, datetime], float]
    decode: Callable[[bytes], StoredValue[V]]


_encode: Final = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class SharedCache(Generic[K, V]):
    """Loads values that another process has stored, and stores values for other processes.

    `database` identifies the database: values of a copy, or from before a recovery to an earlier
    time, belong to another database.
    """

    values: SharedValues[K, V]
    backend: SharedStore
    clock: Clock
    database: str
    metrics: CacheMetrics
    _changes: dict[Hashable, int] = field(default_factory=dict)
    _complete_since: int | None = None
    _generation: int = 0

    def invalidate(self, scope: Hashable, *, by: int | None) -> None:
        """Record that the transaction `by`, or an unknown one, has changed a scope."""
        if by is None or len(self._changes) >= SHARED_CHANGES_MAX:
            self.invalidate_all()
            return
        self._changes[scope] = max(by, self._changes.get(scope, 0))

    def invalidate_all(self) -> None:
        """Changes may have been missed: no stored value is valid that was read before now."""
        self._changes.clear()
        self._complete_since = None
        self._generation += 1

    async def snapshot(self, session: Session) -> Snapshot:
        """Take a snapshot, to store the values with that are read after it."""
        generation = self._generation
        snapshot = await session.fetch_one("resilience.current_snapshot", Snapshot)
        assert snapshot is not None, "the query always returns a row"
        if self._complete_since is None and generation == self._generation:
            self._complete_since = snapshot.xmax
        return snapshot

    async def load(self, keys: Sequence[K]) -> dict[K, Loaded[V]]:
        """The stored values that another process has read since their last change."""
        stored = await self.backend.load([self._name(key) for key in keys])
        now = self.clock.now()
        found: dict[K, Loaded[V]] = {}
        for key, data in zip(keys, stored, strict=True):
            value = None if data is None else self._validated(key, data)
            if value is not None and (seconds := self.values.ttl_seconds(value, now)) > 0:
                found[key] = Loaded(value, seconds)
        self.metrics.count(self.values.cache, "shared_hit", len(found))
        self.metrics.count(self.values.cache, "shared_miss", len(keys) - len(found))
        return found

    async def store(self, values: Mapping[K, V], snapshot: Snapshot) -> None:
        """Store values that were read after the snapshot was taken."""
        now = self.clock.now()
        await self.backend.store(
            {
                self._name(key): (_encode(StoredValue(snapshot.xmin, value)), seconds)
                for key, value in values.items()
                if (seconds := self.values.ttl_seconds(value, now)) > 0
            }
        )

    def _validated(self, key: K, data: bytes) -> V | None:
        try:
            stored = self.values.decode(data)
        except msgspec.MsgspecError:  # stored by another version of this program
            return None
        since = self._complete_since
        if since is None or stored.xmin < since:
            return None
        changed = max(self._changes.get(scope, 0) for scope in self.values.scopes_of(key))
        return stored.value if stored.xmin > changed else None

    def _name(self, key: K) -> str:
        return f"fullhouse:{self.database}:{self.values.cache}:{self.values.name_of(key)}"
