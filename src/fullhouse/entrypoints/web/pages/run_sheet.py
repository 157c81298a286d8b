"""`/admin/{org}/today`: who is expected on a day, who has come, and who comes without a booking."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, get_args

import msgspec
from msgspec import structs

from fullhouse.booking.actions.cancel_booking import CancelBooking
from fullhouse.booking.errors import BookingError
from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.reads.bookings import has_just_booked
from fullhouse.booking.reads.run_sheet_changes import sheet_state
from fullhouse.booking.reads.run_sheets import DayOfArrivals, arrivals_on
from fullhouse.entrypoints.web.day_views import PartyRow, RunSheet
from fullhouse.entrypoints.web.forms import read_choice
from fullhouse.entrypoints.web.limits import SEARCH_CHARACTERS_MAX
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.arrivals import Arrivals, ArrivalVerb
from fullhouse.entrypoints.web.pages.staff_bookings import (
    PARTY_DEFAULT,
    BookingAttempt,
    FormTarget,
    StaffBooking,
    StaffBookings,
    needs_insisting,
    read_staff_booking,
    staff_booking_note,
)
from fullhouse.entrypoints.web.pages.ticket_scan import TicketScan
from fullhouse.entrypoints.web.run_sheet_presenter import SHOWS, RunSheetPresenter, SheetQuery
from fullhouse.entrypoints.web.sheet_changes import SheetChanges
from fullhouse.entrypoints.web.views import Link, Note, Undo
from fullhouse.http.response import JSON_TYPE, NO_STORE, Response
from fullhouse.kernel.context import Permission
from fullhouse.people.reads.organisations import venues
from fullhouse.scheduling.model.wall_text import read_date
from fullhouse.storage.database import Database

_VERBS: Final[tuple[ArrivalVerb, ...]] = get_args(ArrivalVerb)
_UNBOOK: Final = "unbook"
_HTML: Final = (b"content-type", b"text/html; charset=utf-8")


class OpenedSheet(msgspec.Struct, frozen=True):
    """What a request sees of a day."""

    day: DayOfArrivals
    presenter: RunSheetPresenter
    query: SheetQuery
    country: str

    def sheet(self, query: SheetQuery | None = None) -> RunSheet:
        """The page, with where the changes after it are told."""
        presenter = self.presenter
        live = admin_path(
            presenter.org,
            "today/live",
            date=self.day.day.isoformat(),
            seen=sheet_state(self.day, presenter.now).digest,
        )
        sheet = presenter.run_sheet(self.day, self.query if query is None else query)
        return structs.replace(sheet, live_href=live)


class RunSheetPages(msgspec.Struct, frozen=True):
    """The run sheet. Without a day in the query it is today's at the first venue."""

    database: Database
    arrivals: Arrivals
    scan_ticket: TicketScan
    staff_bookings: StaffBookings
    cancel_booking: CancelBooking
    navigation: Navigation

    async def today(self, page: PageContext) -> Response:
        opened = await self.open(page, page.request.query)
        undo_ref = page.query("undo")
        undo = await self._undo(page, opened, undo_ref) if undo_ref else None
        sheet = opened.sheet()
        if page.query("new") and opened.presenter.may_change:
            sheet = self._with_form(page, opened, self._first_form(page, opened))
        return self._render(page, structs.replace(sheet, undo=undo))

    async def record(self, page: PageContext) -> Response:
        """Record an arrival or a no-show, or undo it: the name of the button is the verb."""
        form = await page.form()
        if _UNBOOK in form:
            return await self._unbook(page, form)
        verb = next((verb for verb in _VERBS if verb in form), None)
        if verb is None:
            return page.redirect(admin_path(page.organisation.slug, "today"))
        ref = form[verb].upper()
        note = await self.arrivals.record(page, ref, verb)
        if _wants_fragment(page):
            undo_ref = None if note or verb == "undo" else ref
            return await self._changed(page, form, ref=ref, undo_ref=undo_ref, note=note)
        if note is not None:
            path = admin_path(page.organisation.slug, f"bookings/{ref}")
            link = Link(page.translations.gettext("Open the booking"), path)
            opened = await self.open(page, form)
            sheet = opened.sheet()
            return self._render(
                page, structs.replace(sheet, note=structs.replace(note, links=(link,)))
            )
        undo = None if verb == "undo" else ref
        return page.redirect(f"{self._path(page, form, undo=undo)}#p-{ref}")

    async def scan(self, page: PageContext) -> Response:
        """Check in whom a ticket names; the answer stands above the sheet."""
        form = await page.form()
        answer = await self.scan_ticket(page, form.get("code", ""))
        if _wants_fragment(page):
            path = admin_path(page.organisation.slug, "today")
            html = page.fragment(
                "parts/answer.html", answer=answer, sheet_path=path, date=form.get("date", "")
            )
            return Response(HTTPStatus.OK, html.encode(), (_HTML, NO_STORE))
        opened = await self.open(page, form)
        sheet = opened.sheet()
        return self._render(page, structs.replace(sheet, answer=answer))

    async def book(self, page: PageContext) -> Response:
        """Book for a walk-in or a caller; then the sheet with its row."""
        form = await page.form()
        opened = await self.open(page, form)
        typed = read_staff_booking(form, page, country=opened.country)
        slot = next((s for s in opened.day.slots if str(s.slot_id) == typed.slot), None)
        if slot is None:
            text = page.translations.gettext("Choose a time")
            typed = structs.replace(typed, problems={**typed.problems, "slot": text})
        else:
            typed = await self.staff_bookings.with_guests(page, typed, form, slot=slot)
        if slot is None or not typed.is_valid:
            sheet = self._with_form(page, opened, typed)
            return self._render(page, sheet, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        attempt = BookingAttempt(page, form, typed, slot)
        try:
            outcome = await self.staff_bookings.place(attempt)
        except BookingError as error:
            return self._refused(opened, attempt, error)
        if typed.is_arrived:
            await self.arrivals.record(page, outcome.ref, "check-in")
        return page.redirect(f"{self._path(page, form, undo=outcome.ref)}#p-{outcome.ref}")

    async def open(self, page: PageContext, asked: Mapping[str, str]) -> OpenedSheet:
        """The day that a query or form names, read by three statements."""
        async with self.database.session() as session:
            found = await venues(session, page.org_id)
            formatter = page.formatter(found[0]) if found else page.utc_formatter
            day = read_date(asked.get("date")) or formatter.today(page.now)
            arrivals = await arrivals_on(session, page.org_id, day)
        presenter = RunSheetPresenter(
            page.organisation.slug,
            formatter,
            page.now,
            may_change=page.context.may(Permission.CHANGE_BOOKINGS),
        )
        search = asked.get("q", "").replace("\x00", "").strip()[:SEARCH_CHARACTERS_MAX]
        query = SheetQuery(search, read_choice(asked.get("show"), SHOWS) or "")
        return OpenedSheet(arrivals, presenter, query, found[0].country if found else "")

    def _render(
        self, page: PageContext, sheet: RunSheet, *, status: int = HTTPStatus.OK
    ) -> Response:
        if status == HTTPStatus.OK and sheet.note is not None:
            status = HTTPStatus.CONFLICT
        return page.render(
            "today.html",
            sheet.title,
            status=status,
            navigation=self.navigation.links(page, "today"),
            page=sheet,
        )

    def _path(self, page: PageContext, form: Mapping[str, str], *, undo: str | None) -> str:
        """The sheet as it was when the form was sent."""
        kept = {name: form.get(name) or None for name in ("date", "q", "show")}
        return admin_path(page.organisation.slug, "today", **kept, undo=undo)

    def _with_form(self, page: PageContext, opened: OpenedSheet, typed: StaffBooking) -> RunSheet:
        sheet, slots = opened.sheet(SheetQuery()), opened.day.bookable(page.now, typed.slot)
        path = admin_path(page.organisation.slug, "today/book")
        booking = self.staff_bookings.form(
            page,
            typed,
            slots,
            formatter=opened.presenter.formatter,
            target=FormTarget(path, sheet.all_href, (("date", sheet.date),)),
        )
        return structs.replace(sheet, booking=booking if slots else None)

    def _first_form(self, page: PageContext, opened: OpenedSheet) -> StaffBooking:
        """The empty form, at the time that goes on now; who stands there has arrived."""
        slots = opened.day.bookable(page.now, page.query("slot") or "")
        chosen = next((s for s in slots if str(s.slot_id) == page.query("slot")), None)
        roomy = [s for s in slots if s.remaining >= PARTY_DEFAULT]
        slot = chosen or next(iter(roomy or slots), None)
        if slot is None:
            return StaffBooking()
        return StaffBooking(slot=str(slot.slot_id), is_arrived=slot.starts_at <= page.now)

    def _refused(
        self, opened: OpenedSheet, attempt: BookingAttempt, error: BookingError
    ) -> Response:
        formatter = opened.presenter.of_venue(attempt.slot)
        note = staff_booking_note(attempt, error, formatter)
        typed = structs.replace(attempt.typed, insists=needs_insisting(error))
        sheet = self._with_form(attempt.page, opened, typed)
        return self._render(attempt.page, structs.replace(sheet, note=note))

    async def _undo(self, page: PageContext, opened: OpenedSheet, ref: str) -> Undo | None:
        """The bar of what was just done to a booking."""
        view = await self.arrivals.bookings.by_ref(page.org_id, ref.upper())
        if view is None:
            return None
        history = await self.arrivals.bookings.history(page.org_id, view.booking.booking_id)
        formatter, booking = opened.presenter.formatter, view.booking
        action = admin_path(page.organisation.slug, "today")
        undo = self.arrivals.undo_bar(
            booking, history, formatter, action=action, day=opened.day.day
        )
        if undo is None and has_just_booked(history, page.context.actor, page.now):
            text = page.translations.gettext(
                "%(name)s is booked, %(party)s.",
                name=booking.customer_name,
                party=formatter.people(booking.party),
            )
            undo = Undo(text, action, opened.day.day.isoformat(), verb=_UNBOOK)
        return None if undo is None else structs.replace(undo, ref=booking.ref)

    async def _changed(
        self,
        page: PageContext,
        form: Mapping[str, str],
        *,
        ref: str,
        undo_ref: str | None,
        note: Note | None,
    ) -> Response:
        """The rows of a booking as they are now, for a script that has pressed its button."""
        opened = await self.open(page, form)
        undo = await self._undo(page, opened, undo_ref) if undo_ref else None
        changes = SheetChanges(opened.presenter, RowRenderer(page, opened.presenter.may_change))
        event = changes.of_booking(sheet_state(opened.day, page.now), ref)
        bar = page.fragment("parts/bar.html", undo=undo, page_note=note)
        body = msgspec.json.encode(structs.replace(event, bar=bar, digest=""))
        return Response(HTTPStatus.OK, body, (JSON_TYPE, NO_STORE))

    async def _unbook(self, page: PageContext, form: Mapping[str, str]) -> Response:
        """Cancel what was just booked: its history says both."""
        view = await self.arrivals.view(page, form[_UNBOOK])
        history = await self.arrivals.bookings.history(page.org_id, view.booking.booking_id)
        if has_just_booked(history, page.context.actor, page.now):
            await self.cancel_booking(page.org_id, view.booking.booking_id, context=page.context)
        return page.redirect(self._path(page, form, undo=None))


class RowRenderer(msgspec.Struct, frozen=True):
    """Renders a row of the sheet as the page does."""

    page: PageContext
    may_change: bool

    def __call__(self, row: PartyRow) -> str:
        return self.page.fragment("parts/party_row.html", it=row, may_change=self.may_change)


def _wants_fragment(page: PageContext) -> bool:
    """Whether a script asks, which puts what has changed into the page."""
    return page.request.header(b"x-fragment") is not None
