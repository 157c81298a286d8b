"""The cache of days that all processes share, between each one's memory and the database.

A stored day is valid only if every change of it that this process knows had ended when the day was
read. Each day carries the oldest transaction that was still open then (`pg_snapshot_xmin`), each
change the transaction that made it: the change is in the day if its number is the smaller. So no
clock, no order of arrival and no process that died half way can make an outdated day look valid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

import msgspec

from fullhouse.booking import limits
from fullhouse.booking.availability.days import Day, DayKey
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import Slot
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.cache import Loaded
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.resilience.second_level import SecondLevel
from fullhouse.storage.database import Session


class Snapshot(NamedTuple):
    """Transactions below `xmin` have ended, those from `xmax` on have not begun."""

    xmin: int
    xmax: int


class _StoredDay(msgspec.Struct, frozen=True, array_like=True):
    read_before: int
    as_of: datetime
    slots: tuple[Slot, ...]


CACHE_NAME: Final = "availability_days"
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_StoredDay).decode


@dataclass(slots=True)
class SharedDayCache:
    """Loads days that another process has stored, and stores days for the others.

    `database` identifies the database: days of a copy, or from before it was recovered to an
    earlier time, belong to another.
    """

    level: SecondLevel
    clock: Clock
    database: str
    metrics: CacheMetrics
    _changes: dict[tuple[OrgId, OfferingId, date | None], int] = field(default_factory=dict)
    _complete_since: int | None = None
    _generation: int = 0

    def invalidate(
        self, org_id: OrgId, offering_id: OfferingId, day: date | None, *, by: int | None
    ) -> None:
        """Record that the transaction `by`, or an unknown one, has changed a day or an offering."""
        if by is None or len(self._changes) >= limits.SHARED_CHANGES_MAX:
            self.invalidate_all()
            return
        known = (org_id, offering_id, day)
        self._changes[known] = max(by, self._changes.get(known, 0))

    def invalidate_all(self) -> None:
        """Changes may have been missed: no stored day is valid that was read before now."""
        self._changes.clear()
        self._complete_since = None
        self._generation += 1

    async def snapshot(self, session: Session) -> Snapshot:
        """Take the snapshot that the days read after it are stored with."""
        generation = self._generation
        snapshot = await session.fetch_one("booking.snapshot", Snapshot)
        assert snapshot is not None, "it always has one"
        if self._complete_since is None and generation == self._generation:
            self._complete_since = snapshot.xmax
        return snapshot

    async def load(self, keys: Sequence[DayKey]) -> dict[DayKey, Loaded[Day]]:
        """Return the stored days that another process has read since they last changed."""
        values = await self.level.find([self._name(key) for key in keys])
        now = self.clock.now()
        found = {}
        for key, value in zip(keys, values, strict=True):
            day = None if value is None else self._validated(key, value)
            if day is not None and (seconds := day.ttl_seconds(now)) > 0:
                found[key] = Loaded(day, seconds)
        self.metrics.count(CACHE_NAME, "shared_hit", len(found))
        self.metrics.count(CACHE_NAME, "shared_miss", len(keys) - len(found))
        return found

    async def store(self, days: Mapping[DayKey, Day], snapshot: Snapshot) -> None:
        """Store days that were read after the snapshot was taken."""
        now = self.clock.now()
        await self.level.keep(
            {
                self._name(key): (_encode(_StoredDay(snapshot.xmin, day.as_of, day.slots)), seconds)
                for key, day in days.items()
                if (seconds := day.ttl_seconds(now)) > 0
            }
        )

    def _validated(self, key: DayKey, value: bytes) -> Day | None:
        try:
            stored = _decode(value)
        except msgspec.MsgspecError:  # stored by another version of this program
            return None
        org_id, offering_id, day = key
        changed = max(
            self._changes.get((org_id, offering_id, day), 0),
            self._changes.get((org_id, offering_id, None), 0),
        )
        since = self._complete_since
        if since is None or stored.read_before < since or stored.read_before <= changed:
            return None
        return Day(stored.slots, stored.as_of)

    def _name(self, key: DayKey) -> str:
        return f"fullhouse:{self.database}:day:{key.org_id}:{key.offering_id}:{key.day}"
