"""`/admin/{org}/…`: the day's arrivals, one booking with its history, and the outbox."""

from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Final, Literal

from fullhouse.booking.availability.availability import midnight
from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.errors import BookingError, UnknownBooking
from fullhouse.booking.events import CheckedIn, NoShow
from fullhouse.booking.limits import UNDO_SECONDS
from fullhouse.booking.model.urls import BookingUrls, admin_path, organisation_path
from fullhouse.booking.reads.bookings import BookingView, HistoryEntry, arrivals_between
from fullhouse.entrypoints.http.request import Request
from fullhouse.entrypoints.http.response import Response
from fullhouse.entrypoints.security.staff_sessions import StaffSessions
from fullhouse.entrypoints.web.desks import Desk, email_view
from fullhouse.entrypoints.web.pages.lobby import Lobby, org_id_of, org_of, read_date
from fullhouse.entrypoints.web.refusals import Refused, note_of
from fullhouse.entrypoints.web.views import Link, Note, Undo
from fullhouse.entrypoints.web.visit import Visit
from fullhouse.kernel.context import Principal, RequestContext
from fullhouse.localisation.translations import gettext_noop
from fullhouse.messages.reads import outbox
from fullhouse.people.model.roles import account_principal
from fullhouse.people.reads.organisations import venues

Verb = Literal["check-in", "no-show", "undo"]

_PLACES: Final = (
    ("today", gettext_noop("Today"), "day"),
    ("outbox", gettext_noop("Outbox"), "email"),
)


@dataclass(frozen=True, slots=True)
class DeskPages:
    """What staff see. Every page asks first whose session it is."""

    lobby: Lobby
    guard: StaffSessions

    async def today(self, request: Request) -> Response:
        at_desk = await self._enter(request)
        asked = read_date(at_desk.visit.query("date"))
        return await self._show_today(at_desk, asked, undo=at_desk.visit.query("undo"))

    async def booking(self, request: Request) -> Response:
        at_desk = await self._enter(request)
        return await self._show_booking(at_desk, await self._view(at_desk))

    async def outbox(self, request: Request) -> Response:
        at_desk = await self._enter(request)
        visit = at_desk.visit
        async with self.lobby.app.database.session() as session:
            messages = await outbox(session, org_id_of(visit))
        return visit.page(
            "outbox.html",
            visit.translations.gettext("Outbox"),
            rail=_rail(visit, "outbox"),
            emails=tuple(email_view(message, at_desk.desk.formatter) for message in messages),
        )

    async def check_in(self, request: Request) -> Response:
        return await self._note(request, "check-in")

    async def no_show(self, request: Request) -> Response:
        return await self._note(request, "no-show")

    async def undo(self, request: Request) -> Response:
        return await self._note(request, "undo")

    async def _note(self, request: Request, verb: Verb) -> Response:
        """Note an arrival, an absence, or take it back; then show the page it was pressed on."""
        at_desk = await self._enter(request)
        form = await at_desk.visit.form()
        view = await self._view(at_desk)
        day = read_date(form.get("date"))
        context = self.lobby.context(principal=at_desk.principal)
        try:
            await self._do(verb, view, context)
        except BookingError as error:
            note = _refusal(at_desk, view, error)
            if day is not None:
                return await self._show_today(at_desk, day, note=note)
            return await self._show_booking(at_desk, view, note=note)
        org, ref = at_desk.desk.org, view.booking.ref
        if day is None:
            return at_desk.visit.redirect(admin_path(org, f"bookings/{ref}"))
        undo = None if verb == "undo" else ref
        path = admin_path(org, "today", date=day.isoformat(), undo=undo)
        return at_desk.visit.redirect(f"{path}#p-{ref}")

    async def _do(self, verb: Verb, view: BookingView, context: RequestContext) -> None:
        booking, actions = view.booking, self.lobby.app.booking
        org_id, booking_id = booking.org_id, booking.booking_id
        match verb:
            case "check-in":
                await actions.check_in(org_id, booking_id, context=context)
            case "no-show":
                await actions.mark_no_show(org_id, booking_id, context=context)
            case "undo":
                await actions.undo_check_in(org_id, booking_id, context=context)

    async def _enter(self, request: Request) -> "AtDesk":
        """Raises `NotSignedIn`, also for staff of another organisation."""
        visit = await self.lobby.visit(request)
        house = org_of(visit)
        staff = await self.guard.session_of(visit.staff_token, house.org_id)
        async with self.lobby.app.database.session() as session:
            found = await venues(session, house.org_id)
        formatter = visit.formatter(found[0]) if found else visit.utc_formatter
        now = self.lobby.app.clock.now()
        return AtDesk(
            visit,
            Desk(house.slug, formatter, now),
            account_principal(staff.account_id, staff.role),
        )

    async def _view(self, at_desk: "AtDesk") -> BookingView:
        """Raises `UnknownBooking`."""
        ref = at_desk.visit.request.path_params["ref"].upper()
        view = await self.lobby.app.bookings.by_ref(org_id_of(at_desk.visit), ref)
        if view is None:
            raise UnknownBooking
        return view

    async def _show_today(
        self,
        at_desk: "AtDesk",
        asked: date | None,
        *,
        undo: str | None = None,
        note: Note | None = None,
    ) -> Response:
        visit, org_id = at_desk.visit, org_id_of(at_desk.visit)
        day = asked or at_desk.desk.formatter.today(at_desk.desk.now)
        async with self.lobby.app.database.session() as session:
            offerings = {one.offering_id: one for one in await offerings_of(session, org_id)}
            arrivals = await arrivals_between(
                session,
                org_id,
                list(offerings),
                first=midnight(day, at_desk.zone),
                last=midnight(day + timedelta(days=1), at_desk.zone),
            )
        page = at_desk.desk.run_sheet(
            day,
            arrivals,
            offerings,
            undo=await self._undo_of(at_desk, undo, day) if undo else None,
            note=note,
        )
        return visit.page(
            "today.html",
            page.title,
            status=HTTPStatus.OK if note is None else HTTPStatus.CONFLICT,
            rail=_rail(visit, "today"),
            page=page,
        )

    async def _show_booking(
        self, at_desk: "AtDesk", view: BookingView, *, note: Note | None = None
    ) -> Response:
        booking = view.booking
        history = await self.lobby.app.bookings.history(booking.org_id, booking.booking_id)
        undo = _undo(at_desk, view, history, day=None)
        page = at_desk.desk.booking(view, history, undo=undo, note=note)
        return at_desk.visit.page(
            "booking.html",
            f"{page.name}, {page.ref}",
            status=HTTPStatus.OK if note is None else HTTPStatus.CONFLICT,
            rail=_rail(at_desk.visit, "today"),
            page=page,
        )

    async def _undo_of(self, at_desk: "AtDesk", ref: str, day: date) -> Undo | None:
        """The bar for what was noted of that booking, within its minute."""
        view = await self.lobby.app.bookings.by_ref(org_id_of(at_desk.visit), ref)
        if view is None:
            return None
        booking = view.booking
        history = await self.lobby.app.bookings.history(booking.org_id, booking.booking_id)
        return _undo(at_desk, view, history, day=day)


