"""The plan of the demo season: who books, waits, cancels and arrives, and when.

Pure: the same slots, instants and seed give the same season. Demand follows the weekday, the hour
and the bloom. Customers book days ahead, and longer ahead for week-ends, so that near days are full
and far days still empty. Time advances in moments, coarse before today and of five minutes today;
the changes of one moment are independent, but bookings come before changes that free places.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from fullhouse.booking.model.slot import SlotId
from fullhouse.demo.customers import CustomerGenerator, DemoCustomer
from fullhouse.demo.farm import EVENING, MORNING, PICNIC, WORKSHOP

PRESALE_DAYS: Final = 28
_MOMENTS_BEFORE_TODAY: Final = 140
_FINE: Final = timedelta(minutes=5)
_SIZES: Final = {1: 7, 2: 38, 3: 17, 4: 23, 5: 8, 6: 4, 7: 2, 8: 1}
_CANCELLING: Final = 0.05
_ARRIVING: Final = 0.93
_WAITING: Final = 0.4
_WAITING_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Demand:
    """The share of capacity that an offering sells, by weekday from Monday, and by hour."""

    weekdays: tuple[float, ...]
    hours: Mapping[int, float]
    lead_days: float


DEMANDS: Final[Mapping[str, Demand]] = {
    MORNING: Demand(
        (0.62, 0.6, 0.66, 0.7, 0.85, 1.35, 1.2),
        {8: 0.62, 9: 1.0, 10: 1.12, 11: 1.0, 12: 0.8, 13: 0.62},
        17.0,
    ),
    EVENING: Demand((0, 0, 0, 0.7, 1.0, 1.3, 0.9), {17: 0.8, 18: 1.15, 19: 1.0}, 13.0),
    PICNIC: Demand((0, 0, 0, 0, 0.6, 1.05, 0.9), {11: 1.0, 14: 0.85}, 16.0),
    WORKSHOP: Demand((0, 0, 0.8, 0, 0, 1.25, 0.95), {10: 1.1, 14: 0.9, 18: 1.0}, 19.0),
}


@dataclass(frozen=True, slots=True)
class SeasonSlot:
    """A slot for sale, with the slug of its offering and the limits on party and booking time."""

    slot_id: SlotId
    offering: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    party_min: int
    party_max: int
    book_until: datetime


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A party that requests a slot; `number` identifies it within the season."""

    number: int
    slot: SeasonSlot
    party: int
    customer: DemoCustomer


@dataclass(slots=True)
class Moment:
    """The changes at one instant: first all bookings, then the others, by visit number."""

    at: datetime
    books: list[PlannedVisit] = field(default_factory=list)
    waits: list[PlannedVisit] = field(default_factory=list)
    cancels: list[int] = field(default_factory=list)
    arrives: list[int] = field(default_factory=list)
    misses: list[int] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.books or self.waits or self.cancels or self.arrives or self.misses)


@dataclass(frozen=True, slots=True)
class Season:
    """The input of the plan: opening of sales, present instant, slots and customers."""

    opened_at: datetime
    now: datetime
    zone: ZoneInfo
    slots: tuple[SeasonSlot, ...]
    customers: CustomerGenerator


def plan_season(season: Season, random: Random) -> tuple[Moment, ...]:
    """The moments with changes from the opening of sales until now, in order."""
    moments = [Moment(at) for at in _instants(season)]
    requests = _booking_requests(season, random)
    by_moment: dict[int, list[PlannedVisit]] = defaultdict(list)
    instants = [moment.at for moment in moments]
    for at, visit in requests:
        by_moment[bisect_left(instants, at)].append(visit)
    simulator = _SalesSimulator(season, random, moments)
    for index in range(len(moments)):
        simulator.simulate(index, by_moment[index])
    return tuple(moment for moment in moments if not moment.is_empty)


