"""`/{org}/{offering}`: choose day, time and party, then hold the places."""

import asyncio
from http import HTTPStatus
from uuid import UUID

import msgspec

from fullhouse.booking.error_texts import ErrorContext, has_error_text
from fullhouse.booking.errors import TooManyHolds, UnknownSlot
from fullhouse.booking.model.funnel import FunnelStep
from fullhouse.booking.model.price_categories import GivenGuests
from fullhouse.booking.model.requests import HoldRequest
from fullhouse.booking.model.slot import Slot, SlotId, SlotIdentity
from fullhouse.booking.model.typed_guests import read_typed_guests
from fullhouse.booking.model.urls import OfferingUrls
from fullhouse.booking.structured_data import BookableTime, event_data
from fullhouse.entrypoints.web.error_notes import error_note
from fullhouse.entrypoints.web.forms import Details, digest_of, read_party
from fullhouse.entrypoints.web.offering_presenter import OfferingPagePresenter, slot_of
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.page_meta import PageMeta
from fullhouse.entrypoints.web.pages.drafts import Drafts
from fullhouse.entrypoints.web.pages.funnel import FunnelCounter
from fullhouse.entrypoints.web.pages.live_holds import LiveHolds
from fullhouse.entrypoints.web.pages.offering_loader import (
    OfferingContext,
    OfferingPageLoader,
    OfferingQuery,
    offering_query,
)
from fullhouse.entrypoints.web.pages.sources import remember_source
from fullhouse.entrypoints.web.views import Note, OfferingPage, SlotForm
from fullhouse.http.response import Response
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.ids import Ids


class SlotSelection(msgspec.Struct, frozen=True):
    """The slot and the party that a form names."""

    slot: SlotIdentity
    party: int
    guests: GivenGuests | None = None

    def query(self, context: OfferingContext) -> OfferingQuery:
        """The view of the offering on the day of the slot."""
        day = context.formatter.local(self.slot.starts_at).date()
        return OfferingQuery(self.party, day, guests=self.guests)


