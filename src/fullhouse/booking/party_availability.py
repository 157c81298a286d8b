"""The availability of an offering for one party: by time, by day and by month. Pure."""

import calendar
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final, Literal

import msgspec

from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.price_categories import CategoryGuests
from fullhouse.booking.model.slot import Refusal, Slot, refusals
from fullhouse.kernel.timespan import midnight
from fullhouse.localisation.formatter import LocaleFormatter

DayState = Literal["free", "few", "full", "closed", "none", "past"]
OfferedState = Literal["free", "few", "full", "closed", "past"]

FEW_ALWAYS: Final = 3
FEW_SHARE: Final = 5
FEW_AT_MOST: Final = 9
"""Few places are three, or a fifth of the capacity up to nine, as in `fullhouse.js`."""

WEEKS_SHOWN_MIN: Final = 4
"""How many weeks from today on the current month shows: near its end those after it, too."""

_STATES: Final[dict[str, OfferedState]] = {
    "slot_full": "full",
    "slot_closed": "closed",
    "slot_past": "past",
    "slot_not_open": "closed",
}


_WITH_ROOM: Final = frozenset[OfferedState]({"free", "few"})


class DaySummary(msgspec.Struct, frozen=True):
    """A day for one party: the places left in slots with room for it, of those of all slots."""

    state: DayState
    left: int
    capacity: int


class AvailabilityView(msgspec.Struct, frozen=True, dict=True):
    """The slots of an offering at one instant, for a party of this size.

    They are grouped once: six weeks with a slot each five minutes are thousands.
    """

    formatter: LocaleFormatter
    offering: Offering
    slots: Sequence[Slot]
    party: int
    now: datetime
    stale_since: datetime | None = None
    """The time of the last read, when the slots could not be read now."""
    guests: tuple[CategoryGuests, ...] = ()
    """The party by price category; without, all pay the price of the first."""

    @property
    def today(self) -> date:
        return self.formatter.today(self.now)

    def state(self, slot: Slot) -> OfferedState:
        """The state of a slot for this party, by the rule that the ledger decides by."""
        why = self.refusal_of(slot)
        if why in _STATES:
            return _STATES[why]
        return "few" if is_few(slot.remaining, slot.capacity) else "free"

    @cached_property
    def refusal_of(self) -> Callable[[Slot], Refusal | None]:
        """The rule by which a slot cannot be offered to this party."""
        return refusals(self.offering, party=self.party, now=self.now, zone=self.formatter.zone.key)

    def on(self, day: date) -> list[Slot]:
        """The slots of a day in the zone of the venue, in order of time."""
        return self.by_day.get(day, [])

    @cached_property
    def by_day(self) -> Mapping[date, list[Slot]]:
        """The slots of each day in the zone of the venue; the days in order."""
        days: dict[date, list[Slot]] = {}
        of_day, ends_at = list[Slot](), None
        for slot in self.slots:
            if ends_at is None or slot.starts_at >= ends_at:
                day = self.formatter.local(slot.starts_at).date()
                of_day, ends_at = days.setdefault(day, []), self._midnight_after(day)
            of_day.append(slot)
        return days

    def _midnight_after(self, day: date) -> datetime:
        return midnight(day + timedelta(days=1), self.formatter.zone.key)

    @cached_property
    def price(self) -> str:
        """What the whole party pays for a slot."""
        price = self.offering.price_of(self.party, guests=self.guests)
        if not price.amount:
            return self.formatter.translations.pgettext("price", "Free")
        return self.formatter.money(price)

    @cached_property
    def price_for(self) -> str:
        """`for 3`, beside the price of a party; empty where it is not by the person."""
        is_by_person = self.offering.price_unit == "person" and self.offering.price_amount
        if self.party == 1 or not is_by_person:
            return ""
        return self.formatter.translations.gettext("for %(n)s", n=self.party)

    def has_room(self, slot: Slot) -> bool:
        return self.state(slot) in _WITH_ROOM

    def first_day_with_room(self, after: date | None = None) -> date | None:
        """The first day after `after` with room for the party."""
        return next(
            (
                day
                for day, slots in self.by_day.items()
                if (after is None or day > after) and any(map(self.has_room, slots))
            ),
            None,
        )


def is_few(remaining: int, capacity: int) -> bool:
    return remaining <= min(FEW_AT_MOST, max(FEW_ALWAYS, capacity // FEW_SHARE))


def weeks_of(availability: AvailabilityView, month: date) -> list[list[date | None]]:
    """The weeks of the calendar of a month, None for the days of its neighbours.

    Of the current month those from today on, and the weeks after it while there are few.
    """
    days = calendar.Calendar(availability.formatter.first_weekday)
    weeks = days.monthdatescalendar(month.year, month.month)
    today = availability.today
    if (month.year, month.month) != (today.year, today.month):
        return [_without_neighbours(week, month, until=next_month(month)) for week in weeks]
    weeks = [week for week in weeks if week[-1] >= today]
    until = next_month(month)
    while len(weeks) < WEEKS_SHOWN_MIN:
        following = weeks[-1][-1] + timedelta(days=1)
        weeks.append([following + timedelta(days=n) for n in range(7)])
        until = following + timedelta(days=7)
    return [_without_neighbours(week, month, until=until) for week in weeks]


def _without_neighbours(week: list[date], first: date, *, until: date) -> list[date | None]:
    return [day if first <= day < until else None for day in week]


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def percent(part: int, whole: int) -> int:
    """Percent, within 0 and 100."""
    return max(0, min(100, 100 * part // whole)) if whole > 0 else 0


def day_summary(availability: AvailabilityView, day: date, slots: list[Slot]) -> DaySummary:
    """Sum up a day: its state is that of its best slot, and of all its remaining places."""
    states = set[OfferedState]()
    left = capacity = 0
    for slot in slots:
        capacity += slot.capacity
        why = availability.refusal_of(slot)
        if why in _STATES:
            states.add(_STATES[why])
        else:
            states.add("free")
            left += slot.remaining
    state_of_day = _day_state(availability, day, states, few=is_few(left, capacity))
    return DaySummary(state_of_day, left, capacity)


def _day_state(
    availability: AvailabilityView, day: date, states: set[OfferedState], *, few: bool
) -> DayState:
    if day < availability.today or states == {"past"}:
        return "past"
    if not states:
        return "none"
    if states & _WITH_ROOM:
        return "few" if few else "free"
    return "full" if "full" in states else "closed"