def _instants(season: Season) -> list[datetime]:
    midnight = season.now.astimezone(season.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = max(midnight.astimezone(season.now.tzinfo), season.opened_at)
    step = (today - season.opened_at) / _MOMENTS_BEFORE_TODAY
    coarse = [season.opened_at + step * number for number in range(1, _MOMENTS_BEFORE_TODAY + 1)]
    count = int((season.now - today) / _FINE)
    return [*coarse, *(today + _FINE * number for number in range(1, count + 1)), season.now]


def _booking_requests(season: Season, random: Random) -> list[tuple[datetime, PlannedVisit]]:
    """The booking requests until now, as instant and visit, in order."""
    requests: list[tuple[datetime, PlannedVisit]] = []
    number = 0
    for slot in season.slots:
        places = slot.capacity * _popularity(slot, season, random)
        lead_days = DEMANDS[slot.offering].lead_days
        while places > 0:
            party = _party(slot, random)
            places -= party
            number += 1
            ahead = timedelta(days=random.expovariate(1 / lead_days), minutes=20)
            at = min(slot.starts_at - ahead, slot.book_until - _FINE * 2)
            if at < season.opened_at:
                # Customers who waited for the opening of sales book in the first two days
                at = season.opened_at + timedelta(hours=48) * random.random() ** 2
            visit = PlannedVisit(number, slot, party, season.customers.generate(random, number))
            if at < min(season.now, slot.book_until - _FINE):
                requests.append((at, visit))
    return sorted(requests, key=lambda request: (request[0], request[1].number))


def _popularity(slot: SeasonSlot, season: Season, random: Random) -> float:
    """The share of capacity requested in the end; above 1 some requests are refused."""
    wall = slot.starts_at.astimezone(season.zone)
    demand = DEMANDS[slot.offering]
    days_in = (slot.starts_at - season.opened_at) / timedelta(days=1) - PRESALE_DAYS
    # The bloom: good from the start, best in the third week, over after the sixth
    bloom = 1.0 + 0.4 * exp(-(((days_in - 16) / 11) ** 2))
    if wall.weekday() == 5 and days_in < 14:  # noqa: PLR2004 - Saturday
        bloom *= 1.7  # the first two Saturdays were in the paper
    return (
        demand.weekdays[wall.weekday()]
        * demand.hours.get(wall.hour, 0.5)
        * bloom
        * random.uniform(0.8, 1.2)
    )


def _party(slot: SeasonSlot, random: Random) -> int:
    admitted = [size for size in _SIZES if slot.party_min <= size <= slot.party_max]
    return random.choices(admitted, [_SIZES[size] for size in admitted])[0]


@dataclass(slots=True)
class _SalesSimulator:
    """Decides the requests against the remaining places, in order of time."""

    season: Season
    random: Random
    moments: list[Moment]
    left: dict[SlotId, int] = field(default_factory=dict)
    waiting: dict[SlotId, int] = field(default_factory=lambda: defaultdict(int))
    cancelling: dict[int, list[PlannedVisit]] = field(default_factory=lambda: defaultdict(list))
    days: dict[tuple[str, str], list[SeasonSlot]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for slot in self.season.slots:
            self.left[slot.slot_id] = slot.capacity
            self.days[self._day_of(slot)].append(slot)

    def simulate(self, index: int, visits: Sequence[PlannedVisit]) -> None:
        moment = self.moments[index]
        for request in visits:
            visit = self._find_slot(request, moment.at)
            if visit is not None:
                self.left[visit.slot.slot_id] -= visit.party
                moment.books.append(visit)
                self._plan_outcome(visit, index)
            elif self._would_wait(request, moment.at):
                self.waiting[request.slot.slot_id] += 1
                moment.waits.append(request)
        for visit in self.cancelling.pop(index, ()):
            self.left[visit.slot.slot_id] += visit.party
            moment.cancels.append(visit.number)

    def _find_slot(self, request: PlannedVisit, at: datetime) -> PlannedVisit | None:
        """The visit on the requested slot, or on the nearest slot of that day with room."""
        if at >= request.slot.book_until - _FINE:
            return None
        if self.left[request.slot.slot_id] >= request.party:
            return request
        near = sorted(
            self.days[self._day_of(request.slot)],
            key=lambda slot: (abs(slot.starts_at - request.slot.starts_at), slot.starts_at),
        )
        for slot in near[1:4]:
            if self.left[slot.slot_id] >= request.party and at < slot.book_until - _FINE:
                return PlannedVisit(request.number, slot, request.party, request.customer)
        return None

    def _would_wait(self, request: PlannedVisit, at: datetime) -> bool:
        in_time = at < request.slot.book_until - _FINE
        return (
            in_time
            and self.waiting[request.slot.slot_id] < _WAITING_MAX
            and self.random.random() < _WAITING
        )

    def _plan_outcome(self, visit: PlannedVisit, index: int) -> None:
        """Draw the outcome of a booked visit: cancelled, arrived at some time, or no-show."""
        outcome = self.random.random()
        if outcome < _CANCELLING:
            latest = visit.slot.starts_at - timedelta(hours=32)
            later = self._index_at(
                self.moments[index].at + (latest - self.moments[index].at) * self.random.random()
            )
            if later is not None and index < later:
                self.cancelling[later].append(visit)
            return
        if outcome < _CANCELLING + (1 - _CANCELLING) * _ARRIVING:
            arrival = visit.slot.starts_at + timedelta(minutes=self.random.triangular(-9, 26, 4))
            later = self._index_at(arrival)
            if later is not None and index < later:
                self.moments[later].arrives.append(visit.number)
            return
        later = self._index_at(visit.slot.ends_at + timedelta(minutes=30))
        if later is not None and index < later:
            self.moments[later].misses.append(visit.number)

    def _index_at(self, at: datetime) -> int | None:
        if at > self.season.now:
            return None
        return bisect_left(self.moments, at, key=lambda moment: moment.at)

    def _day_of(self, slot: SeasonSlot) -> tuple[str, str]:
        return slot.offering, slot.starts_at.astimezone(self.season.zone).date().isoformat()
