"""Presenter of a customer's booking: the ticket, and the page to change it. Pure."""

from datetime import date, datetime
from typing import Final

import msgspec
import segno

from fullhouse.booking.model.booking import ChangePolicy
from fullhouse.booking.model.urls import BookingUrls, OfferingUrls, admin_path
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.entrypoints.web.availability_view import (
    AvailabilityView,
    MonthLinks,
    month_view,
    slot_rows,
)
from fullhouse.entrypoints.web.maps import directions_url
from fullhouse.entrypoints.web.statuses import status_name
from fullhouse.entrypoints.web.views import ChangePage, Note, SlotRow, Ticket, TicketPage
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter

VOID: Final = frozenset({"cancelled", "released", "expired"})


class BookingPagePresenter(msgspec.Struct, frozen=True):
    """Presents a booking to its customer, at one instant."""

    view: BookingView
    business: str
    formatter: LocaleFormatter
    urls: BookingUrls
    base_url: str
    now: datetime
    manages: bool
    """Whether the link may change the booking, or only shows it."""

    def ticket_page(self, note: Note | None, *, undo_href: str) -> TicketPage:
        booking, venue = self.view.booking, self.view.venue
        void = booking.status in VOID
        changes = self.manages and (
            self.view.cancellation(self.now).allowed or self.view.rescheduling(self.now).allowed
        )
        return TicketPage(
            ticket=self.ticket(),
            note=note or self.status_note(undo_offered=bool(undo_href)),
            calendar_href="" if void else self.urls.calendar,
            change_href=self.urls.change if changes else "",
            directions_href=""
            if void
            else directions_url(
                latitude=venue.latitude, longitude=venue.longitude, address=venue.address
            ),
            again_href=OfferingUrls(self.urls.org, self.view.offering.slug).path if void else "",
            undo_href=undo_href,
            undo_text=self.formatter.translations.gettext(
                "Your booking is cancelled. You can undo this for one minute; "
                "your places are kept until then."
            ),
            token=self.urls.token,
        )

    def ticket(self) -> Ticket:
        booking, formatter, _ = (
            self.view.booking,
            self.formatter,
            self.formatter.translations.gettext,
        )
        price = formatter.money(booking.price)
        where = ", ".join(part for part in (self.view.venue.name, self.view.venue.address) if part)
        return Ticket(
            ref=booking.ref,
            status=booking.status,
            status_text=status_name(booking.status, formatter.translations),
            void=booking.status in VOID,
            business=self.business,
            offering=self.view.offering.name,
            day=formatter.full_date(formatter.local(booking.starts_at).date()),
            time=formatter.time_range(booking.starts_at, booking.ends_at),
            zone=_("Local time in %(city)s", city=formatter.zone_city()),
            lines=(
                (_("Name"), booking.customer_name),
                (_("Guests"), formatter.people(booking.party)),
                (_("Price"), price),
                (_("Where"), where),
            ),
            where=where,
            qr=qr_code(self.base_url + admin_path(self.urls.org, f"bookings/{booking.ref}")),
            code=_("QR code of booking %(ref)s", ref=booking.ref),
        )

    def status_note(self, *, undo_offered: bool) -> Note | None:
        """The note for a booking that is over or has begun."""
        _ = self.formatter.translations.gettext
        booking = self.view.booking
        never = Note(
            "info", _("This reservation was never confirmed, so the places were released.")
        )
        notes = {
            "cancelled": self._cancelled_note(undo_offered=undo_offered),
            "checked_in": Note("good", _("You have arrived. Welcome.")),
            "no_show": Note(
                "info", _("You had not arrived when your time began. Call us if this is wrong.")
            ),
            "released": never,
            "expired": never,
        }
        return notes.get(booking.status)

    def _cancelled_note(self, *, undo_offered: bool) -> Note | None:
        """None while the page offers to undo: that says the same."""
        _ = self.formatter.translations.gettext
        booking = self.view.booking
        if booking.fee_amount:
            fee = self.formatter.money(Money(booking.fee_amount, booking.currency))
            return Note(
                "info", _("This booking is cancelled. The cancellation fee is %(fee)s.", fee=fee)
            )
        if undo_offered:
            return None
        return Note("info", _("This booking is cancelled."))

    def change_page(
        self,
        availability: AvailabilityView,
        day: date,
        *,
        picked: str | None,
        note: Note | None,
        last: date,
    ) -> ChangePage:
        """The page to move or cancel; `picked` is the id of the slot to move to."""
        urls = self.urls
        moving, leaving = self.view.rescheduling(self.now), self.view.cancellation(self.now)
        current = {str(slot.slot_id) for slot in self.view.slots}
        rows = tuple(
            row
            for row in slot_rows(availability, day, urls.slot, waits=False)
            if row.slot_id not in current
        )
        picked_row = next((row for row in rows if row.slot_id == picked and row.href), None)
        links = MonthLinks(urls.move_day, urls.move_month)
        return ChangePage(
            ref=self.view.booking.ref,
            token=urls.token,
            summary=self.summary_line(),
            back_href=urls.ticket,
            move_allowed=moving.allowed,
            move_text=self._move_text(moving),
            action_move=urls.move,
            month=month_view(availability, day.replace(day=1), chosen=day, last=last, links=links)
            if moving.allowed
            else None,
            day_title=self.formatter.long_date(day),
            slots=rows,
            picked=picked_row,
            move_button=self._move_button(availability, picked_row) if picked_row else "",
            move_close_href=urls.move_day(day),
            cancel_allowed=leaving.allowed,
            cancel_text=self._cancel_text(leaving),
            cancel_button=self._cancel_button(leaving),
            action_cancel=urls.cancel,
            action_renew=urls.renew,
            note=note,
            empty="" if any(row.href for row in rows) else self._no_other_time(day),
        )

    def _no_other_time(self, day: date) -> str:
        return self.formatter.translations.gettext(
            "No other time on %(day)s is available for %(party)s.",
            day=self.formatter.long_date(day),
            party=self.formatter.people(self.view.booking.party),
        )

    def _move_text(self, terms: ChangePolicy) -> str:
        """How to choose another time, or why that is not possible."""
        _ = self.formatter.translations.gettext
        if not self.view.offering.published:
            return _("No other times are on sale. Please call us.")
        if not terms.allowed:
            until = self.formatter.date_time(terms.until)
            return _(
                "It's too late to change the time: that was possible until %(until)s.", until=until
            )
        return _(
            "Choose another day or time for your party of %(n)s. The price stays the same.",
            n=self.view.booking.party,
        )

    def summary_line(self) -> str:
        booking, formatter = self.view.booking, self.formatter
        parts = (
            self.view.offering.name,
            formatter.date_time(booking.starts_at),
            formatter.people(booking.party),
        )
        return ", ".join(parts)

    def _move_button(self, availability: AvailabilityView, picked: SlotRow) -> str:
        new = next(slot for slot in availability.slots if str(slot.slot_id) == picked.slot_id)
        return self.formatter.translations.gettext(
            "Move from %(old)s to %(new)s",
            old=self.formatter.date_time(self.view.booking.starts_at),
            new=self.formatter.date_time(new.starts_at),
        )

    def _cancel_text(self, terms: ChangePolicy) -> str:
        """The policy of cancelling as it applies now."""
        _ = self.formatter.translations.gettext
        formatter = self.formatter
        if not terms.allowed:
            return _(
                "This booking could be cancelled until %(until)s. Please call us "
                "if you cannot come.",
                until=formatter.date_time(terms.until),
            )
        if terms.fee.amount:
            return _(
                "Free cancellation ended %(until)s. Cancelling now costs %(fee)s.",
                until=formatter.date_time(terms.free_until),
                fee=formatter.money(terms.fee),
            )
        free_until = (
            max(terms.free_until, terms.until) if self._is_always_free else terms.free_until
        )
        return _("Free cancellation until %(until)s.", until=formatter.date_time(free_until))

    def _cancel_button(self, terms: ChangePolicy) -> str:
        if terms.fee.amount:
            return self.formatter.translations.gettext(
                "Cancel booking (%(fee)s fee)", fee=self.formatter.money(terms.fee)
            )
        return self.formatter.translations.gettext("Cancel booking")

    @property
    def _is_always_free(self) -> bool:
        return self.view.offering.cancel_fee_percent == 0


def qr_code(text: str) -> str:
    """An SVG without styles, as the content security policy requires."""
    return segno.make_qr(text, error="m").svg_inline(border=0, omitsize=True)
