"""`/{org}/{offering}/holds/{id}`: the customer's details for held places."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

import msgspec

from fullhouse.booking.actions.confirm_hold import ConfirmHold
from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.error_texts import ErrorContext, has_error_text
from fullhouse.booking.errors import (
    AnswerMissing,
    AnswerNotValid,
    BookingError,
    HoldHasExpired,
    PossibleDuplicate,
    UnknownBooking,
    UnknownOffering,
)
from fullhouse.booking.model.booking import UNCONFIRMED, Booking, BookingId
from fullhouse.booking.model.price_categories import CategoryGuests, guests_of, numbers_of
from fullhouse.booking.model.questions import answers_of
from fullhouse.booking.model.requests import ConfirmRequest, Customer, HoldRequest
from fullhouse.booking.model.slot import SlotId, SlotIdentity
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.typed_answers import TypedAnswers, read_typed_answers
from fullhouse.booking.model.typed_guests import ChosenGuests, choose_guests, guests_query
from fullhouse.booking.model.urls import BookingUrls, OfferingUrls, SignedUrls
from fullhouse.booking.reads.bookings import Bookings, BookingView
from fullhouse.entrypoints.web.error_notes import error_note
from fullhouse.entrypoints.web.forms import Details, read_details
from fullhouse.entrypoints.web.limits import HOLD_COOKIE_SECONDS
from fullhouse.entrypoints.web.offering_presenter import HeldPlaces
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.offering_loader import OfferingContext, OfferingQuery
from fullhouse.entrypoints.web.pages.offerings import (
    OfferingPages,
    SlotSelection,
    render_offering,
    status_of,
)
from fullhouse.entrypoints.web.pages.sources import source_of
from fullhouse.entrypoints.web.pages.tickets import booked_already
from fullhouse.entrypoints.web.views import Note
from fullhouse.http.response import Cookie, Response
from fullhouse.kernel.errors import FullhouseError
from fullhouse.localisation.translations import Translations
from fullhouse.people.model.contact import phone_text, readable_address


class Hold(msgspec.Struct, frozen=True):
    """A hold with its offering; `is_live` until it expires, is released or confirmed."""

    view: BookingView
    context: OfferingContext
    org: str
    booking_urls: BookingUrls
    is_live: bool
    is_own: bool
    """Whether this browser had the hold before it became a booking: see `HoldPages`."""
    sends_email: bool

    @property
    def booking(self) -> Booking:
        return self.view.booking

    @property
    def urls(self) -> OfferingUrls:
        booking = self.booking
        guests = guests_query(booking.guest_numbers)
        return OfferingUrls(self.org, self.view.offering.slug, booking.party, guests)

    @property
    def became_booking(self) -> bool:
        return self.booking.status not in UNCONFIRMED

    @property
    def request(self) -> HoldRequest:
        """What takes the same places again."""
        booking = self.booking
        return HoldRequest(tuple(map(SlotId, booking.slots)), booking.party, booking.guest_numbers)

    @property
    def selection(self) -> SlotSelection:
        """Its first slot and its party."""
        booking, slot = self.booking, self.view.slots[0]
        identity = SlotIdentity(
            booking.org_id, slot.slot_id, booking.offering_id, slot.starts_at, slot.ends_at
        )
        return SlotSelection(identity, booking.party, booking.guest_numbers)

    @property
    def query(self) -> OfferingQuery:
        return self.selection.query(self.context)

    def is_booked_by(self, sent: "DetailsForm") -> bool:
        """Whether it became the booking of this customer, with these answers."""
        booking = self.booking
        customer = Customer(booking.customer_name, booking.customer_email, booking.customer_phone)
        return (sent.customer, sent.answers.answers) == (customer, answers_of(booking.answers))

    @property
    def asks_guests(self) -> bool:
        """Whether it is an offer to who has waited, and so has not said who comes."""
        return self.booking.entry_id is not None and bool(self.view.offering.price_categories)

    def choose(self, form: Mapping[str, str], translations: Translations) -> ChosenGuests:
        """The guests of a form, where it asks for them."""
        categories = self.view.offering.price_categories if self.asks_guests else ()
        return choose_guests(form, categories, translations, party=self.booking.party)

    def places(self, guests: tuple[CategoryGuests, ...] | None = None) -> HeldPlaces:
        """The places, for the guests that were chosen meanwhile."""
        booking = self.booking
        assert booking.expires_at is not None, "a hold has an expiry"
        if guests is None or numbers_of(guests) == booking.guest_numbers:
            guests = guests_of(booking.guests)
        return HeldPlaces(
            slot_id=self.view.slots[0].slot_id,
            starts_at=booking.starts_at,
            party=booking.party,
            until=booking.expires_at,
            action=self.urls.hold(booking.booking_id),
            release_href=self.urls.release(booking.booking_id),
            slots=len(self.view.slots),
            guests=guests,
            asks_guests=self.asks_guests,
        )

    def error_note(self, error: FullhouseError) -> Note:
        booking, formatter = self.booking, self.context.formatter
        return error_note(
            ErrorContext(
                formatter, error, booking.starts_at, booking.party, self.urls, self.sends_email
            )
        )


class DetailsForm(msgspec.Struct, frozen=True):
    """The form with the customer's details; without a customer a field is wrong."""

    details: Details
    customer: Customer | None
    answers: TypedAnswers
    guests: ChosenGuests
    allow_duplicate: bool
    price_shown: str
    """The price that the form has shown, in minor units; empty where it cannot change."""


