"""Presenter of a customer's booking: the ticket, and the page to change it. Pure."""

from datetime import datetime

import msgspec

from fullhouse.booking.error_texts import QUARANTINED
from fullhouse.booking.model.answer_texts import answer_texts
from fullhouse.booking.model.booking import ATTENDING
from fullhouse.booking.model.questions import answers_of
from fullhouse.booking.model.status_names import status_name
from fullhouse.booking.model.terms import ChangePolicy
from fullhouse.booking.model.urls import ACCOUNT_PATH, BookingUrls, OfferingUrls
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.entrypoints.web.views import Note
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.messages.facts import VOID, BookingFacts, Fact, booking_facts, map_url
from fullhouse.messages.qr import qr_svg
from fullhouse.people.model import Organisation


class Ticket(msgspec.Struct, frozen=True):
    """The ticket of a booking."""

    ref: str
    status: str
    status_text: str
    void: bool
    business: str
    offering: str
    day: str
    time: str
    zone: str
    facts: BookingFacts
    answers: tuple[Fact, ...]
    """Only for whom the link lets change the booking: a ticket is shown to others as well."""
    qr: str
    code: str
    closed: str
    """That its time is closed, and why; empty for one that takes place."""


class TicketPage(msgspec.Struct, frozen=True):
    """The ticket with its links, which are empty where the policy forbids the change."""

    ticket: Ticket
    note: Note | None
    calendar_href: str
    change_href: str
    cancel_href: str
    directions_href: str
    again_href: str
    undo_href: str = ""
    undo_text: str = ""
    token: str = ""
    account_href: str = ""
    """Where the guest sees all her bookings; empty for who may only look at this one."""


class CancelPage(msgspec.Struct, frozen=True):
    """Cancelling one booking; without `button` it is too late."""

    token: str
    summary: str
    text: str
    payment: str
    button: str
    action: str
    back_href: str
    change_href: str
    note: Note | None = None


class BookingPagePresenter(msgspec.Struct, frozen=True):
    """Presents a booking to its customer, at one instant."""

    view: BookingView
    organisation: Organisation
    formatter: LocaleFormatter
    urls: BookingUrls
    scanned_url: str
    """The address in the QR code: it shows the ticket, and leads staff to their own page."""
    now: datetime
    manages: bool
    """Whether the link may change the booking, or only shows it."""
    emails_guest: bool
    """Whether e-mails about the booking are sent: see `PageContext.sends_to`."""
    closed_reason: str = ""
    """Why its time is closed; empty where it takes place."""

    def ticket_page(self, note: Note | None, *, undo_href: str) -> TicketPage:
        booking, venue = self.view.booking, self.view.venue
        void = booking.status in VOID
        changes = self.manages and booking.status in ATTENDING and self.now < booking.ends_at
        cancels = self.manages and self.view.cancellation(self.now).allowed
        return TicketPage(
            ticket=self.ticket(),
            note=self._quarantine_note() or note or self.status_note(undo_offered=bool(undo_href)),
            calendar_href="" if void else self.urls.calendar,
            change_href=self.urls.change if changes else "",
            cancel_href=self.urls.cancel_page if cancels else "",
            directions_href="" if void else map_url(venue),
            again_href=OfferingUrls(self.urls.org, self.view.offering.slug).path if void else "",
            undo_href=undo_href,
            undo_text=self.formatter.translations.gettext(
                "Your booking is cancelled. You can undo this for one minute; "
                "your places are kept until then."
            ),
            token=self.urls.token,
            account_href=ACCOUNT_PATH if self.manages and booking.customer_email else "",
        )

    def ticket(self) -> Ticket:
        booking, formatter, _ = (
            self.view.booking,
            self.formatter,
            self.formatter.translations.gettext,
        )
        return Ticket(
            ref=booking.ref,
            status=booking.status,
            status_text=status_name(booking.status, formatter.translations),
            void=booking.status in VOID,
            business=self.organisation.name,
            offering=self.view.offering.name,
            day=formatter.full_date(formatter.local(booking.starts_at).date()),
            time=formatter.time_range(booking.starts_at, booking.ends_at),
            zone=_("Local time in %(city)s", city=formatter.zone_city()),
            facts=booking_facts(self.view, self.organisation, formatter, now=self.now),
            answers=self._answers(),
            qr=qr_svg(self.scanned_url),
            code=_("QR code of booking %(ref)s", ref=booking.ref),
            closed=_("Closed: %(reason)s", reason=self.closed_reason) if self.closed_reason else "",
        )

    def _answers(self) -> tuple[Fact, ...]:
        given = answers_of(self.view.booking.answers) if self.manages else ()
        return tuple(Fact(*one) for one in answer_texts(given, self.formatter.translations))

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
            "confirmed": self._closed_note(),
        }
        return notes.get(booking.status)

    def _quarantine_note(self) -> Note | None:
        """Why nothing of the booking can be changed at the moment."""
        _ = self.formatter.translations.gettext
        is_quarantined = self.view.booking.quarantined_at is not None
        return Note("warn", _(QUARANTINED)) if is_quarantined else None

    def _closed_note(self) -> Note | None:
        """That the time of a booking does not take place, and what its guest can do."""
        _ = self.formatter.translations.gettext
        if not self.closed_reason:
            return None
        closed = _("We are closed at this time: %(reason)s", reason=self.closed_reason)
        if self.manages and self.view.rescheduling(self.now).allowed:
            return Note("warn", closed, _("Please choose another time, or cancel the booking."))
        return Note("warn", closed, _("Please call us."))

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

    def summary_line(self) -> str:
        booking, formatter = self.view.booking, self.formatter
        parts = (
            self.view.offering.name,
            formatter.date_time(booking.starts_at),
            formatter.people(booking.party),
        )
        return ", ".join(parts)

    def cancel_page(self, note: Note | None) -> CancelPage:
        terms = self.view.cancellation(self.now)
        return CancelPage(
            token=self.urls.token,
            summary=self.summary_line(),
            text=self._cancel_text(terms),
            payment=self.view.offering.how_to_pay if terms.allowed and terms.fee.amount else "",
            button=self._cancel_button(terms) if terms.allowed else "",
            action=self.urls.cancel,
            back_href=self.urls.ticket,
            change_href=self.urls.change,
            note=note,
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
