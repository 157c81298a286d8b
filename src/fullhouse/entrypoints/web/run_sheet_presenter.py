"""Presents the run sheet of a day at one instant. Pure."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.model.answer_texts import details_line
from fullhouse.booking.model.slot import SlotId, SlotOfDay
from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.party_availability import percent
from fullhouse.booking.reads.run_sheet_changes import phase_of
from fullhouse.booking.reads.run_sheets import Arrival, DayOfArrivals, SheetRow, counts_of, matches
from fullhouse.entrypoints.web.day_views import (
    PartyRow,
    PastSlots,
    RunSheet,
    RunSheetSlot,
    SlotTally,
)
from fullhouse.entrypoints.web.views import Empty, Link
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.translations import gettext_noop
from fullhouse.people.model.contact import phone_text, phone_url

Show = Literal["", "expected", "arrived"]
SHOWS: Final[tuple[Show, ...]] = ("", "expected", "arrived")
_SHOWN: Final[dict[Show, Callable[[Arrival], bool]]] = {
    "": lambda _: True,
    "expected": lambda arrival: arrival.status == "confirmed",
    "arrived": lambda arrival: arrival.status == "checked_in",
}
_STATES: Final = {
    "checked_in": gettext_noop("arrived"),
    "no_show": gettext_noop("no-show"),
}


class SheetQuery(msgspec.Struct, frozen=True):
    """Which rows of the sheet are shown."""

    search: str = ""
    show: Show = ""

    @property
    def is_all(self) -> bool:
        return not (self.search or self.show)


class RunSheetPresenter(msgspec.Struct, frozen=True):
    """Presents what was read of a day. Times are those of each slot's venue."""

    org: str
    formatter: LocaleFormatter
    now: datetime
    may_change: bool = True

    def run_sheet(self, day: DayOfArrivals, query: SheetQuery) -> RunSheet:
        """The slots in order of time, those that are over folded."""
        _ = self.formatter.translations.gettext
        shown = [slot for slot in self.slots(day, query) if query.is_all or slot.parties]
        past = [slot for slot in shown if slot.phase == "past"]
        expected, arrived = counts_of(day.arrivals)
        title = self.formatter.full_date(day.day)
        return RunSheet(
            title=title,
            path=admin_path(self.org, "today"),
            date=day.day.isoformat(),
            earlier=self._day_link(day.day - timedelta(days=1), _("Day before")),
            later=self._day_link(day.day + timedelta(days=1), _("Day after")),
            expected=expected,
            arrived=arrived,
            arrived_percent=percent(arrived, expected),
            slots=tuple(slot for slot in shown if slot.phase != "past"),
            past=self._folded(past, query) if past else None,
            search=query.search,
            show=query.show,
            filters=self.filters(day, query),
            may_change=self.may_change,
            book_href=self._href(day.day, query, new=1) + "#new" if day.slots else "",
            all_href=self._href(day.day),
            empty=self._empty(title, query, has_slots=bool(day.slots)) if not shown else None,
        )

    def slots(self, day: DayOfArrivals, query: SheetQuery) -> list[RunSheetSlot]:
        """Every slot of the day with those of its parties that the query finds."""
        names_zone = len({slot.zone for slot in day.slots}) > 1
        rows = defaultdict[SlotId, list[PartyRow]](list)
        for row in day.rows():
            if _SHOWN[query.show](row.arrival) and matches(row.arrival, query.search):
                rows[row.slot.slot_id].append(self.party(row))
        return [
            self._slot(day, slot, rows[slot.slot_id], names_zone=names_zone) for slot in day.slots
        ]

    def party(self, row: SheetRow) -> PartyRow:
        arrival = row.arrival
        state = _STATES.get(arrival.status)
        return PartyRow(
            key=row.key,
            ref=arrival.ref,
            size=arrival.party,
            name=arrival.customer_name,
            phone=phone_text(arrival.customer_phone),
            phone_href=phone_url(arrival.customer_phone),
            status=arrival.status,
            state_text=self.formatter.translations.gettext(state) if state else "",
            may_be_no_show=row.slot.starts_at <= self.now,
            note=arrival.note,
            answers=details_line(arrival.guests, arrival.answers, self.formatter.translations),
        )

    def _slot(
        self,
        day: DayOfArrivals,
        slot: SlotOfDay,
        rows: Sequence[PartyRow],
        *,
        names_zone: bool,
    ) -> RunSheetSlot:
        tally, phase = (
            self.tally(day.of_slot(slot.slot_id), slot.capacity),
            phase_of(slot, self.now),
        )
        may_book = self.may_change and slot.remaining and phase != "past"
        return RunSheetSlot(
            slot_id=str(slot.slot_id),
            time=self.of_venue(slot, names_zone=names_zone).time(slot.starts_at),
            offering=f"{slot.offering_name}, {slot.venue_name}"
            if names_zone
            else slot.offering_name,
            tally=tally,
            phase=phase,
            parties=tuple(rows),
            closed=self._closed(slot),
            book_href=self._href(day.day, SheetQuery(), new=1, slot=slot.slot_id) + "#new"
            if may_book
            else "",
        )

    def of_venue(self, slot: SlotOfDay, *, names_zone: bool = False) -> LocaleFormatter:
        """The formatter of a slot's venue; of several zones it names its own."""
        return formatter_for(
            self.formatter.translations.language,
            ZoneInfo(slot.zone),
            country=slot.country,
            names_zone=names_zone,
            now=self.now,
        )

    def _closed(self, slot: SlotOfDay) -> str:
        if slot.state == "open":
            return ""
        _ = self.formatter.translations.gettext
        return _("Closed: %(reason)s", reason=slot.reason) if slot.reason else _("Closed")

    def tally(self, arrivals: Sequence[Arrival], capacity: int) -> SlotTally:
        """How many guests of a slot are expected and have arrived, in numbers and words."""
        expected, arrived = counts_of(arrivals)
        translations = self.formatter.translations
        return SlotTally(
            expected,
            arrived,
            percent(expected, capacity),
            percent(arrived, capacity),
            translations.gettext(
                "%(arrived)s of %(expected)s arrived", arrived=arrived, expected=expected
            ),
            translations.ngettext(
                "%(booked)s of %(n)s place sold",
                "%(booked)s of %(n)s places sold",
                capacity,
                booked=expected,
            ),
        )

    def _folded(self, past: Sequence[RunSheetSlot], query: SheetQuery) -> PastSlots:
        """All times that are over as one, which is open where something was looked for."""
        translations = self.formatter.translations
        text = translations.ngettext(
            "%(n)s time is over: %(arrived)s of %(expected)s arrived",
            "%(n)s times are over: %(arrived)s of %(expected)s arrived",
            len(past),
            arrived=sum(slot.tally.arrived for slot in past),
            expected=sum(slot.tally.expected for slot in past),
        )
        return PastSlots(text, tuple(past), is_open=not query.is_all)

    def filters(self, day: DayOfArrivals, query: SheetQuery) -> tuple[Link, ...]:
        """All, those who are expected still, and those who are here: each with its count."""
        _ = self.formatter.translations.gettext
        refs = {one.ref: one for one in day.arrivals}.values()
        names = {"": _("All"), "expected": _("Not yet here"), "arrived": _("Arrived")}
        return tuple(
            Link(
                f"{names[show]} {sum(map(_SHOWN[show], refs))}",
                self._href(day.day, SheetQuery(query.search, show)),
                current=show == query.show,
            )
            for show in SHOWS
        )

    def _empty(self, day: str, query: SheetQuery, *, has_slots: bool) -> Empty:
        _ = self.formatter.translations.gettext
        if not query.is_all and has_slots:
            return Empty(
                _("Nobody is found on this day"),
                _("Look for a part of the name, the reference or the phone number."),
                Link(_("Search all bookings"), admin_path(self.org, "bookings", q=query.search)),
            )
        return Empty(
            _("No one is expected on %(day)s", day=day),
            _(
                "Bookings for this day will be listed here by time, each with a button to "
                "check the guests in."
            ),
        )

    def _href(self, day: date, query: SheetQuery | None = None, **more: object) -> str:
        query = query or SheetQuery()
        return admin_path(
            self.org,
            "today",
            date=day.isoformat(),
            q=query.search or None,
            show=query.show or None,
            **more,
        )

    def _day_link(self, day: date, name: str) -> Link:
        return Link("", self._href(day), name=name)
