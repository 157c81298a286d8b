"""Availability of slots: read through a cache, loaded once for all requests, never authoritative.

The ledger alone decides a sale. A snapshot is as old as the last change that the database notified
of, and is marked stale when it is older.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Final

from fullhouse.booking import limits
from fullhouse.booking.availability.days import Day, DayKey
from fullhouse.booking.availability.shared_days import CACHE_NAME, SharedDayCache, scope
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.outcomes import BookedSlot
from fullhouse.booking.model.slot import Alternative, Slot, SlotId, refusals
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.timespan import midnight
from fullhouse.resilience.cache import Cache, Loaded
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.storage.database import Database

_DAYS_BACK: Final = timedelta(days=limits.SLOT_DAYS_BACK_MAX)
_DAYS_BEYOND: Final = 2
"""The days of UTC that a last day at a venue may reach into, and the one that opens next."""


@dataclass(frozen=True, slots=True)
class AvailabilitySnapshot:
    """The days of a span, of which the slots that start in `[first, last)` count.

    Equal `days`, compared by identity, mean that nothing has changed since another snapshot. There
    are none where no slots can be; `asked_at` is then as good an age as any.
    """

    first: datetime
    last: datetime
    days: tuple[Day, ...]
    stale: bool
    asked_at: datetime

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots in order of time; selected by each call, which an unchanged body needs not."""
        return tuple(
            slot
            for day in self.days
            for slot in day.slots
            if self.first <= slot.starts_at < self.last
        )

    @property
    def as_of(self) -> datetime:
        """The instant of the oldest day."""
        return min((day.as_of for day in self.days), default=self.asked_at)


def _day_cache(clock: Clock, metrics: CacheMetrics) -> Cache[DayKey, Day]:
    return Cache(
        CACHE_NAME,
        clock,
        metrics,
        limits.AVAILABILITY_DAYS_BYTES_MAX,
        Day.size,
        limits.AVAILABILITY_STALE_AFTER_SECONDS,
    )


