"""The availability of an offering for one party: a month of days, a day of times. Pure."""

import calendar
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final, assert_never
from uuid import UUID

import msgspec

from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.slot import Refusal, Slot, refusals
from fullhouse.entrypoints.web.views import DayCell, DayState, Link, Month, SlotRow, SlotState
from fullhouse.kernel.timespan import midnight
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import ngettext_noop, pgettext_noop

FEW_ALWAYS: Final = 3
FEW_SHARE: Final = 5
FEW_AT_MOST: Final = 9
"""Few places are three, or a fifth of the capacity up to nine, as in `fullhouse.js`."""

WEEKS_SHOWN_MIN: Final = 4
"""How many weeks from today on the current month shows: near its end those after it, too."""

_LEFT: Final = ngettext_noop("%(n)s left", "%(n)s left")
_LAST_LEFT: Final = ngettext_noop("only %(n)s left", "only %(n)s left")
_TOO_FEW_LEFT: Final = ngettext_noop(
    "only %(n)s left, too few for %(party)s", "only %(n)s left, too few for %(party)s"
)
_TOO_FEW_WAITING: Final = ngettext_noop(
    "only %(n)s left · waiting list for %(party)s", "only %(n)s left · waiting list for %(party)s"
)
_LIVE_TEXTS: Final = {
    "left": _LEFT,
    "last": _LAST_LEFT,
    "too-few": _TOO_FEW_WAITING,
    "changed": ngettext_noop("%(time)s: %(n)s place left.", "%(time)s: %(n)s places left."),
}

_DAY_LABELS: Final[dict[DayState, str]] = {
    "few": pgettext_noop("day", "few"),
    "full": pgettext_noop("day", "full"),
    "closed": pgettext_noop("day", "closed"),
}
_STATES: Final[dict[str, SlotState]] = {
    "slot_full": "full",
    "slot_closed": "closed",
    "slot_past": "past",
    "slot_not_open": "closed",
}


_WITH_ROOM: Final = frozenset[SlotState]({"free", "few"})


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

    @property
    def today(self) -> date:
        return self.formatter.today(self.now)

    def state(self, slot: Slot) -> SlotState:
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
        price = self.offering.price_of(self.party)
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


class MonthLinks(msgspec.Struct, frozen=True):
    """The URLs of days and of other months."""

    day: Callable[[date], str]
    month: Callable[[date], str]


