"""Days that one process has read, for all of them: behind each one's memory, before the database.

A day is believed only if everything that this process knows to have changed in it was over when it
was read. Each day carries the oldest transaction that was still open then (`pg_snapshot_xmin`),
each change the transaction that made it: the change is in the day if its number is the smaller.
So no clock, no order of arrival and no process that died half way can make old days look new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

import msgspec

from fullhouse.booking.limits import SHARED_CHANGES_MAX
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import Slot
from fullhouse.booking.reads.days import Day, DayKey
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.cache import Loaded
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.resilience.second_level import SecondLevel
from fullhouse.storage.database import Session


class Snapshot(NamedTuple):
    """Transactions below `xmin` are over, those from `xmax` on have not begun."""

    xmin: int
    xmax: int


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    read_before: int
    as_of: datetime
    slots: tuple[Slot, ...]


CACHE_NAME: Final = "availability_days"
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Kept).decode


@dataclass(slots=True)
class SharedDays:
    """Days found with other processes, or kept for them.

    `database` names the very database: days of a copy of it, or from before it was recovered to an
    earlier time, are another's.
    """

    level: SecondLevel
    clock: Clock
    database: str
    metrics: CacheMetrics
    _changes: dict[tuple[OrgId, OfferingId, date | None], int] = field(default_factory=dict)
    _nothing_missed_since: int | None = None
    _times_missed: int = 0

    def changed(
        self, org_id: OrgId, offering_id: OfferingId, day: date | None, *, by: int | None
    ) -> None:
        """The transaction `by`, or an unknown one, has changed a day or all of an offering."""
        if by is None or len(self._changes) >= SHARED_CHANGES_MAX:
            self.distrust()
            return
        known = (org_id, offering_id, day)
        self._changes[known] = max(by, self._changes.get(known, 0))

    def distrust(self) -> None:
        """Changes may have been missed: believe nothing until a snapshot taken from now on."""
        self._changes.clear()
        self._nothing_missed_since = None
        self._times_missed += 1

    async def snapshot(self, session: Session) -> Snapshot:
        """To be taken before what is to be shared is read."""
        missed = self._times_missed
        snapshot = await session.fetch_one("booking.snapshot", Snapshot)
        assert snapshot is not None, "it always has one"
        if self._nothing_missed_since is None and missed == self._times_missed:
            self._nothing_missed_since = snapshot.xmax
        return snapshot

    async def find(self, keys: Sequence[DayKey]) -> dict[DayKey, Loaded[Day]]:
        """Those that another process has read since they last changed."""
        values = await self.level.find([self._name(key) for key in keys])
        now = self.clock.now()
        found = {}
        for key, value in zip(keys, values, strict=True):
            day = None if value is None else self._believed(key, value)
            if day is not None and (seconds := day.good_for(now)) > 0:
                found[key] = Loaded(day, seconds)
        self.metrics.count(CACHE_NAME, "shared_hit", len(found))
        self.metrics.count(CACHE_NAME, "shared_miss", len(keys) - len(found))
        return found

    async def keep(self, days: Mapping[DayKey, Day], snapshot: Snapshot) -> None:
        """Share days that were read after the snapshot was taken."""
        now = self.clock.now()
        await self.level.keep(
            {
                self._name(key): (_encode(_Kept(snapshot.xmin, day.as_of, day.slots)), seconds)
                for key, day in days.items()
                if (seconds := day.good_for(now)) > 0
            }
        )

    def _believed(self, key: DayKey, value: bytes) -> Day | None:
        try:
            kept = _decode(value)
        except msgspec.MsgspecError:  # of another version of this program
            return None
        org_id, offering_id, day = key
        changed = max(
            self._changes.get((org_id, offering_id, day), 0),
            self._changes.get((org_id, offering_id, None), 0),
        )
        since = self._nothing_missed_since
        if since is None or kept.read_before < since or kept.read_before <= changed:
            return None
        return Day(kept.slots, kept.as_of)

    def _name(self, key: DayKey) -> str:
        return f"fullhouse:{self.database}:day:{key.org_id}:{key.offering_id}:{key.day}"