@dataclass(slots=True)
class Availability:
    """Reads slots from memory, then from the cache shared by all processes, then the database."""

    database: Database
    clock: Clock
    metrics: CacheMetrics
    shared: SharedDayCache | None = None
    is_database_away: Callable[[], bool] = lambda: False
    """Then all that is known is stale, wherever it comes from."""
    cache: Cache[DayKey, Day] = field(init=False)

    def __post_init__(self) -> None:
        self.cache = _day_cache(self.clock, self.metrics)

    async def between(
        self, offering: Offering, first: datetime, last: datetime
    ) -> AvailabilitySnapshot:
        """Return the slots that start in `[first, last)`, open or not.

        A day on which no slots can be costs no query and no memory: there are as many such days as
        somebody cares to ask for.
        Raises what the database raises when nothing is cached to fall back on.
        """
        now = self.clock.now()
        days = with_slots(utc_days(first, last), now.date(), ahead=offering.book_ahead_days)
        keys = [DayKey(offering.org_id, offering.offering_id, day) for day in days]
        found = await self.cache.get_many(keys, self._load)
        stale = found.stale or self.is_database_away()
        return AvailabilitySnapshot(first, last, found.values, stale, now)

    def validity(self, offering: Offering, snapshot: AvailabilitySnapshot) -> Callable[[], bool]:
        """Whether a snapshot that was just read is still what `between` returns."""
        days = with_slots(
            utc_days(snapshot.first, snapshot.last),
            snapshot.asked_at.date(),
            ahead=offering.book_ahead_days,
        )
        keys = [DayKey(offering.org_id, offering.offering_id, day) for day in days]
        return self.cache.validity(keys, snapshot.days)

    async def on_days(
        self, offering: Offering, first: date, last: date, *, zone: str
    ) -> AvailabilitySnapshot:
        """Return the slots of the venue's days `first` to `last`, both included."""
        return await self.between(
            offering, midnight(first, zone), midnight(last + timedelta(days=1), zone)
        )

    async def nearest(
        self,
        offering: Offering,
        *,
        starts_at: datetime,
        zone: str,
        party: int,
        without: Sequence[SlotId],
    ) -> tuple[Alternative, ...]:
        """Return slots with room for the party, nearest first, at most `ALTERNATIVES_MAX`.

        Day after day away from `starts_at`, because in a rush every second booking is refused and
        four weeks have thousands of slots.
        """
        now, reach = self.clock.now(), timedelta(days=limits.ALTERNATIVE_DAYS)
        found = await self.between(offering, max(now, starts_at - reach), starts_at + reach)
        refusal_of = refusals(offering, party=party, now=now, zone=zone)
        nearest: list[tuple[timedelta, Slot]] = []
        days = [day for day in found.days if day.slots]
        for day in sorted(days, key=lambda day: _distance(day, starts_at)):
            if len(nearest) == limits.ALTERNATIVES_MAX and nearest[-1][0] < _distance(
                day, starts_at
            ):
                break
            nearest += [
                (abs(slot.starts_at - starts_at), slot)
                for slot in day.slots
                if slot.remaining >= party
                and found.first <= slot.starts_at < found.last
                and slot.slot_id not in without
                and not refusal_of(slot)
            ]
            nearest = sorted(nearest, key=itemgetter(0))[: limits.ALTERNATIVES_MAX]
        return tuple(
            Alternative(slot.slot_id, slot.starts_at, slot.ends_at, slot.remaining)
            for _, slot in nearest
        )

    async def next_with_room(
        self, offering: Offering, first: datetime, last: datetime, *, party: int
    ) -> datetime | None:
        """Return when the next slot in `[first, last)` with room starts; asks the database.

        For those who have looked through the days near them, and need not look through years.
        """
        async with self.database.session() as session:
            return await session.fetch_value(
                "booking.next_slot_with_room",
                datetime,
                org_id=offering.org_id,
                offering_id=offering.offering_id,
                first=first + timedelta(minutes=offering.book_until_minutes),
                last=last,
                party=party,
            )

    async def correct(self, offering: Offering, slot: BookedSlot, *, party: int) -> None:
        """Read the day of a slot again in which the ledger has found no room, if memory has some.

        Memory hears of a commit a moment after the ledger, and so do other processes and what they
        share: until then the page that says that the time is taken would offer it again.
        """
        end = slot.starts_at + timedelta.resolution
        found = await self.between(offering, slot.starts_at, end)
        known = [one for one in found.slots if one.slot_id == slot.slot_id]
        if any(one.state == "open" and one.remaining >= party for one in known):
            day = slot.starts_at.astimezone(UTC).date()
            key = DayKey(offering.org_id, offering.offering_id, day)
            self.cache.invalidate([key])
            await self.cache.get_many([key], self._read)

    def invalidate(
        self, org_id: OrgId, offering_id: OfferingId, day: date | None, *, by: int | None = None
    ) -> None:
        """Drop a day of UTC, or all days of the offering, that the transaction `by` has changed."""
        if self.shared is not None:
            self.shared.invalidate(scope(org_id, offering_id, day), by=by)
        if day is not None:
            self.cache.invalidate([DayKey(org_id, offering_id, day)])
        else:
            self.cache.invalidate(
                [key for key in self.cache.known() if key[:2] == (org_id, offering_id)]
            )

    def invalidate_all(self) -> None:
        if self.shared is not None:
            self.shared.invalidate_all()
        self.cache.invalidate_all()

    async def _load(self, keys: Sequence[DayKey]) -> Mapping[DayKey, Loaded[Day]]:
        found = {} if self.shared is None else await self.shared.load(keys)
        if missing := [key for key in keys if key not in found]:
            found |= await self._read(missing)
        return found

    async def _read(self, keys: Sequence[DayKey]) -> dict[DayKey, Loaded[Day]]:
        """Read days of one offering by one query over their span."""
        first, last = min(key.day for key in keys), max(key.day for key in keys)
        now = self.clock.now()
        async with self.database.session() as session:
            snapshot = await self.shared.snapshot(session) if self.shared is not None else None
            slots = await session.fetch(
                "booking.slots_between",
                Slot,
                org_id=keys[0].org_id,
                offering_id=keys[0].offering_id,
                first=datetime.combine(first, time(), UTC),
                last=datetime.combine(last + timedelta(days=1), time(), UTC),
                now=now,
            )
        by_day: dict[date, list[Slot]] = {key.day: [] for key in keys}
        for slot in slots:
            if (day := slot.starts_at.date()) in by_day:
                by_day[day].append(slot)
        days = {key: Day(tuple(by_day[key.day]), now) for key in keys}
        if self.shared is not None and snapshot is not None:
            await self.shared.store(days, snapshot)
        return {key: Loaded(day, day.ttl_seconds(now)) for key, day in days.items()}


def _distance(day: Day, instant: datetime) -> timedelta:
    """Return how far the nearest slot of a day can be from an instant, at least."""
    first, last = day.slots[0].starts_at, day.slots[-1].starts_at
    return max(first - instant, instant - last, timedelta())


@lru_cache(limits.SPANS_CACHED_MAX)
def utc_days(first: datetime, last: datetime) -> tuple[date, ...]:
    """Return the days of UTC that `[first, last)` overlaps."""
    start = first.astimezone(UTC).date()
    end = (last.astimezone(UTC) - timedelta(microseconds=1)).date()
    return tuple([start + timedelta(days=n) for n in range(max((end - start).days, 0) + 1)])


def with_slots(days: Sequence[date], today: date, *, ahead: int) -> Sequence[date]:
    """Return those of some days in order on which there can be slots, sold `ahead` days ahead."""
    oldest, latest = today - _DAYS_BACK, today + timedelta(days=ahead + _DAYS_BEYOND)
    if oldest <= days[0] and days[-1] <= latest:
        return days
    return [day for day in days if oldest <= day <= latest]
