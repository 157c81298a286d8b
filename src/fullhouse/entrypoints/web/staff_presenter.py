"""Presenters of the admin pages: run sheet, booking with history, outbox. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

import msgspec

from fullhouse.booking.events import BookingEvent, Cancelled, CheckedIn, Rescheduled
from fullhouse.booking.limits import UNDO_SECONDS
from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.reads.bookings import Arrival, BookingView, HistoryEntry
from fullhouse.entrypoints.web.admin_views import DetailView
from fullhouse.entrypoints.web.availability_view import percent
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.statuses import status_name
from fullhouse.entrypoints.web.views import (
    EmailView,
    Empty,
    HistoryLine,
    Link,
    Note,
    PartyRow,
    RunSheet,
    RunSheetSlot,
    Undo,
)
from fullhouse.kernel.context import Permission
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import Translations, gettext_noop
from fullhouse.messages.model import Message, MessageStatus

_ARRIVAL_NAMES: Final = {
    "checked_in": gettext_noop("arrived"),
    "no_show": gettext_noop("no-show"),
}
_DELIVERY_NAMES: Final[Mapping[MessageStatus, str]] = {
    "due": gettext_noop("about to be sent"),
    "sent": gettext_noop("sent"),
    "stored": gettext_noop("kept here, no mail server"),
    "failed": gettext_noop("failed"),
}
_EVENT_TEXTS: Final = {
    "BookingInitiated": gettext_noop("Places held for %(party)s"),
    "Booked": gettext_noop("Booked for %(party)s"),
    "BookingFailed": gettext_noop("A booking was refused"),
    "Rescheduled": gettext_noop("Moved from %(old)s to %(time)s"),
    "Cancelled": gettext_noop("Cancelled without a fee"),
    "CancelledFee": gettext_noop("Cancelled, fee %(fee)s"),
    "CheckedIn": gettext_noop("Checked in"),
    "CheckInUndone": gettext_noop("Check-in undone"),
    "NoShow": gettext_noop("Marked as a no-show"),
    "HoldReleased": gettext_noop("Places given back"),
    "HoldHasExpired": gettext_noop("Not confirmed in time, places given back"),
    "PlaceOffered": gettext_noop("Places for %(party)s offered from the waiting list"),
    "BookingRestored": gettext_noop("Cancellation undone"),
}
_ACTOR_NAMES: Final = {
    "guest": gettext_noop("the guest"),
    "operator": gettext_noop("the operator"),
    "system": gettext_noop("by itself"),
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
        slots = [
            self._slot(list(group))
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
                    "Bookings for this day will be listed here by time, with a "
                    "button to check each party in."
                ),
            ),
        )

    def _slot(self, arrivals: list[Arrival]) -> RunSheetSlot:
        _ = self.formatter.translations.gettext
        first = arrivals[0]
        expected = sum(arrival.party for arrival in arrivals)
        arrived = sum(arrival.party for arrival in arrivals if arrival.status == "checked_in")
        return RunSheetSlot(
            anchor=f"s-{first.slot_id}",
            time=self.formatter.time(first.starts_at),
            offering=first.offering_name,
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
            parties=tuple(self._party(arrival) for arrival in arrivals),
        )

    def _party(self, arrival: Arrival) -> PartyRow:
        state = _ARRIVAL_NAMES.get(arrival.status)
        return PartyRow(
            ref=arrival.ref,
            size=arrival.party,
            name=arrival.customer_name,
            status=arrival.status,
            state_text=self.formatter.translations.gettext(state) if state else "",
            href=admin_path(self.org, f"bookings/{arrival.ref}"),
            action=admin_path(self.org, f"today/{arrival.ref}"),
        )

    def _day_link(self, day: date, name: str) -> Link:
        return Link("", admin_path(self.org, "today", date=day.isoformat()), name=name)


def undo_bar(
    view: BookingView,
    last: HistoryEntry,
    formatter: LocaleFormatter,
    *,
    action: str,
    day: date | None = None,
) -> Undo:
    """The bar that undoes a check-in or a no-show; `day` when it is on the run sheet."""
    _ = formatter.translations.gettext
    name, party = view.booking.customer_name, formatter.people(view.booking.party)
    return Undo(
        _("%(name)s is checked in, %(party)s.", name=name, party=party)
        if last.kind == CheckedIn.kind()
        else _("%(name)s is marked as a no-show, %(party)s.", name=name, party=party),
        action,
        (last.at + timedelta(seconds=UNDO_SECONDS)).isoformat(),
        day.isoformat() if day else "",
    )


def booking_detail(
    page: PageContext,
    view: BookingView,
    history: Sequence[HistoryEntry],
    *,
    undoable: HistoryEntry | None,
) -> DetailView:
    """A booking with its history and the actions that its status allows."""
    booking, formatter = view.booking, page.formatter(view.venue)
    _ = page.translations.gettext
    org, day = page.organisation.slug, formatter.local(booking.starts_at).date()
    path = admin_path(org, f"bookings/{booking.ref}")
    contact = ", ".join(part for part in (booking.customer_email, booking.customer_phone) if part)
    source = ", ".join(f"{name} {value}" for name, value in (booking.source or {}).items())
    status = status_name(booking.status, page.translations)
    facts = (
        (view.offering.name, formatter.date_time(booking.starts_at)),
        (_("Party"), formatter.people(booking.party)),
        (_("Status"), status),
        (_("Contact"), contact),
        (_("Price"), formatter.money(booking.price)),
        (_("Booked"), formatter.date_time(booking.created_at)),
        (_("Came from"), source),
    )
    check_in = Link(_("Check in"), f"{path}/check-in", current=True)
    no_show = Link(_("No-show"), f"{path}/no-show")
    actions = {"confirmed": (check_in, no_show), "no_show": (check_in,)}.get(booking.status, ())
    run_sheet = admin_path(org, "today", date=day.isoformat()) + f"#p-{booking.ref}"
    return DetailView(
        title=booking.customer_name or status_name("held", page.translations),
        reference=booking.ref,
        facts=tuple((name, value) for name, value in facts if value),
        history=tuple(history_line(entry, formatter, booking.currency) for entry in history),
        back=Link(_("Back to the day"), run_sheet),
        actions=actions if page.context.may(Permission.CHANGE_BOOKINGS) else (),
        undo=undo_bar(view, undoable, formatter, action=f"{path}/undo") if undoable else None,
    )


def email_view(message: Message, formatter: LocaleFormatter) -> EmailView:
    """A message with the state of its delivery."""
    _ = formatter.translations.gettext
    return EmailView(
        subject=message.subject,
        recipient=message.recipient,
        status=message.status,
        status_text=_(_DELIVERY_NAMES[message.status]),
        when=formatter.date_time(message.sent_at or message.created_at),
        body=message.body_text,
    )


def history_line(entry: HistoryEntry, formatter: LocaleFormatter, currency: str) -> HistoryLine:
    """An event of a booking as a sentence."""
    _ = formatter.translations.gettext
    event = entry.event
    fee = event.fee if isinstance(event, Cancelled) else 0
    moved = event if isinstance(event, Rescheduled) else None
    kind = "CancelledFee" if fee else entry.kind
    text = _(
        _EVENT_TEXTS.get(kind, kind),
        party=formatter.people(event.party) if isinstance(event, BookingEvent) else "",
        old=formatter.date_time(moved.from_starts_at) if moved else "",
        time=formatter.date_time(moved.starts_at) if moved else "",
        fee=formatter.money(Money(fee, currency)) if fee else "",
    )
    return HistoryLine(
        when=formatter.date_time(entry.at),
        instant=entry.at.isoformat(),
        text=text,
        who=entry.actor_name or actor_name(entry.actor, formatter.translations),
    )


def actor_name(actor: str, translations: Translations) -> str:
    """The name of an actor that is neither an account nor an API key."""
    text = _ACTOR_NAMES.get(actor)
    return translations.gettext(text) if text else actor
