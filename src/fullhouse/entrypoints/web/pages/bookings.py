"""`/{org}/b/{ref}`: the ticket, and changing or cancelling the booking by its secret link."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from fullhouse.booking.errors import UnknownBooking, UnknownSlot
from fullhouse.booking.events import Cancelled
from fullhouse.booking.limits import UNDO_SECONDS
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.urls import BookingUrls
from fullhouse.entrypoints.http.request import Request
from fullhouse.entrypoints.http.response import NO_STORE, Response
from fullhouse.entrypoints.web.pages.lobby import Lobby, Offered, org_of, read_date
from fullhouse.entrypoints.web.pages.offerings import status_of
from fullhouse.entrypoints.web.refusals import Refused, is_told, note_of
from fullhouse.entrypoints.web.tickets import Guest
from fullhouse.entrypoints.web.views import Note
from fullhouse.entrypoints.web.visit import Visit
from fullhouse.kernel.errors import FullhouseError
from fullhouse.messages.calendar_file import InvitationDetails, calendar_file
from fullhouse.scheduling.limits import MATERIALISE_DAYS_AHEAD


@dataclass(frozen=True, slots=True)
class BookingPages:
    """A booking is its guest's by the token in the link."""

    lobby: Lobby

    async def ticket(self, request: Request) -> Response:
        visit, guest = await self._guest(request, token=request.query.get("t"))
        return await self._show_ticket(visit, guest, _done(visit, guest))

    async def calendar(self, request: Request) -> Response:
        """The booking for the guest's own calendar (RFC 5545), with the venue's zone in it."""
        visit, guest = await self._guest(request, token=request.query.get("t"))
        house = org_of(visit)
        details = InvitationDetails(
            business=house.name,
            address=house.email,
            url=guest.base_url + guest.urls.ticket,
            created_at=guest.now,
        )
        disposition = f'attachment; filename="{guest.urls.ref}.ics"'
        return Response(
            200,
            calendar_file(guest.view, details).encode(),
            (
                (b"content-type", b"text/calendar; charset=utf-8"),
                (b"content-disposition", disposition.encode()),
                NO_STORE,
            ),
        )

    async def change(self, request: Request) -> Response:
        visit, guest = await self._guest(request, token=request.query.get("t"))
        return await self._show_change(visit, guest)

    async def move(self, request: Request) -> Response:
        visit, guest, form = await self._sent(request)
        booking = guest.view.booking
        try:
            slot_id = SlotId(UUID(form.get("slot", "")))
        except ValueError:
            raise UnknownSlot from None
        facts = await self.lobby.app.catalogue.slots(booking.org_id, [slot_id])
        try:
            await self.lobby.app.booking.move_booking(
                booking.org_id, booking.booking_id, (slot_id,), context=self.lobby.context()
            )
        except FullhouseError as error:
            wanted = Refused(
                guest.formatter,
                error,
                facts[0].starts_at,
                booking.party,
                guest.urls,
            )
            day = guest.formatter.local(facts[0].starts_at).date()
            return await self._show_change(visit, guest, refused=wanted, day=day)
        return visit.redirect(guest.urls.ticket_after("moved"))

    async def cancel(self, request: Request) -> Response:
        visit, guest, _ = await self._sent(request)
        booking = guest.view.booking
        try:
            await self.lobby.app.booking.cancel_booking(
                booking.org_id, booking.booking_id, context=self.lobby.context()
            )
        except FullhouseError as error:
            return await self._show_change(visit, guest, refused=_own(guest, error))
        return visit.redirect(guest.urls.ticket)

    async def undo(self, request: Request) -> Response:
        visit, guest, _ = await self._sent(request)
        booking = guest.view.booking
        try:
            await self.lobby.app.booking.restore_booking(
                booking.org_id, booking.booking_id, context=self.lobby.context()
            )
        except FullhouseError as error:
            if not is_told(error):
                raise
            note = note_of(_own(guest, error))
            return await self._show_ticket(visit, guest, note, status=status_of(error))
        return visit.redirect(guest.urls.ticket_after("restored"))

    async def _sent(self, request: Request) -> tuple[Visit, Guest, dict[str, str]]:
        """A form that carries the token; raises `UnknownBooking` and `CrossSiteRequest`."""
        form = await (await self.lobby.visit(request)).form()
        visit, guest = await self._guest(request, token=form.get("t"))
        return visit, guest, form

    async def _guest(self, request: Request, *, token: str | None) -> tuple[Visit, Guest]:
        """Raises `UnknownBooking`, also for a token that is not this booking's."""
        visit = await self.lobby.visit(request)
        house, org = self.lobby.app, org_of(visit)
        ref = request.path_params["ref"].upper()
        view = await house.bookings.by_ref(org.org_id, ref)
        if view is None or not house.tokens.verify(
            token or "", "manage", org_id=org.org_id, subject=view.booking.booking_id
        ):
            raise UnknownBooking
        return visit, Guest(
            view=view,
            house=org.name,
            formatter=visit.formatter(view.venue),
            urls=BookingUrls(org.slug, view.booking.ref, token or ""),
            base_url=house.settings.base_url,
            now=house.clock.now(),
        )

    async def _show_ticket(
        self, visit: Visit, guest: Guest, note: Note | None, *, status: int = 200
    ) -> Response:
        page = guest.ticket_page(note, undo_href=await self._undo_href(guest))
        return visit.page(
            "ticket.html", visit.translations.gettext("Your ticket"), status=status, page=page
        )

    async def _undo_href(self, guest: Guest) -> str:
        """Where a cancellation is undone, for a minute; empty after it."""
        booking = guest.view.booking
        if booking.status != "cancelled":
            return ""
        history = await self.lobby.app.bookings.history(booking.org_id, booking.booking_id)
        told = [entry.at for entry in history if entry.kind == Cancelled.kind()]
        recent = told and guest.now - told[-1] <= timedelta(seconds=UNDO_SECONDS)
        return guest.urls.undo if recent else ""

    async def _show_change(
        self,
        visit: Visit,
        guest: Guest,
        *,
        refused: Refused | None = None,
        day: date | None = None,
    ) -> Response:
        if refused is not None and not is_told(refused.error):
            raise refused.error
        booking, view, formatter = guest.view.booking, guest.view, guest.formatter
        offered = Offered(view.offering, view.venue, formatter)
        today = formatter.today(guest.now)
        last = today + timedelta(days=MATERIALISE_DAYS_AHEAD)
        wished = day or read_date(visit.query("day")) or read_date(f"{visit.query('month')}-01")
        day = max(today, min(wished or formatter.local(booking.starts_at).date(), last))
        shown = await self.lobby.shown(offered, month=day.replace(day=1), party=booking.party)
        page = guest.change_page(
            shown,
            day,
            picked=visit.query("slot"),
            note=None if refused is None else note_of(refused),
            last=last,
        )
        return visit.page(
            "change.html",
            visit.translations.gettext("Change or cancel"),
            status=200 if refused is None else status_of(refused.error),
            page=page,
        )


def _own(guest: Guest, error: FullhouseError) -> Refused:
    """A refusal about the booking as it is."""
    booking = guest.view.booking
    return Refused(guest.formatter, error, booking.starts_at, booking.party, guest.urls)


def _done(visit: Visit, guest: Guest) -> Note | None:
    """What has just been done, said above the ticket."""
    _ = visit.translations.gettext
    booking = guest.view.booking
    if booking.status != "confirmed":
        return None
    if visit.query("new"):
        more = _("We have written to %(email)s.", email=booking.customer_email)
        return Note("good", _("Booked."), more)
    match visit.query("done"):
        case "moved":
            return Note(
                "good", _("Moved to %(time)s.", time=guest.formatter.date_time(booking.starts_at))
            )
        case "restored":
            return Note("good", _("Your booking is back, as it was."))
        case _:
            return None
