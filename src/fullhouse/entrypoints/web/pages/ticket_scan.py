"""Tickets at the gate: a scanned code, or a typed reference, checks a party in."""

import re
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from fullhouse.booking.errors import (
    AlreadyCancelled,
    AlreadyCheckedIn,
    BookingError,
    NotArrivalTime,
    UnknownBooking,
    WrongStatus,
)
from fullhouse.booking.events import CheckedIn
from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.entrypoints.web.day_views import Answer, TicketAnswer
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.arrivals import Arrivals, refusal_note
from fullhouse.localisation.translations import pgettext_noop

_TICKET: Final = re.compile(r"/(?P<org>[^/?#]+)/b/(?P<ref>[A-Za-z0-9]+)")
_WORDS: Final[Mapping[Answer, str]] = {
    "ok": pgettext_noop("ticket", "OK"),
    "already-in": pgettext_noop("ticket", "Already in"),
    "wrong-time": pgettext_noop("ticket", "Wrong day"),
    "cancelled": pgettext_noop("ticket", "Cancelled"),
    "unknown": pgettext_noop("ticket", "Unknown"),
    "refused": pgettext_noop("ticket", "Not possible"),
}
_CODE_CHARACTERS_MAX: Final = 400


def reference_of(code: str, org: str) -> str:
    """The reference that a ticket's code or a typed text names; empty for another business's."""
    text = code[:_CODE_CHARACTERS_MAX]
    if found := _TICKET.search(text):
        return found["ref"].upper() if found["org"] == org else ""
    return re.sub("[^A-Z0-9]", "", text.upper()) if "/" not in text else ""


class TicketScan(msgspec.Struct, frozen=True):
    """Checks in whom a ticket names, and says in a word what became of it."""

    arrivals: Arrivals

    async def __call__(self, page: PageContext, code: str) -> TicketAnswer:
        """The answer; nothing is recorded unless it is `ok`."""
        ref = reference_of(code, page.organisation.slug)
        try:
            view = await self.arrivals.view(page, ref)
        except UnknownBooking:
            return _unknown(page)
        try:
            await self.arrivals.act(page, view.booking, "check-in")
        except AlreadyCheckedIn as error:
            return await self._already_in(page, view, error)
        except BookingError as error:
            return _refused(page, view, error)
        return _answer(page, view, "ok", verb="undo")

    async def _already_in(
        self, page: PageContext, view: BookingView, error: AlreadyCheckedIn
    ) -> TicketAnswer:
        """With when that was: a ticket that is shown twice is noticed by it."""
        booking, formatter = view.booking, page.formatter(view.venue)
        history = await self.arrivals.bookings.history(booking.org_id, booking.booking_id)
        arrived = [entry.at for entry in history if entry.kind == CheckedIn.kind()]
        if not arrived:
            return _refused(page, view, error)
        text = page.translations.gettext(
            "Arrived at %(time)s.",
            time=formatter.time_on(formatter.today(page.now), arrived[-1]),
        )
        return _answer(page, view, "already-in", text=text)


def _unknown(page: PageContext) -> TicketAnswer:
    _ = page.translations.gettext
    text = _("There is no booking with this code here. Look for the guest by name.")
    return TicketAnswer("unknown", _word("unknown", page), text)


def _refused(page: PageContext, view: BookingView, error: BookingError) -> TicketAnswer:
    text = refusal_note(page.formatter(view.venue), view.booking, error).text
    match error:
        case NotArrivalTime():
            return _wrong_time(page, view, text)
        case AlreadyCancelled():
            return _answer(page, view, "cancelled", text=text)
        case WrongStatus():
            return _unknown(page)
        case _:
            return _answer(page, view, "refused", text=text)


def _wrong_time(page: PageContext, view: BookingView, text: str) -> TicketAnswer:
    answer = _answer(page, view, "wrong-time", text=text, verb="check-in-anyway")
    formatter = page.formatter(view.venue)
    starts_on = formatter.local(view.booking.starts_at).date()
    if starts_on == formatter.today(page.now):
        word = page.translations.pgettext("ticket", "Wrong time")
        return msgspec.structs.replace(answer, word=word)
    return answer


def _answer(
    page: PageContext,
    view: BookingView,
    answer: Answer,
    *,
    text: str = "",
    verb: Literal["", "check-in-anyway", "undo"] = "",
) -> TicketAnswer:
    booking, formatter = view.booking, page.formatter(view.venue)
    return TicketAnswer(
        answer,
        _word(answer, page),
        text or f"{view.offering.name}, {formatter.time(booking.starts_at)}",
        booking.customer_name,
        formatter.people(booking.party),
        booking.ref,
        admin_path(page.organisation.slug, f"bookings/{booking.ref}"),
        verb,
    )


def _word(answer: Answer, page: PageContext) -> str:
    return page.translations.pgettext("ticket", _WORDS[answer])
