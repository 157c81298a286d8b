"""Presenters of the hand-made admin pages: the run sheet, and e-mails. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.events import CheckedIn
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.reads.bookings import Arrival, HistoryEntry
from fullhouse.entrypoints.web.availability_view import percent
from fullhouse.entrypoints.web.message_names import delivery_name
from fullhouse.entrypoints.web.views import (
    EmailView,
    Empty,
    Link,
    Note,
    PartyRow,
    RunSheet,
    RunSheetSlot,
    Undo,
)
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.translations import gettext_noop
from fullhouse.messages.model import Message
from fullhouse.people.model.contact import phone_text, phone_url, readable_address

_ARRIVAL_NAMES: Final = {
    "checked_in": gettext_noop("arrived"),
    "no_show": gettext_noop("no-show"),
}


class RunSheetPresenter(msgspec.Struct, frozen=True):
    """Presents the run sheet of a day, at one instant."""

    org: str
    formatter: LocaleFormatter
    now: datetime

    def run_sheet(
        self,
        day: date,
        arrivals: Sequence[Arrival],
        *,
        undo: Undo | None = None,
        note: Note | None = None,
    ) -> RunSheet:
        """The parties of a day by slot, in order of time."""
        _ = self.formatter.translations.gettext
        day_name = self.formatter.full_date(day)
        expected = sum(arrival.party for arrival in arrivals)
        arrived = sum(arrival.party for arrival in arrivals if arrival.status == "checked_in")
        zones = {arrival.zone for arrival in arrivals}
        slots = [
            self._slot(list(group), names_zone=len(zones) > 1)
            for _, group in groupby(arrivals, key=lambda a: (a.starts_at, a.slot_id))
        ]
        return RunSheet(
            title=day_name,
            date=day.isoformat(),
            earlier=self._day_link(day - timedelta(days=1), _("Day before")),
            later=self._day_link(day + timedelta(days=1), _("Day after")),
            expected=expected,
            arrived=arrived,
            arrived_percent=percent(arrived, expected),
            arrivals=tuple(slots),
            undo=undo,
            note=note,
            empty=None
            if slots
            else Empty(
                _("No one is expected on %(day)s", day=day_name),
                _(
                    "Bookings for this day will be listed here by time, each with a button to "
                    "check the guests in."
                ),
            ),
        )

    def _slot(self, arrivals: list[Arrival], *, names_zone: bool) -> RunSheetSlot:
        """The parties of a slot, at the time of its venue; of several zones it names its own."""
        _ = self.formatter.translations.gettext
        first = arrivals[0]
        venue = formatter_for(
            self.formatter.translations.language,
            ZoneInfo(first.zone),
            country=first.country,
            names_zone=names_zone,
            now=self.now,
        )
        expected = sum(arrival.party for arrival in arrivals)
        arrived = sum(arrival.party for arrival in arrivals if arrival.status == "checked_in")
        return RunSheetSlot(
            anchor=f"s-{first.slot_id}",
            time=venue.time(first.starts_at),
            offering=f"{first.offering_name}, {first.venue_name}"
            if names_zone
            else first.offering_name,
            expected=expected,
            arrived=arrived,
            expected_percent=percent(expected, first.capacity),
            arrived_percent=percent(arrived, first.capacity),
            tally=_("%(arrived)s of %(expected)s arrived", arrived=arrived, expected=expected),
            sold=self.formatter.translations.ngettext(
                "%(booked)s of %(n)s place sold",
                "%(booked)s of %(n)s places sold",
                first.capacity,
                booked=expected,
            ),
            now=first.starts_at <= self.now < first.ends_at,
            closed=_("Closed: %(reason)s", reason=first.reason)
            if first.slot_state == "closed"
            else "",
            parties=tuple(self._party(arrival) for arrival in arrivals),
        )

    def _party(self, arrival: Arrival) -> PartyRow:
        state = _ARRIVAL_NAMES.get(arrival.status)
        return PartyRow(
            ref=arrival.ref,
            size=arrival.party,
            name=arrival.customer_name,
            phone=phone_text(arrival.customer_phone),
            phone_href=phone_url(arrival.customer_phone),
            may_be_no_show=arrival.starts_at <= self.now,
            status=arrival.status,
            state_text=self.formatter.translations.gettext(state) if state else "",
            href=admin_path(self.org, f"bookings/{arrival.ref}"),
            action=admin_path(self.org, f"today/{arrival.ref}"),
        )

    def _day_link(self, day: date, name: str) -> Link:
        return Link("", admin_path(self.org, "today", date=day.isoformat()), name=name)


def undo_bar(
    booking: Booking,
    last: HistoryEntry,
    formatter: LocaleFormatter,
    *,
    action: str = "",
    day: date | None = None,
) -> Undo:
    """The bar that undoes a check-in or a no-show; `day` when it is on the run sheet."""
    _ = formatter.translations.gettext
    name, party = booking.customer_name, formatter.people(booking.party)
    return Undo(
        _("%(name)s is checked in, %(party)s.", name=name, party=party)
        if last.kind == CheckedIn.kind()
        else _("%(name)s is marked as a no-show, %(party)s.", name=name, party=party),
        action,
        day.isoformat() if day else "",
    )


def email_view(
    message: Message, formatter: LocaleFormatter, *, retry_action: str = ""
) -> EmailView:
    """A message with the state of its delivery, and where to send one again that was not sent."""
    _ = formatter.translations.gettext
    return EmailView(
        subject=message.subject,
        recipient=readable_address(message.recipient),
        status=message.status,
        status_text=_(delivery_name(message.status, message.recipient)),
        when=formatter.date_time(message.sent_at or message.created_at),
        body=message.body_text,
        reason=message.last_error,
        message_id=str(message.message_id),
        retry_action=retry_action,
    )