@dataclass(frozen=True, slots=True)
class AtDesk:
    """A member of staff at the front desk, whose clock shows the time of the first venue."""

    visit: Visit
    desk: Desk
    principal: Principal

    @property
    def zone(self) -> str:
        return self.desk.formatter.zone.key


def _undo(
    at_desk: AtDesk, view: BookingView, history: list[HistoryEntry], *, day: date | None
) -> Undo | None:
    """What was last noted, while it can be taken back."""
    last = history[-1] if history else None
    if last is None or last.kind not in {CheckedIn.kind(), NoShow.kind()}:
        return None
    until = last.at + timedelta(seconds=UNDO_SECONDS)
    return at_desk.desk.undo(view, last, until, day=day) if at_desk.desk.now < until else None


def _refusal(at_desk: AtDesk, view: BookingView, error: BookingError) -> Note:
    booking, visit = view.booking, at_desk.visit
    nowhere = BookingUrls(org_of(visit).slug, booking.ref, "")
    return note_of(
        Refused(at_desk.desk.formatter, error, booking.starts_at, booking.party, nowhere)
    )


def _rail(visit: Visit, current: str) -> tuple[Link, ...]:
    """The front desk's places, and the way to what guests see."""
    _ = visit.translations.gettext
    slug = org_of(visit).slug
    places = (
        Link(_(name), admin_path(slug, place), current=place == current, icon=icon)
        for place, name, icon in _PLACES
    )
    return (*places, Link(_("Public page"), organisation_path(slug), icon="page"))