def is_few(remaining: int, capacity: int) -> bool:
    return remaining <= min(FEW_AT_MOST, max(FEW_ALWAYS, capacity // FEW_SHARE))


def month_view(
    availability: AvailabilityView, month: date, *, chosen: date, last: date, links: MonthLinks
) -> Month:
    """Build the month that begins at `month`; `last` is the last day of the calendar."""
    _ = availability.formatter.translations.gettext
    formatter = availability.formatter
    by_day = availability.by_day
    weeks = weeks_of(availability, month)
    earlier, later = (month - timedelta(days=1)).replace(day=1), next_month(month)
    return Month(
        title=_month_title(formatter, month, max(day for day in weeks[-1] if day)),
        weekdays=formatter.weekdays,
        weeks=tuple(
            tuple(
                None
                if day is None
                else _day_cell(
                    availability, day, by_day.get(day, []), chosen=chosen, href=links.day
                )
                for day in week
            )
            for week in weeks
        ),
        earlier=Link(
            "", links.month(earlier), _("Previous month, %(month)s", month=formatter.month(earlier))
        )
        if month > availability.today
        else None,
        later=Link("", links.month(later), _("Next month, %(month)s", month=formatter.month(later)))
        if later <= last
        else None,
    )


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


def _month_title(formatter: LocaleFormatter, month: date, last: date) -> str:
    """`November 2026`, or `November 2026, December 2026` with weeks of the next month."""
    title = formatter.month(month)
    return title if last < next_month(month) else f"{title}, {formatter.month(last)}"


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def slot_row(
    availability: AvailabilityView, slot: Slot, *, href: str, waits: bool = True
) -> SlotRow:
    """A time with its remaining places; with `waits` a full one links to its waiting list."""
    formatter, state = availability.formatter, availability.state(slot)
    return SlotRow(
        slot_id=str(slot.slot_id),
        time=formatter.time(slot.starts_at),
        left=remaining_text(availability, slot, waits=waits),
        percent=percent(slot.remaining, slot.capacity),
        state=state,
        price=availability.price,
        price_for=availability.price_for,
        capacity=slot.capacity,
        href=href if availability.has_room(slot) or (state == "full" and waits) else "",
    )


def slot_rows(
    availability: AvailabilityView,
    day: date,
    href: Callable[[date, UUID], str],
    *,
    waits: bool = True,
) -> tuple[SlotRow, ...]:
    """The times of a day, without past ones."""
    return tuple(
        slot_row(availability, slot, href=href(day, slot.slot_id), waits=waits)
        for slot in availability.on(day)
        if availability.state(slot) != "past"
    )


def remaining_text(availability: AvailabilityView, slot: Slot, *, waits: bool = True) -> str:
    """`12 left`, `only 2 left`, `sold out · join the waiting list`."""
    translations, left = availability.formatter.translations, slot.remaining
    match availability.state(slot):
        case "closed":
            text = slot.reason or translations.gettext("closed")
        case "past":
            text = translations.gettext("past")
        case "full" if left:
            people = availability.formatter.people(availability.party)
            texts = _TOO_FEW_WAITING if waits else _TOO_FEW_LEFT
            text = translations.ngettext(*texts, left, party=people)
        case "full" if waits:
            text = translations.gettext("sold out · join the waiting list")
        case "full":
            text = translations.gettext("sold out")
        case "few":
            text = translations.ngettext(*_LAST_LEFT, left)
        case "free":
            text = translations.ngettext(*_LEFT, left)
        case unknown:
            assert_never(unknown)
    return text


def live_texts(availability: AvailabilityView) -> tuple[tuple[str, str], ...]:
    """The same texts for `fullhouse.js`, which updates them as places are sold.

    Texts with a number come in each plural form of the language, named as in `left-one`.
    """
    translations = availability.formatter.translations
    texts = [
        ("full", translations.gettext("sold out · join the waiting list")),
        ("changed-full", translations.gettext("%(time)s is sold out now.", time="{time}")),
    ]
    people = availability.formatter.people(availability.party)
    for name, messages in _LIVE_TEXTS.items():
        forms = translations.plural_forms(*messages, party=people, time="{time}")
        texts.extend((f"{name}-{form}", text) for form, text in forms.items())
    return tuple(texts)


def percent(part: int, whole: int) -> int:
    """Percent, within 0 and 100."""
    return max(0, min(100, 100 * part // whole)) if whole > 0 else 0


def _day_cell(
    availability: AvailabilityView,
    day: date,
    slots: list[Slot],
    *,
    chosen: date,
    href: Callable[[date], str],
) -> DayCell:
    summary = day_summary(availability, day, slots)
    state, left = summary.state, summary.left
    label = _DAY_LABELS.get(state)
    return DayCell(
        number=day.day,
        name=_day_name(availability, day, state, left=left, slots=slots),
        state=state,
        label=availability.formatter.translations.pgettext("day", label) if label else "",
        percent=percent(left, summary.capacity),
        href="" if state in {"none", "past"} else href(day),
        current=day == chosen,
        today=day == availability.today,
    )


def _day_name(
    availability: AvailabilityView, day: date, state: DayState, *, left: int, slots: list[Slot]
) -> str:
    """Describe the day and its state for screen readers."""
    translations = availability.formatter.translations
    name = availability.formatter.long_date(day)
    match state:
        case "free":
            text = translations.ngettext(
                "%(day)s, %(n)s place left", "%(day)s, %(n)s places left", left, day=name
            )
        case "few":
            text = translations.ngettext(
                "%(day)s, only %(n)s place left", "%(day)s, only %(n)s places left", left, day=name
            )
        case "full":
            text = translations.gettext("%(day)s, sold out, waiting list", day=name)
        case "closed":
            reason = next((slot.reason for slot in slots if slot.reason), None)
            reason = reason or translations.gettext("closed")
            text = translations.gettext("%(day)s, closed: %(reason)s", day=name, reason=reason)
        case "none":
            text = translations.gettext("%(day)s, no times", day=name)
        case "past":
            text = translations.gettext("%(day)s, past", day=name)
        case unknown:
            assert_never(unknown)
    return text


def day_summary(availability: AvailabilityView, day: date, slots: list[Slot]) -> DaySummary:
    """Sum up a day: its state is that of its best slot, and of all its remaining places."""
    states = set[SlotState]()
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
    availability: AvailabilityView, day: date, states: set[SlotState], *, few: bool
) -> DayState:
    if day < availability.today or states == {"past"}:
        return "past"
    if not states:
        return "none"
    if states & _WITH_ROOM:
        return "few" if few else "free"
    return "full" if "full" in states else "closed"
