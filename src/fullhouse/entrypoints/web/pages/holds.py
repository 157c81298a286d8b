"""`/{org}/{offering}/holds/{id}`: the customer's details for held places."""

from http import HTTPStatus
from uuid import UUID

import msgspec

from fullhouse.booking.actions.confirm_hold import ConfirmHold
from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.errors import (
    HoldHasExpired,
    PossibleDuplicate,
    UnknownBooking,
    UnknownOffering,
)
from fullhouse.booking.model.booking import EXPIRING, Booking, BookingId
from fullhouse.booking.model.requests import ConfirmRequest
from fullhouse.booking.model.slot import Slot
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.urls import BookingUrls, OfferingUrls, SignedUrls
from fullhouse.booking.reads.bookings import Bookings, BookingView
from fullhouse.entrypoints.web.error_notes import ErrorContext, error_note, has_inline_message
from fullhouse.entrypoints.web.forms import Details, read_details
from fullhouse.entrypoints.web.limits import HOLD_COOKIE_SECONDS
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
from fullhouse.http.response import Cookie, Response
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.people.model.contact import phone_text, readable_address


class Hold(msgspec.Struct, frozen=True):
    """A hold with its offering; `is_active` until it expires, is released or confirmed."""

    view: BookingView
    context: OfferingContext
    org: str
    booking_urls: BookingUrls
    is_active: bool
    is_own: bool
    """Whether this browser had the hold before it became a booking: see `HoldPages`."""

    @property
    def urls(self) -> OfferingUrls:
        return OfferingUrls(self.org, self.view.offering.slug, self.view.booking.party)

    @property
    def became_booking(self) -> bool:
        return self.view.booking.status not in {*EXPIRING, "released"}

    @property
    def ticket(self) -> str:
        """The ticket; without its token for a browser that cannot prove that it had the hold."""
        return self.booking_urls.ticket if self.is_own else self.booking_urls.path

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


def _cookie_name(booking: Booking) -> str:
    return f"hold-{booking.booking_id}"


class HoldPages(msgspec.Struct, frozen=True):
    """From a hold to a booking.

    The id of a hold is secret until it is a booking, whose id is told to others: from then on the
    browser proves by a cookie that it had the hold.
    """

    loader: OfferingPageLoader
    bookings: Bookings
    confirm_hold: ConfirmHold
    release_hold: ReleaseHold
    tokens: LinkSigner
    clock: Clock

    async def details(self, page: PageContext) -> Response:
        hold = await self._hold(page)
        booking = hold.view.booking
        if hold.became_booking:
            return page.redirect(hold.ticket)
        if not hold.is_active:
            return await self._expired(page, hold)
        page.cookies.append(self._cookie(page, hold))
        details = Details(
            booking.customer_name,
            readable_address(booking.customer_email),
            phone_text(booking.customer_phone),
        )
        return await self._details_form(page, hold, details)

    async def confirm(self, page: PageContext) -> Response:
        hold = await self._hold(page)
        if hold.became_booking:  # sent again, from a second tab or from the history
            return page.redirect(hold.ticket)
        form = await page.form()
        country = hold.context.venue.country
        details, customer = read_details(form, page.translations, country=country)
        if customer is None:
            return await self._invalid(page, hold, details)
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
        except FullhouseError as error:
            return await self._refusal(page, hold, details=details, error=error)
        page.cookies.append(self._cookie(page, hold))
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
        booking, expires_at = view.booking, view.booking.expires_at
        cookie = page.request.cookies.get(_cookie_name(booking), "")
        return Hold(
            view,
            OfferingContext(view.offering, view.venue, page.formatter(view.venue)),
            page.organisation.slug,
            SignedUrls(self.tokens).booking(page.organisation.slug, booking),
            is_active=booking.status == "held"
            and expires_at is not None
            and expires_at > self.clock.now(),
            is_own=self.tokens.opens(cookie, booking, "hold"),
        )

    def _cookie(self, page: PageContext, hold: Hold) -> Cookie:
        """What proves that this browser had the hold, once it is a booking."""
        booking = hold.view.booking
        return Cookie(
            name=_cookie_name(booking),
            value=self.tokens.token(
                "hold", booking.org_id, booking.booking_id, version=booking.link_version
            ),
            path=hold.urls.hold(booking.booking_id),
            max_age=HOLD_COOKIE_SECONDS,
            secure=page.is_secure,
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

    async def _invalid(self, page: PageContext, hold: Hold, details: Details) -> Response:
        if not hold.is_active:
            return await self._expired(page, hold)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await self._details_form(page, hold, details, status=status)

    async def _refusal(
        self, page: PageContext, hold: Hold, *, details: Details, error: FullhouseError
    ) -> Response:
        if isinstance(error, HoldHasExpired):
            return await self._expired(page, hold)
        if not has_inline_message(error):
            raise error
        return await self._details_form(page, hold, details, error=error, status=status_of(error))

    async def _expired(self, page: PageContext, hold: Hold) -> Response:
        """The day again; raises `UnknownOffering` when the offering was withdrawn."""
        if not hold.context.offering.published:
            raise UnknownOffering
        presenter = await self.loader.presenter(page, hold.context, hold.query)
        error = HoldHasExpired(
            "These places are free again.", expires_at=hold.view.booking.expires_at
        )
        content = presenter.page(note=hold.error_note(error))
        return render_offering(page, hold.context, content, status=HTTPStatus.CONFLICT)