def _cookie_name(booking: Booking) -> str:
    return f"hold-{booking.booking_id}"


class HoldPages(msgspec.Struct, frozen=True):
    """From a hold to a booking.

    The id of a hold is secret until it is a booking, whose id is told to others: from then on the
    browser proves by a cookie that it had the hold. A form that comes when the hold is over, from
    the history or a second tab, leads to what became of it: to the booking, or to the same places
    held anew.
    """

    offerings: OfferingPages
    bookings: Bookings
    confirm_hold: ConfirmHold
    release_hold: ReleaseHold
    tokens: LinkSigner

    async def details(self, page: PageContext) -> Response:
        hold = await self._hold(page, _hold_id(page))
        booking = hold.booking
        if hold.became_booking:
            return self._booking(page, hold)
        if not hold.is_live:
            return await self._ended(page, hold)
        self._remember(page, hold)
        details = (
            Details(
                booking.customer_name,
                readable_address(booking.customer_email),
                phone_text(booking.customer_phone),
            )
            if booking.customer_email
            else self.offerings.drafts.find(page)
        )
        return await self._details_form(page, hold, details)

    async def confirm(self, page: PageContext) -> Response:
        """Book the held places, or first hold them anew when the hold has ended meanwhile."""
        form = await page.form()
        hold = await self._hold(page, _hold_id(page))
        sent = _read_form(page, hold, form)
        if hold.became_booking:
            return self._booked_already(page, hold, sent)
        if hold.is_live:
            return await self._confirm(page, hold, sent)
        try:
            again = await self._hold_again(page, hold)
        except FullhouseError as error:
            return await self.offerings.refusal(
                page, hold.context, hold.selection, error=error, details=sent.details
            )
        if again.became_booking:
            return self._booked_already(page, again, sent)
        return await self._confirm(page, again, sent, note=_again_note(hold, page))

    async def release(self, page: PageContext) -> Response:
        """Release the places; of a booking, which only cancelling releases, go to the ticket."""
        hold = await self._hold(page, _hold_id(page))
        if hold.became_booking:
            return self._booking(page, hold, done="unreleased")
        if hold.is_live:
            try:
                await self.release_hold(page.org_id, hold.booking.booking_id, context=page.context)
            except BookingError:  # it was confirmed, released or expired at the same moment
                return page.redirect(hold.urls.hold(hold.booking.booking_id))
            self.offerings.funnel.release(page, hold.view.offering.offering_id)
        assert hold.query.day is not None, "a slot has a day"
        return page.redirect(hold.urls.day(hold.query.day))

    async def _confirm(
        self, page: PageContext, hold: Hold, sent: DetailsForm, *, note: Note | None = None
    ) -> Response:
        if sent.customer is None or sent.details.problems:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return await self._details_form(page, hold, sent.details, note=note, status=status)
        places = hold.places(sent.guests.guests)
        if hold.asks_guests and sent.price_shown != places.price_shown(hold.view.offering):
            text = page.translations.gettext("Please check the price for your guests, then book.")
            return await self._details_form(
                page, hold, sent.details, note=Note("info", text), status=HTTPStatus.CONFLICT
            )
        request = ConfirmRequest(
            sent.customer,
            locale=page.translations.language,
            source=source_of(page),
            allow_duplicate=sent.allow_duplicate,
            answers=sent.answers.given,
            guests=sent.guests.numbers,
        )
        hold_id = hold.booking.booking_id
        try:
            with self.offerings.funnel.completing(page, hold.view.offering.offering_id):
                await self.confirm_hold(page.org_id, hold_id, request, context=page.context)
        except FullhouseError as error:
            return await self._refusal(page, hold, sent, error=error)
        self._remember(page, hold)
        self.offerings.drafts.forget(page, hold.urls)
        return page.redirect(hold.booking_urls.new_ticket)

    async def _refusal(
        self, page: PageContext, hold: Hold, sent: DetailsForm, *, error: FullhouseError
    ) -> Response:
        questions_changed = isinstance(error, AnswerMissing | AnswerNotValid)
        if not (questions_changed or has_error_text(error)):
            raise error
        now = await self._hold(page, hold.booking.booking_id)
        if now.became_booking:  # at the same moment, by another form
            return self._booked_already(page, now, sent)
        if questions_changed or isinstance(error, HoldHasExpired):
            return await self.confirm(page)
        return await self._details_form(
            page,
            hold,
            sent.details,
            note=hold.error_note(error),
            status=status_of(error),
            ask_duplicate=isinstance(error, PossibleDuplicate),
        )

    async def _hold_again(self, page: PageContext, hold: Hold) -> Hold:
        """The same places, held anew; raises as `PlaceHold`, and `UnknownOffering`."""
        if not hold.context.offering.published:
            raise UnknownOffering
        hold_id = await self.offerings.live_holds.take_again(
            page, hold.context.offering, hold.request, ended=hold.booking.booking_id
        )
        return await self._hold(page, hold_id)

    async def _hold(self, page: PageContext, hold_id: BookingId) -> Hold:
        """Raises `UnknownBooking`."""
        view = await self.bookings.by_id(page.org_id, hold_id)
        if view is None:
            raise UnknownBooking
        view, booking = view.in_language(page.text_language), view.booking
        cookie = page.request.cookies.get(_cookie_name(booking), "")
        return Hold(
            view,
            OfferingContext(view.offering, view.venue, page.formatter(view.venue)),
            page.organisation.slug,
            SignedUrls(self.tokens).booking(page.organisation.slug, booking),
            is_live=self.offerings.live_holds.is_live(booking),
            is_own=self.tokens.opens(cookie, booking, "hold"),
            sends_email=page.sends_email,
        )

    def _remember(self, page: PageContext, hold: Hold) -> None:
        """Have the browser prove that it had the hold, once it is a booking.

        To the page of the hold, and to that of the one before it, whose form may be sent again.
        """
        booking = hold.booking
        value = self.tokens.token(
            "hold", booking.org_id, booking.booking_id, version=booking.link_version
        )
        for hold_id in dict.fromkeys((booking.booking_id, _hold_id(page))):
            page.cookies.append(
                Cookie(
                    name=_cookie_name(booking),
                    value=value,
                    path=hold.urls.hold(hold_id),
                    max_age=HOLD_COOKIE_SECONDS,
                    secure=page.is_secure,
                )
            )

    def _booking(self, page: PageContext, hold: Hold, *, done: str = "") -> Response:
        """The ticket; a way to have it sent, unless the browser proves that it had the hold."""
        urls = hold.booking_urls
        if not hold.is_own:
            return booked_already(page, hold.booking)
        return page.redirect(urls.ticket_after(done) if done else urls.ticket)

    def _booked_already(self, page: PageContext, hold: Hold, sent: DetailsForm) -> Response:
        """The ticket, which says whose booking it is when this form has other details."""
        self.offerings.drafts.forget(page, hold.urls)
        if hold.is_own and hold.is_booked_by(sent):
            return page.redirect(hold.booking_urls.new_ticket)
        return self._booking(page, hold, done="unchanged")

    async def _details_form(
        self,
        page: PageContext,
        hold: Hold,
        details: Details,
        *,
        note: Note | None = None,
        status: int = HTTPStatus.OK,
        ask_duplicate: bool = False,
    ) -> Response:
        if status != HTTPStatus.OK:
            self.offerings.drafts.keep(page, hold.urls, details)
        presenter = await self.offerings.loader.presenter(page, hold.context, hold.query)
        places = hold.places(hold.choose(details.answers, page.translations).guests)
        form = presenter.details_step(places, details, ask_duplicate=ask_duplicate)
        content = presenter.page(slot_form=form, note=note)
        return render_offering(page, hold.context, content, status=status)

    async def _ended(self, page: PageContext, hold: Hold) -> Response:
        """The day again, with its time chosen when it still has room.

        Raises `UnknownOffering` when the offering was withdrawn.
        """
        if not hold.context.offering.published:
            raise UnknownOffering
        presenter = await self.offerings.loader.presenter(page, hold.context, hold.query)
        slot_id = str(hold.selection.slot.slot_id)
        slot_form = self.offerings.slot_form(presenter, slot_id, self.offerings.drafts.find(page))
        note = hold.error_note(_ended_error(hold.booking))
        content = presenter.page(slot_form=slot_form, note=note)
        return render_offering(page, hold.context, content, status=HTTPStatus.GONE)


