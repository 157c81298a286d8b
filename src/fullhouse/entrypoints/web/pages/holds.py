"""`/{org}/{offering}/holds/{id}`: the places are kept; who are they for?"""

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from fullhouse.booking.errors import HoldHasExpired, PossibleDuplicate, UnknownBooking
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import ConfirmRequest
from fullhouse.booking.model.slot import Slot
from fullhouse.booking.model.urls import BookingUrls, OfferingUrls
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.entrypoints.http.request import Request
from fullhouse.entrypoints.http.response import Response
from fullhouse.entrypoints.web.booker import HeldPlaces, slot_of
from fullhouse.entrypoints.web.forms import Details, read_details
from fullhouse.entrypoints.web.pages.lobby import Lobby, Offered, Wish, org_id_of, org_of
from fullhouse.entrypoints.web.pages.offerings import show, status_of
from fullhouse.entrypoints.web.pages.sources import source_of
from fullhouse.entrypoints.web.refusals import Refused, is_told, note_of
from fullhouse.entrypoints.web.views import Note
from fullhouse.entrypoints.web.visit import Visit
from fullhouse.kernel.errors import FullhouseError


@dataclass(frozen=True, slots=True)
class HoldPages:
    """From held places to a booking. Whoever has the hold's id is who took it."""

    lobby: Lobby

    async def details(self, request: Request) -> Response:
        visit, held = await self._held(request)
        if held.view.booking.status not in {"held", "expired", "released"}:
            return visit.redirect(held.ticket)
        if not held.is_kept:
            return await self._over(visit, held)
        booking = held.view.booking
        details = Details(booking.customer_name, booking.customer_email, booking.customer_phone)
        return await self._ask(visit, held, details)

    async def confirm(self, request: Request) -> Response:
        visit, held = await self._held(request)
        form = await visit.form()
        details, customer = read_details(
            form, visit.translations, country=held.offered.venue.country
        )
        if customer is None:
            if not held.is_kept:
                return await self._over(visit, held)
            return await self._ask(visit, held, details, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        wish = ConfirmRequest(
            customer,
            locale=visit.translations.language,
            source=source_of(visit),
            another=form.get("another") == "yes",
        )
        try:
            await self.lobby.app.booking.confirm_hold(
                org_id_of(visit), held.view.booking.booking_id, wish, context=self.lobby.context()
            )
        except HoldHasExpired:
            return await self._over(visit, held)
        except FullhouseError as error:
            return await self._refused(visit, held, details=details, error=error)
        return visit.redirect(held.new_ticket)

    async def release(self, request: Request) -> Response:
        visit, held = await self._held(request)
        await visit.form()
        booking = held.view.booking
        if held.is_kept:
            await self.lobby.app.booking.release_hold(
                org_id_of(visit), booking.booking_id, context=self.lobby.context()
            )
        day = held.offered.formatter.local(booking.starts_at).date()
        return visit.redirect(held.urls.day(day))

    async def _held(self, request: Request) -> tuple[Visit, "Held"]:
        """Raises `UnknownBooking`."""
        visit = await self.lobby.visit(request)
        house, org = self.lobby.app, org_of(visit)
        try:
            hold_id = BookingId(UUID(request.path_params["hold"]))
        except ValueError:
            raise UnknownBooking from None
        view = await house.bookings.by_id(org.org_id, hold_id)
        if view is None:
            raise UnknownBooking
        offered = Offered(view.offering, view.venue, visit.formatter(view.venue))
        expires_at = view.booking.expires_at
        is_kept = (
            view.booking.status == "held"
            and expires_at is not None
            and expires_at > house.clock.now()
        )
        token = house.tokens.token("manage", org.org_id, hold_id)
        return visit, Held(view, offered, org.slug, token, is_kept)

    async def _ask(
        self,
        visit: Visit,
        held: "Held",
        details: Details,
        *,
        note: Note | None = None,
        ask_another: bool = False,
        status: int = HTTPStatus.OK,
    ) -> Response:
        opened = await self.lobby.counter(visit, held.offered, held.wish)
        chosen = opened.counter.details(
            held.places(slot_of(opened.counter.shown.slots, held.view.slots[0].slot_id)),
            details,
            ask_another=ask_another,
        )
        page = opened.page(chosen=chosen, note=note)
        return show(visit, held.offered, page, status=status)

    async def _refused(
        self, visit: Visit, held: "Held", *, details: Details, error: FullhouseError
    ) -> Response:
        if not is_told(error):
            raise error
        booking = held.view.booking
        note = note_of(
            Refused(held.offered.formatter, error, booking.starts_at, booking.party, held.urls)
        )
        return await self._ask(
            visit,
            held,
            details,
            note=note,
            ask_another=isinstance(error, PossibleDuplicate),
            status=status_of(error),
        )

    async def _over(self, visit: Visit, held: "Held") -> Response:
        """The day again: the places were given back."""
        booking = held.view.booking
        opened = await self.lobby.counter(visit, held.offered, held.wish)
        error = HoldHasExpired("These places are free again.", expires_at=booking.expires_at)
        note = note_of(
            Refused(held.offered.formatter, error, booking.starts_at, booking.party, held.urls)
        )
        return show(visit, held.offered, opened.page(note=note), status=HTTPStatus.CONFLICT)


@dataclass(frozen=True, slots=True)
class Held:
    """A hold, what it is of, and whether its places are still kept."""

    view: BookingView
    offered: Offered
    org: str
    token: str
    is_kept: bool

    @property
    def urls(self) -> OfferingUrls:
        return OfferingUrls(self.org, self.view.offering.slug, self.view.booking.party)

    @property
    def ticket(self) -> str:
        return BookingUrls(self.org, self.view.booking.ref, self.token).ticket

    @property
    def new_ticket(self) -> str:
        return BookingUrls(self.org, self.view.booking.ref, self.token).new_ticket

    @property
    def wish(self) -> Wish:
        booking = self.view.booking
        return Wish(booking.party, self.offered.formatter.local(booking.starts_at).date())

    def places(self, slot: Slot | None) -> HeldPlaces:
        booking = self.view.booking
        assert slot is not None, "a slot that is held is on its day"
        assert booking.expires_at is not None, "what is held is held until some time"
        return HeldPlaces(
            slot=slot,
            party=booking.party,
            until=booking.expires_at,
            action=self.urls.hold(booking.booking_id),
            release_href=self.urls.release(booking.booking_id),
            slots=len(self.view.slots),
        )
