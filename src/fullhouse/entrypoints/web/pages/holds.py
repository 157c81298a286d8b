"""`/{org}/{offering}/holds/{id}`: the customer's details for held places."""

from http import HTTPStatus
from uuid import UUID

import msgspec

from fullhouse.booking.actions.confirm_hold import ConfirmHold
from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.errors import HoldHasExpired, PossibleDuplicate, UnknownBooking
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import ConfirmRequest
from fullhouse.booking.model.slot import Slot
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.urls import BookingUrls, OfferingUrls
from fullhouse.booking.reads.bookings import Bookings, BookingView
from fullhouse.entrypoints.web.error_notes import ErrorContext, error_note, has_inline_message
from fullhouse.entrypoints.web.forms import Details, read_details
from fullhouse.entrypoints.web.offering_presenter import HeldPlaces, slot_of
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.offering_loader import (
    OfferingContext,
    OfferingPageLoader,
    OfferingQuery,
)
from fullhouse.entrypoints.web.pages.offerings import render_offering, status_of
from fullhouse.entrypoints.web.pages.sources import source_of
from fullhouse.entrypoints.web.views import Note
from fullhouse.http.response import Response
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError


class Hold(msgspec.Struct, frozen=True):
    """A hold with its offering; `is_active` until it expires, is released or confirmed."""

    view: BookingView
    context: OfferingContext
    org: str
    token: str
    is_active: bool

    @property
    def urls(self) -> OfferingUrls:
        return OfferingUrls(self.org, self.view.offering.slug, self.view.booking.party)

    @property
    def booking_urls(self) -> BookingUrls:
        return BookingUrls(self.org, self.view.booking.ref, self.token)

    @property
    def query(self) -> OfferingQuery:
        booking = self.view.booking
        return OfferingQuery(booking.party, self.context.formatter.local(booking.starts_at).date())

    def places(self, slot: Slot | None) -> HeldPlaces:
        booking = self.view.booking
        assert slot is not None, "a held slot is on its day"
        assert booking.expires_at is not None, "a hold has an expiry"
        return HeldPlaces(
            slot=slot,
            party=booking.party,
            until=booking.expires_at,
            action=self.urls.hold(booking.booking_id),
            release_href=self.urls.release(booking.booking_id),
            slots=len(self.view.slots),
        )

    def error_note(self, error: FullhouseError) -> Note:
        booking = self.view.booking
        return error_note(
            ErrorContext(self.context.formatter, error, booking.starts_at, booking.party, self.urls)
        )


class HoldPages(msgspec.Struct, frozen=True):
    """From a hold to a booking. The id of a hold is secret: only its guest knows it."""

    loader: OfferingPageLoader
    bookings: Bookings
    confirm_hold: ConfirmHold
    release_hold: ReleaseHold
    tokens: LinkSigner
    clock: Clock

    async def details(self, page: PageContext) -> Response:
        hold = await self._hold(page)
        booking = hold.view.booking
        if booking.status not in {"held", "expired", "released"}:
            return page.redirect(hold.booking_urls.ticket)
        if not hold.is_active:
            return await self._expired(page, hold)
        details = Details(booking.customer_name, booking.customer_email, booking.customer_phone)
        return await self._details_form(page, hold, details)

    async def confirm(self, page: PageContext) -> Response:
        hold = await self._hold(page)
        form = await page.form()
        country = hold.context.venue.country
        details, customer = read_details(form, page.translations, country=country)
        if customer is None:
            if not hold.is_active:
                return await self._expired(page, hold)
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return await self._details_form(page, hold, details, status=status)
        request = ConfirmRequest(
            customer,
            locale=page.translations.language,
            source=source_of(page),
            allow_duplicate=form.get("allow_duplicate") == "yes",
        )
        try:
            await self.confirm_hold(
                page.org_id, hold.view.booking.booking_id, request, context=page.context
            )
        except HoldHasExpired:
            return await self._expired(page, hold)
        except FullhouseError as error:
            return await self._refusal(page, hold, details=details, error=error)
        return page.redirect(hold.booking_urls.new_ticket)

    async def release(self, page: PageContext) -> Response:
        hold = await self._hold(page)
        booking = hold.view.booking
        if hold.is_active:
            await self.release_hold(page.org_id, booking.booking_id, context=page.context)
        day = hold.context.formatter.local(booking.starts_at).date()
        return page.redirect(hold.urls.day(day))

    async def _hold(self, page: PageContext) -> Hold:
        """Raises `UnknownBooking`."""
        try:
            hold_id = BookingId(UUID(page.path_parameter("hold")))
        except ValueError:
            raise UnknownBooking from None
        view = await self.bookings.by_id(page.org_id, hold_id)
        if view is None:
            raise UnknownBooking
        expires_at = view.booking.expires_at
        return Hold(
            view,
            OfferingContext(view.offering, view.venue, page.formatter(view.venue)),
            page.organisation.slug,
            self.tokens.token("manage", page.org_id, hold_id),
            view.booking.status == "held"
            and expires_at is not None
            and expires_at > self.clock.now(),
        )

    async def _details_form(
        self,
        page: PageContext,
        hold: Hold,
        details: Details,
        *,
        error: FullhouseError | None = None,
        status: int = HTTPStatus.OK,
    ) -> Response:
        presenter = await self.loader.presenter(page, hold.context, hold.query)
        slot = slot_of(presenter.availability.slots, hold.view.slots[0].slot_id)
        content = presenter.page(
            slot_form=presenter.details_step(
                hold.places(slot), details, ask_duplicate=isinstance(error, PossibleDuplicate)
            ),
            note=None if error is None else hold.error_note(error),
        )
        return render_offering(page, hold.context, content, status=status)

    async def _refusal(
        self, page: PageContext, hold: Hold, *, details: Details, error: FullhouseError
    ) -> Response:
        if not has_inline_message(error):
            raise error
        return await self._details_form(page, hold, details, error=error, status=status_of(error))

    async def _expired(self, page: PageContext, hold: Hold) -> Response:
        """The day again: the places were given back."""
        presenter = await self.loader.presenter(page, hold.context, hold.query)
        error = HoldHasExpired(
            "These places are free again.", expires_at=hold.view.booking.expires_at
        )
        content = presenter.page(note=hold.error_note(error))
        return render_offering(page, hold.context, content, status=HTTPStatus.CONFLICT)
