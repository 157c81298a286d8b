"""Presents the calendar of staff at one instant. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.model.calendar import VIEWS, CalendarView, Occupancy, View, occupancy
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.slot import SlotOfDay
from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.reads.calendar import DayOfSlots
from fullhouse.entrypoints.web.calendar_views import (
    CalendarDay,
    CalendarPage,
    Occupied,
    SlotChip,
)
from fullhouse.entrypoints.web.views import Choice, Empty, Link, Note
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.translations import gettext_noop, pgettext_noop

_VIEW_NAMES: Final[Mapping[View, str]] = {
    "month": pgettext_noop("calendar", "Month"),
    "week": pgettext_noop("calendar", "Week"),
    "day": pgettext_noop("calendar", "Day"),
}
_WORDS: Final[Mapping[Occupancy, str]] = {
    "none": gettext_noop("no times"),
    "free": gettext_noop("much room"),
    "half": gettext_noop("more than half taken"),
    "few": gettext_noop("few places left"),
    "full": gettext_noop("full"),
    "closed": gettext_noop("closed"),
}
_DAYS_OF_WEEK: Final = 7


class CalendarChoice(CalendarView, frozen=True):
    """What of the calendar is shown. `offering_id` None is all offerings."""

    offering_id: UUID | None = None

    def values(self, **changes: object) -> dict[str, object]:
        """As it stands in a URL."""
        given: dict[str, object] = {
            "view": self.view,
            "date": self.day.isoformat(),
            "offering": self.offering_id,
        }
        return {**given, **changes}


class CalendarPresenter(msgspec.Struct, frozen=True):
    """Presents what was read of a span of days."""

    org: str
    formatter: LocaleFormatter
    now: datetime
    query: CalendarChoice
    slot_id: UUID | None = None
    """The slot that is open at the side."""

    def page(
        self,
        offerings: Sequence[Offering],
        days: Sequence[DayOfSlots],
        slots: Sequence[SlotOfDay],
        *,
        has_too_many: bool = False,
    ) -> CalendarPage:
        """The month by days; week and day by slots, or by days when there are too many."""
        _, query = self.formatter.translations.gettext, self.query
        cells = self._cells(days, slots)
        chosen = query.offering_id
        return CalendarPage(
            title=self._title(),
            view=query.view,
            date=query.day.isoformat(),
            views=tuple(self._view_link(view) for view in VIEWS),
            earlier=Link("", self.href(date=query.moved(-1)), name=_("Earlier")),
            later=Link("", self.href(date=query.moved(1)), name=_("Later")),
            today=Link(_("Today"), self.href(date=self.formatter.today(self.now))),
            offering="" if chosen is None else str(chosen),
            offerings=tuple(
                Choice(str(o.offering_id), o.name, selected=o.offering_id == chosen)
                for o in offerings
            ),
            weekdays=self.formatter.weekdays,
            weeks=tuple(
                tuple(cells[n : n + _DAYS_OF_WEEK]) for n in range(0, len(cells), _DAYS_OF_WEEK)
            )
            if query.view == "month"
            else (),
            columns=tuple(cells) if query.view != "month" else (),
            empty=None if days else self._empty(),
            note=Note("info", _("There are too many times to show them one by one."))
            if has_too_many
            else None,
        )

    def _cells(self, days: Sequence[DayOfSlots], slots: Sequence[SlotOfDay]) -> list[CalendarDay]:
        first, last = self.query.span(self.formatter.first_weekday)
        by_day = {one.day: one for one in days}
        chips = {
            day: tuple(map(self.chip, group)) for day, group in groupby(slots, key=self._day_of)
        }
        count = (last - first).days + 1
        return [
            self._cell(day, by_day.get(day), chips.get(day, ()))
            for day in (first + timedelta(days=n) for n in range(count))
        ]

    def _day_of(self, slot: SlotOfDay) -> date:
        return slot.starts_at.astimezone(ZoneInfo(slot.zone)).date()

    def _cell(
        self, day: date, total: DayOfSlots | None, chips: tuple[SlotChip, ...]
    ) -> CalendarDay:
        occupied = None if total is None else self._of_day(total)
        title = self.formatter.long_date(day)
        name = title if occupied is None else f"{title}: {occupied.figure}, {occupied.word}"
        return CalendarDay(
            number=day.day,
            title=title,
            href=self.href(view="day", date=day),
            name=name,
            occupied=occupied,
            chips=chips,
            today=day == self.formatter.today(self.now),
            outside=self.query.view == "month" and day.month != self.query.day.month,
        )

    def chip(self, slot: SlotOfDay) -> SlotChip:
        occupied = self.occupied(slot)
        time = self.of_venue(slot).time(slot.starts_at)
        return SlotChip(
            slot_id=str(slot.slot_id),
            time=time,
            offering=slot.offering_name,
            occupied=occupied,
            href=self.slot_href(slot.slot_id),
            name=f"{time}, {slot.offering_name}: {occupied.figure}, {occupied.word}",
            offering_id=str(slot.offering_id),
            room=slot.remaining if slot.state == "open" and slot.ends_at > self.now else 0,
            past=slot.ends_at <= self.now,
            current=slot.slot_id == self.slot_id,
        )

    def occupied(self, slot: SlotOfDay) -> Occupied:
        """How full a slot is; one that is closed says so with its reason."""
        found = self._occupied(slot.booked + slot.held, slot.capacity)
        if slot.state == "open":
            return found
        word = self.formatter.translations.gettext(_WORDS["closed"])
        word = f"{word}: {slot.reason}" if slot.reason else word
        return msgspec.structs.replace(found, tone="closed", word=word)

    def _of_day(self, total: DayOfSlots) -> Occupied:
        found = self._occupied(total.booked + total.held, total.capacity)
        if total.closed < total.slots:
            return found
        word = self.formatter.translations.gettext(_WORDS["closed"])
        return msgspec.structs.replace(found, tone="closed", figure=f"{total.booked}/0", word=word)

    def _occupied(self, taken: int, capacity: int) -> Occupied:
        tone, share = occupancy(taken, capacity)
        word = self.formatter.translations.gettext(_WORDS[tone])
        return Occupied(tone, f"{taken}/{capacity}", word, share)

    def of_venue(self, slot: SlotOfDay) -> LocaleFormatter:
        """The formatter of a slot's venue; it names a zone that is not the calendar's."""
        zone = ZoneInfo(slot.zone)
        return formatter_for(
            self.formatter.translations.language,
            zone,
            country=slot.country,
            names_zone=zone.key != self.formatter.zone.key,
            now=self.now,
        )

    def href(self, **changes: object) -> str:
        return admin_path(self.org, "calendar", **self.query.values(**changes))

    def slot_href(self, slot_id: UUID, **more: object) -> str:
        path = f"calendar/slots/{slot_id}"
        return admin_path(self.org, path, **self.query.values(**more))

    def _title(self) -> str:
        formatter, query = self.formatter, self.query
        match query.view:
            case "month":
                return formatter.month(query.day)
            case "week":
                first, last = query.span(formatter.first_weekday)
                return f"{formatter.long_date(first)} \N{EN DASH} {formatter.full_date(last)}"
            case _:
                return formatter.full_date(query.day)

    def _view_link(self, view: View) -> Link:
        text = self.formatter.translations.pgettext("calendar", _VIEW_NAMES[view])
        return Link(text, self.href(view=view), current=view == self.query.view)

    def _empty(self) -> Empty:
        _ = self.formatter.translations.gettext
        return Empty(
            _("There are no times here"),
            _("The times of your schedules are shown here, with how many places are taken."),
            Link(_("Go to the offerings"), admin_path(self.org, "offerings")),
        )