class OfferingPages(msgspec.Struct, frozen=True):
    """The page of an offering, and the hold that it asks for."""

    loader: OfferingPageLoader
    live_holds: LiveHolds
    drafts: Drafts
    ids: Ids
    funnel: FunnelCounter

    async def offering(self, page: PageContext) -> Response:
        context = await self.loader.offering(page, page.path_parameter("offering"))
        remember_source(page)
        self.funnel.view(page, context.offering.offering_id)
        query = offering_query(page, context.offering)
        presenter = await self.loader.presenter(page, context, query)
        slot_form = self.slot_form(presenter, page.query("slot"), Details())
        content = presenter.page(slot_form=slot_form)
        await asyncio.sleep(
            0
        )  # a month of a slot each five minutes takes long to build, and to render
        # Without personal data: going back shows the page as it was, with its form
        response = render_offering(
            page,
            context,
            content,
            cache="private, no-cache",
            meta=_meta(page, context, presenter),
        )
        # A page with a form is one guest's alone, so that compressing it would be for once
        return response if slot_form is not None else await page.compressed(response)

    async def hold(self, page: PageContext) -> Response:
        """Hold the places for some minutes, and go on to the customer's details."""
        form = await page.form()
        context = await self.loader.offering(page, page.path_parameter("offering"))
        try:
            selection = await self.selection(context, form)
        except UnknownSlot:
            return await self.withdrawn(page, context, self.drafts.find(page))
        urls = OfferingUrls(page.organisation.slug, context.offering.slug, selection.party)
        request = HoldRequest((selection.slot.slot_id,), selection.party, selection.guests)
        # A form that is sent twice holds once, also when the browser has not read the answer; one
        # that was gone back to and changed asks for other places
        form_context = page.submission_context(form, key=f"hold {digest_of(form)}")
        try:
            hold_id = await self.live_holds.take(
                page, context.offering, request, context=form_context
            )
        except FullhouseError as error:
            self.funnel.count(page, context.offering.offering_id, FunnelStep.FAIL)
            return await self.refusal(
                page, context, selection, error=error, details=self.drafts.find(page)
            )
        self.funnel.count(page, context.offering.offering_id, FunnelStep.START)
        return page.redirect(urls.hold(hold_id) + "#chosen")

    async def selection(self, context: OfferingContext, form: dict[str, str]) -> SlotSelection:
        """Raises `UnknownSlot`, also for a slot of another offering than the page's."""
        offering = context.offering
        party = read_party(
            form.get("party"), None, smallest=offering.party_min, largest=offering.party_max
        )
        slot_id = read_slot_id(form)
        (slot,) = await self.loader.catalogue.slots(offering.org_id, [slot_id])
        if slot.offering_id != offering.offering_id:
            raise UnknownSlot
        party = party or offering.party_min
        guests = read_typed_guests(form.get, offering.price_categories, party=party)
        return SlotSelection(slot, sum(guests.values()) if guests else party, guests or None)

    async def withdrawn(
        self, page: PageContext, context: OfferingContext, details: Details
    ) -> Response:
        """The times that are on sale, for a form with one that is not any more."""
        self.drafts.keep(page, OfferingUrls(page.organisation.slug, context.offering.slug), details)
        query = offering_query(page, context.offering)
        presenter = await self.loader.presenter(page, context, query)
        text = page.translations.gettext("This time is no longer on sale. Please choose another.")
        content = presenter.page(note=Note("warn", text))
        return render_offering(page, context, content, status=HTTPStatus.CONFLICT)

    async def refusal(
        self,
        page: PageContext,
        context: OfferingContext,
        selection: SlotSelection,
        *,
        error: FullhouseError,
        details: Details,
    ) -> Response:
        """The day with a note about the error, keeping the details that were typed.

        Raises an error that has no note.
        """
        if isinstance(error, UnknownSlot):
            return await self.withdrawn(page, context, details)
        if not has_error_text(error):
            raise error
        presenter = await self.loader.presenter(page, context, selection.query(context))
        self.drafts.keep(page, presenter.urls, details)
        note = error_note(
            ErrorContext(
                context.formatter,
                error,
                selection.slot.starts_at,
                selection.party,
                presenter.urls,
                page.sends_email,
            )
        )
        slot_form = self.slot_form(presenter, str(selection.slot.slot_id), details)
        content = presenter.page(slot_form=slot_form, note=note)
        return render_offering(page, context, content, status=status_of(error))

    def waiting_list_step(
        self,
        presenter: OfferingPagePresenter,
        slot: Slot,
        details: Details,
        *,
        any_time: bool = False,
    ) -> SlotForm:
        return presenter.waiting_list_step(
            slot, details, submission_id=str(self.ids.uuid()), any_time=any_time
        )

    def slot_form(
        self, presenter: OfferingPagePresenter, slot_id: str | None, details: Details
    ) -> SlotForm | None:
        """The form in the chosen row: to hold places, or to join a waiting list."""
        availability = presenter.availability
        slot = slot_of(availability.slots, slot_id)
        if slot is None or presenter.requested_party != availability.party:
            return None
        if availability.has_room(slot):
            return presenter.reserve_step(slot, submission_id=str(self.ids.uuid()))
        if availability.state(slot) == "full":
            return self.waiting_list_step(presenter, slot, details)
        return None


def read_slot_id(form: dict[str, str]) -> SlotId:
    """Raises `UnknownSlot`."""
    try:
        return SlotId(UUID(form.get("slot", "")))
    except ValueError:
        raise UnknownSlot from None


def render_offering(
    page: PageContext,
    context: OfferingContext,
    content: OfferingPage,
    *,
    status: int = HTTPStatus.OK,
    cache: str = "no-store",
    meta: PageMeta | None = None,
) -> Response:
    return page.render(
        "offering.html",
        context.offering.name,
        status=status,
        cache=cache,
        times_of=context.formatter,
        meta=meta,
        page=content,
    )


def _meta(
    page: PageContext, context: OfferingContext, presenter: OfferingPagePresenter
) -> PageMeta:
    """What the page says of the offering, and of the first time of the day that has room."""
    offering, picture = context.offering, presenter.picture
    availability = presenter.availability
    slot = next(filter(availability.has_room, availability.on(presenter.day)), None)
    data = ""
    if slot is not None:
        data = event_data(
            context.venue,
            page.organisation,
            BookableTime(offering, slot.starts_at, slot.ends_at),
            url=page.base_url + presenter.urls.path,
            image=page.base_url + picture if picture else "",
        )
    return page.meta(offering.summary or offering.name, picture=picture, structured_data=data)


def status_of(error: FullhouseError) -> int:
    """429 for too many holds, 503 for another transient error, else 409."""
    if isinstance(error, TooManyHolds):
        return HTTPStatus.TOO_MANY_REQUESTS
    return HTTPStatus.SERVICE_UNAVAILABLE if error.transient else HTTPStatus.CONFLICT