def _read_form(page: PageContext, hold: Hold, form: Mapping[str, str]) -> DetailsForm:
    translations, offering = page.translations, hold.view.offering
    details, customer = read_details(form, translations, country=hold.context.venue.country)
    answers = read_typed_answers(form, offering.questions, translations, party=hold.booking.party)
    guests = hold.choose(form, translations)
    details = msgspec.structs.replace(
        details,
        answers={**answers.typed, **guests.typed},
        problems={**details.problems, **answers.problems, **guests.problems},
    )
    twice = form.get("allow_duplicate") == "yes"
    return DetailsForm(
        details, customer, answers, guests, twice, price_shown=form.get("price_shown", "")
    )


def _hold_id(page: PageContext) -> BookingId:
    """Raises `UnknownBooking`."""
    try:
        return BookingId(UUID(page.path_parameter("hold")))
    except ValueError:
        raise UnknownBooking from None


def _ended_error(booking: Booking) -> HoldHasExpired:
    """What became of a hold; of one that was released before its time, without a time."""
    expires_at = None if booking.status == "released" else booking.expires_at
    return HoldHasExpired(expires_at=expires_at)


def _again_note(hold: Hold, page: PageContext) -> Note:
    _ = page.translations.gettext
    ended = hold.error_note(_ended_error(hold.booking))
    return Note("info", ended.text, _("They were still available, and are reserved for you again."))
