"""`/admin/{org}/…`: the run sheet of a day, one booking with its history, and the outbox."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Literal

import msgspec

from fullhouse.booking.actions.check_in import CheckIn
from fullhouse.booking.actions.mark_no_show import MarkNoShow
from fullhouse.booking.actions.undo_check_in import UndoCheckIn
from fullhouse.booking.availability.availability import midnight
from fullhouse.booking.errors import BookingError, UnknownBooking
from fullhouse.booking.events import CheckedIn, NoShow
from fullhouse.booking.limits import UNDO_SECONDS
from fullhouse.booking.model.urls import BookingUrls, admin_path
from fullhouse.booking.reads.bookings import (
    Bookings,
    BookingView,
    HistoryEntry,
    arrivals_between,
)
from fullhouse.entrypoints.http.response import Response
from fullhouse.entrypoints.inputs.times import read_date
from fullhouse.entrypoints.web.error_notes import ErrorContext, error_note
from fullhouse.entrypoints.web.navigation import navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.staff_presenter import RunSheetPresenter, email_view
from fullhouse.entrypoints.web.views import Note, Undo
from fullhouse.kernel.clock import Clock
from fullhouse.messages.reads import outbox
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database

ArrivalVerb = Literal["check-in", "no-show", "undo"]


class StaffPages(msgspec.Struct, frozen=True):
    """The pages of staff at work. Times are those of the organisation's first venue."""

    database: Database
    bookings: Bookings
    check_in_action: CheckIn
    mark_no_show: MarkNoShow
    undo_check_in: UndoCheckIn
    clock: Clock

    async def today(self, page: PageContext) -> Response:
        day = read_date(page.query("date"))
        return await self._run_sheet(page, day, undo_ref=page.query("undo"))

    async def booking(self, page: PageContext) -> Response:
        return await self._booking(page, await self._view(page))

    async def outbox(self, page: PageContext) -> Response:
        presenter = await self._presenter(page)
        async with self.database.session() as session:
            messages = await outbox(session, page.org_id)
        return page.render(
            "outbox.html",
            page.translations.gettext("Outbox"),
            navigation=navigation(page, "outbox"),
            emails=tuple(email_view(message, presenter.formatter) for message in messages),
        )

    async def check_in(self, page: PageContext) -> Response:
        return await self._record(page, "check-in")

    async def no_show(self, page: PageContext) -> Response:
        return await self._record(page, "no-show")

    async def undo(self, page: PageContext) -> Response:
        return await self._record(page, "undo")

    async def _record(self, page: PageContext, verb: ArrivalVerb) -> Response:
        """Record an arrival or a no-show, or undo it; then redirect to the page of the button."""
        form = await page.form()
        view = await self._view(page)
        day = read_date(form.get("date"))
        try:
            await self._act(page, view, verb)
        except BookingError as error:
            note = _refusal_note(page, view, error)
            if day is not None:
                return await self._run_sheet(page, day, note=note)
            return await self._booking(page, view, note=note)
        org, ref = page.organisation.slug, view.booking.ref
        if day is None:
            return page.redirect(admin_path(org, f"bookings/{ref}"))
        undo = None if verb == "undo" else ref
        path = admin_path(org, "today", date=day.isoformat(), undo=undo)
        return page.redirect(f"{path}#p-{ref}")

    async def _act(self, page: PageContext, view: BookingView, verb: ArrivalVerb) -> None:
        booking, context = view.booking, page.context
        org_id, booking_id = booking.org_id, booking.booking_id
        match verb:
            case "check-in":
                await self.check_in_action(org_id, booking_id, context=context, loaded=booking)
            case "no-show":
                await self.mark_no_show(org_id, booking_id, context=context, loaded=booking)
            case "undo":
                await self.undo_check_in(org_id, booking_id, context=context)

    async def _presenter(self, page: PageContext) -> RunSheetPresenter:
        async with self.database.session() as session:
            found = await venues(session, page.org_id)
        formatter = page.formatter(found[0]) if found else page.utc_formatter
        return RunSheetPresenter(page.organisation.slug, formatter, self.clock.now())

    async def _view(self, page: PageContext) -> BookingView:
        """Raises `UnknownBooking`."""
        view = await self.bookings.by_ref(page.org_id, page.path_parameter("ref").upper())
        if view is None:
            raise UnknownBooking
        return view

    async def _run_sheet(
        self,
        page: PageContext,
        requested: date | None,
        *,
        undo_ref: str | None = None,
        note: Note | None = None,
    ) -> Response:
        presenter = await self._presenter(page)
        zone = presenter.formatter.zone.key
        day = requested or presenter.formatter.today(presenter.now)
        async with self.database.session() as session:
            arrivals = await arrivals_between(
                session,
                page.org_id,
                first=midnight(day, zone),
                last=midnight(day + timedelta(days=1), zone),
            )
        content = presenter.run_sheet(
            day,
            arrivals,
            undo=await self._undo_of(page, presenter, undo_ref, day=day) if undo_ref else None,
            note=note,
        )
        return page.render(
            "today.html",
            content.title,
            status=HTTPStatus.OK if note is None else HTTPStatus.CONFLICT,
            navigation=navigation(page, "today"),
            page=content,
        )

    async def _booking(
        self, page: PageContext, view: BookingView, *, note: Note | None = None
    ) -> Response:
        booking = view.booking
        formatter = page.formatter(view.venue)
        presenter = RunSheetPresenter(page.organisation.slug, formatter, self.clock.now())
        history = await self.bookings.history(booking.org_id, booking.booking_id)
        undo = _undo(presenter, view, history, day=None)
        content = presenter.booking(view, history, undo=undo, note=note)
        return page.render(
            "booking.html",
            f"{content.name}, {content.ref}",
            status=HTTPStatus.OK if note is None else HTTPStatus.CONFLICT,
            navigation=navigation(page, "today"),
            page=content,
        )

    async def _undo_of(
        self, page: PageContext, presenter: RunSheetPresenter, ref: str, *, day: date
    ) -> Undo | None:
        """The undo bar of a booking, within its minute."""
        view = await self.bookings.by_ref(page.org_id, ref)
        if view is None:
            return None
        booking = view.booking
        history = await self.bookings.history(booking.org_id, booking.booking_id)
        return _undo(presenter, view, history, day=day)


def _undo(
    presenter: RunSheetPresenter,
    view: BookingView,
    history: list[HistoryEntry],
    *,
    day: date | None,
) -> Undo | None:
    """The undo bar of the last check-in or no-show, while it can be undone."""
    last = history[-1] if history else None
    if last is None or last.kind not in {CheckedIn.kind(), NoShow.kind()}:
        return None
    until = last.at + timedelta(seconds=UNDO_SECONDS)
    return presenter.undo(view, last, until, day=day) if presenter.now < until else None


def _refusal_note(page: PageContext, view: BookingView, error: BookingError) -> Note:
    booking = view.booking
    urls = BookingUrls(page.organisation.slug, booking.ref, "")
    formatter = page.formatter(view.venue)
    return error_note(ErrorContext(formatter, error, booking.starts_at, booking.party, urls))
