"""Arrivals: check in, mark as no-show and undo, as run sheet and booking pages record them."""

import asyncio
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Final, Literal

import msgspec

from fullhouse.booking.actions.check_in import CheckIn
from fullhouse.booking.actions.mark_no_show import MarkNoShow
from fullhouse.booking.actions.undo_check_in import UndoCheckIn
from fullhouse.booking.error_texts import ErrorContext
from fullhouse.booking.errors import (
    BookingError,
    BookingQuarantined,
    NotArrivalTime,
    UnknownBooking,
)
from fullhouse.booking.events import CheckedIn, NoShow
from fullhouse.booking.model.booking import SOURCES, Booking, Verb
from fullhouse.booking.model.terms import is_arrival_time, is_missed
from fullhouse.booking.model.urls import BookingUrls
from fullhouse.booking.reads.bookings import Bookings, BookingView, HistoryEntry
from fullhouse.booking.reads.search import BookingMatch, BookingSearches
from fullhouse.entrypoints.web.admin_actions import Action
from fullhouse.entrypoints.web.error_notes import error_note
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.staff_presenter import undo_bar
from fullhouse.entrypoints.web.views import Note, Undo
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop

ArrivalVerb = Literal["check-in", "check-in-anyway", "no-show", "undo"]
_VERBS: Final[dict[ArrivalVerb, Verb]] = {
    "check-in": "check_in",
    "check-in-anyway": "check_in",
    "no-show": "mark_no_show",
    "undo": "undo_check_in",
}
_CHECKED_IN: Final = ngettext_noop("%(n)s booking is checked in.", "%(n)s bookings are checked in.")
_NOT_ARRIVED: Final = ngettext_noop("%(n)s booking is a no-show.", "%(n)s bookings are no-shows.")


class Arrivals(msgspec.Struct, frozen=True):
    """Records arrivals of bookings."""

    bookings: Bookings
    searches: BookingSearches
    check_in: CheckIn
    mark_no_show: MarkNoShow
    undo_check_in: UndoCheckIn
    clock: Clock

    def actions(self) -> tuple[Action[BookingMatch], ...]:
        """The actions of a booking on the admin pages."""
        return (
            self._action("check-in", _("Check in"), _CHECKED_IN),
            self._action("no-show", _("No-show"), _NOT_ARRIVED),
            self._action("check-in-anyway", _("Check in anyway")),
        )

    def _action(
        self, verb: ArrivalVerb, label: str, done: tuple[str, str] | None = None
    ) -> Action[BookingMatch]:
        return Action(
            verb,
            label,
            partial(self.record_many, verb=verb),
            Permission.CHANGE_BOOKINGS,
            done,
            lambda row: (
                row.booking.status in SOURCES[_VERBS[verb]] and self._is_timely(row.booking, verb)
            ),
        )

    def _is_timely(self, booking: Booking, verb: ArrivalVerb) -> bool:
        """Whether a button stands on the page of a booking at this time."""
        now = self.clock.now()
        if verb == "no-show":
            return is_missed(booking, now=now)
        return is_arrival_time(booking, now=now) == (verb == "check-in")

    def warning(self, booking: Booking, formatter: LocaleFormatter) -> Note | None:
        """That it cannot be changed, or that the ticket is for another time."""
        if booking.quarantined_at is not None:
            return refusal_note(formatter, booking, BookingQuarantined())
        if self._is_timely(booking, "check-in") or booking.status not in SOURCES["check_in"]:
            return None
        error = NotArrivalTime(starts_at=booking.starts_at)
        return refusal_note(formatter, booking, error)

    async def view(self, page: PageContext, ref: str) -> BookingView:
        """Raises `UnknownBooking`."""
        view = await self.bookings.by_ref(page.org_id, ref.upper())
        if view is None:
            raise UnknownBooking
        return view

    async def record(self, page: PageContext, ref: str, verb: ArrivalVerb) -> Note | None:
        """Return the note of a refusal, None when it is recorded. Raises `UnknownBooking`."""
        view = await self.view(page, ref)
        try:
            await self.act(page, view.booking, verb)
        except BookingError as error:
            return refusal_note(page.formatter(view.venue), view.booking, error)
        return None

    async def record_many(
        self, page: PageContext, refs: Sequence[str], verb: ArrivalVerb
    ) -> Sequence[str]:
        """Record arrivals in one commit of the ledger; return a reason for each refusal."""
        bookings = await self.searches.by_refs(page.org_id, refs)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._refusal(page, one, verb)) for one in bookings]
        unknown = {ref.upper() for ref in refs} - {booking.ref for booking in bookings}
        gettext = page.translations.gettext
        return [
            *(text for task in tasks if (text := task.result())),
            *(gettext("There is no booking %(ref)s.", ref=ref) for ref in sorted(unknown)),
        ]

    async def _refusal(self, page: PageContext, booking: Booking, verb: ArrivalVerb) -> str:
        """Record an arrival; the reason when it is refused."""
        try:
            await self.act(page, booking, verb)
        except BookingError as error:
            match = await self.searches.match(booking)
            note = refusal_note(page.formatter(match.venue), booking, error)
            return f"{booking.customer_name}: {note.text}"
        return ""

    async def act(self, page: PageContext, booking: Booking, verb: ArrivalVerb) -> None:
        """Raises `BookingError`."""
        org_id, booking_id, context = booking.org_id, booking.booking_id, page.context
        match verb:
            case "check-in":
                await self.check_in(org_id, booking_id, context=context, loaded=booking)
            case "check-in-anyway":
                await self.check_in(
                    org_id, booking_id, context=context, loaded=booking, any_time=True
                )
            case "no-show":
                await self.mark_no_show(org_id, booking_id, context=context, loaded=booking)
            case "undo":
                await self.undo_check_in(org_id, booking_id, context=context)

    def undo_bar(
        self,
        booking: Booking,
        history: Sequence[HistoryEntry],
        formatter: LocaleFormatter,
        *,
        action: str = "",
        day: date | None = None,
    ) -> Undo | None:
        """The bar of a check-in or a no-show that was the last change."""
        last = history[-1] if history else None
        if last is None or last.kind not in {CheckedIn.kind(), NoShow.kind()}:
            return None
        return undo_bar(booking, last, formatter, action=action, day=day)


def refusal_note(formatter: LocaleFormatter, booking: Booking, error: FullhouseError) -> Note:
    urls = BookingUrls("", booking.ref, "")  # a refusal of an arrival links and promises nothing
    return error_note(
        ErrorContext(formatter, error, booking.starts_at, booking.party, urls, sends_email=False)
    )
