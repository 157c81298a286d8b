"""Tickets at the gate: a scanned code, or a typed reference, checks a party in."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from fullhouse.booking.actions.admit_ticket import Admission, AdmitTicket, Answer
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.urls import admin_path, reference_of
from fullhouse.booking.reads.bookings import Bookings
from fullhouse.entrypoints.web.day_views import TicketAnswer
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.arrivals import refusal_note
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import pgettext_noop

_WORDS: Final[Mapping[Answer, str]] = {
    "ok": pgettext_noop("ticket", "OK"),
    "already-in": pgettext_noop("ticket", "Already in"),
    "wrong-time": pgettext_noop("ticket", "Wrong day"),
    "cancelled": pgettext_noop("ticket", "Cancelled"),
    "unknown": pgettext_noop("ticket", "Unknown"),
    "refused": pgettext_noop("ticket", "Not possible"),
}
_VERBS: Final[Mapping[Answer, Literal["", "check-in-anyway", "undo"]]] = {
    "ok": "undo",
    "wrong-time": "check-in-anyway",
}


class TicketScan(msgspec.Struct, frozen=True):
    """Admits whom a ticket names, and says in a word what became of it."""

    admit: AdmitTicket
    bookings: Bookings

    async def __call__(self, page: PageContext, code: str) -> TicketAnswer:
        ref = reference_of(code, page.organisation.slug)
        admission = await self.admit(page.org_id, ref, context=page.context)
        booking = admission.booking
        if booking is None or admission.answer == "unknown":
            text = page.translations.gettext(
                "There is no booking with this code here. Look for the guest by name."
            )
            return TicketAnswer("unknown", _word("unknown", page), text)
        view = await self.bookings.view(booking)
        formatter = page.formatter(view.venue)
        return TicketAnswer(
            admission.answer,
            _word_of(page, admission, booking, formatter=formatter),
            _text(page, admission, formatter)
            or f"{view.offering.name}, {formatter.time(booking.starts_at)}",
            booking.customer_name,
            formatter.people(booking.party),
            booking.ref,
            admin_path(page.organisation.slug, f"bookings/{booking.ref}"),
            _VERBS.get(admission.answer, ""),
        )


def _word_of(
    page: PageContext, admission: Admission, booking: Booking, *, formatter: LocaleFormatter
) -> str:
    starts_on = formatter.local(booking.starts_at).date()
    if admission.answer == "wrong-time" and starts_on == formatter.today(page.now):
        return page.translations.pgettext("ticket", "Wrong time")
    return _word(admission.answer, page)


def _text(page: PageContext, admission: Admission, formatter: LocaleFormatter) -> str:
    """Why not, or when the ticket was shown before: so that one used twice is noticed."""
    if admission.arrived_at is not None:
        time = formatter.time_on(formatter.today(page.now), admission.arrived_at)
        return page.translations.gettext("Arrived at %(time)s.", time=time)
    if admission.error is None or admission.booking is None:
        return ""
    return refusal_note(formatter, admission.booking, admission.error).text


def _word(answer: Answer, page: PageContext) -> str:
    return page.translations.pgettext("ticket", _WORDS[answer])
