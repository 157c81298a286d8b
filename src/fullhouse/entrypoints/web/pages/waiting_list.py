"""`/{org}/w/{entry}`: joining a waiting list, accepting the offered places, and leaving."""

from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

import msgspec

from fullhouse.booking.actions.confirm_hold import ConfirmHold
from fullhouse.booking.actions.join_waiting_list import JoinWaitingList
from fullhouse.booking.actions.leave_waiting_list import LeaveWaitingList
from fullhouse.booking.errors import (
    BookingError,
    PossibleDuplicate,
    TooManyBookings,
    UnknownSlot,
    UnknownWaiting,
)
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import ConfirmRequest, Customer, WaitingRequest
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.urls import OfferingUrls, SignedUrls, WaitingListUrls
from fullhouse.booking.model.waiting import WaitingEntry, longest_offer
from fullhouse.booking.reads.bookings import (
    Bookings,
    BookingView,
    waiting_entry,
    waiting_list_position,
)
from fullhouse.entrypoints.web.forms import read_details
from fullhouse.entrypoints.web.offering_presenter import slot_of
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.offering_loader import OfferingContext
from fullhouse.entrypoints.web.pages.offerings import OfferingPages, render_offering
from fullhouse.entrypoints.web.views import WaitingListPage
from fullhouse.http.response import Response
from fullhouse.kernel.errors import FullhouseError
from fullhouse.localisation.translations import Translations
from fullhouse.people.model.contact import readable_address
from fullhouse.storage.database import Database


class WaitingListPages(msgspec.Struct, frozen=True):
    """Waiting-list entries of guests. The token of the link authorises, no permission does."""

    offerings: OfferingPages
    database: Database
    bookings: Bookings
    join_waiting_list: JoinWaitingList
    leave_waiting_list: LeaveWaitingList
    confirm_hold: ConfirmHold
    tokens: LinkSigner

    async def redirect_to_offering(self, page: PageContext) -> Response:
        """Show the times to a guest who reloads the target of a form."""
        offering = page.path_parameter("offering")
        return page.redirect(OfferingUrls(page.organisation.slug, offering).path)

    async def join(self, page: PageContext) -> Response:
        form = await page.form()
        loader = self.offerings.loader
        context = await loader.offering(page, page.path_parameter("offering"))
        details, customer = read_details(form, page.translations, country=context.venue.country)
        any_time = form.get("any_time") == "yes"
        try:
            selection = await self.offerings.selection(context, form)
        except UnknownSlot:
            return await self.offerings.withdrawn(page, context, details)
        if customer is None:
            presenter = await loader.presenter(page, context, selection.query(context))
            slot = slot_of(presenter.availability.slots, selection.slot.slot_id)
            slot_form = (
                None
                if slot is None
                else self.offerings.waiting_list_step(presenter, slot, details, any_time=any_time)
            )
            content = presenter.page(slot_form=slot_form)
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return render_offering(page, context, content, status=status)
        request = WaitingRequest(
            selection.slot.slot_id,
            selection.party,
            customer,
            locale=page.translations.language,
            any_time=any_time,
        )
        try:
            result = await self.join_waiting_list(
                page.org_id, request, context=page.submission_context(form)
            )
        except FullhouseError as error:
            return await self.offerings.refusal(
                page, context, selection, error=error, details=details
            )
        return page.redirect(self._urls(page, result.outcome.entry_id).entry)

    async def entry(self, page: PageContext) -> Response:
        """The state of an entry: waiting, places offered, or over."""
        entry = await self._entry(page)
        catalogue = self.offerings.loader.catalogue
        offering = await catalogue.offering_by_id(entry.org_id, entry.offering_id)
        venue = await catalogue.venue(entry.org_id, offering.venue_id)
        (slot,) = await catalogue.slots(entry.org_id, [entry.slot_id])
        view = await self._booking(entry)
        urls = self._urls(page, entry.entry_id)
        formatter = page.formatter(venue)
        content = WaitingListEntryPage(
            entry,
            OfferingContext(offering.in_language(page.text_language), venue, formatter),
            starts_at=slot.starts_at,
            now=self.offerings.loader.clock.now(),
            position=await self._position(entry),
            held_until=None if view is None else view.booking.expires_at,
            urls=OfferingUrls(page.organisation.slug, offering.slug, entry.party),
            entry_urls=urls,
            ticket_href=self._ticket_href(page, entry, view),
            emails_guest=page.sends_to(entry.customer_email),
        ).page()
        status = HTTPStatus.GONE if content.is_over else HTTPStatus.OK
        return page.render(
            "waiting_list.html", content.title, status=status, times_of=formatter, page=content
        )

    async def accept(self, page: PageContext) -> Response:
        """Book the offered places for the guest who joined: everything is known already.

        Where more has to be asked, the form of the hold asks it.
        """
        entry = await self._entry(page)
        urls = self._urls(page, entry.entry_id)
        if entry.booking_id is None or entry.status != "offered":
            return page.redirect(urls.entry)
        customer = Customer(entry.customer_name, entry.customer_email, entry.customer_phone)
        request = ConfirmRequest(customer, locale=entry.locale)
        hold_id = BookingId(entry.booking_id)
        offering = await self.offerings.loader.catalogue.offering_by_id(
            entry.org_id, entry.offering_id
        )
        pages = OfferingUrls(page.organisation.slug, offering.slug, entry.party)
        asking = pages.hold(hold_id) + "#chosen"
        if offering.questions or offering.price_categories:
            return page.redirect(asking)
        try:
            result = await self.confirm_hold(page.org_id, hold_id, request, context=page.context)
        except (PossibleDuplicate, TooManyBookings):
            return page.redirect(asking)
        except BookingError:  # the offer has ended or was booked: the page says which
            return page.redirect(urls.entry)
        ticket = SignedUrls(self.tokens).booking(page.organisation.slug, result.outcome)
        return page.redirect(ticket.new_ticket)

    async def leave(self, page: PageContext) -> Response:
        entry = await self._entry(page)
        with suppress(BookingError):  # the offer ended or was booked: the page says which
            await self.leave_waiting_list(entry.org_id, entry.entry_id, context=page.context)
        return page.redirect(self._urls(page, entry.entry_id).entry)

    async def _entry(self, page: PageContext) -> WaitingEntry:
        """Raises `UnknownWaiting`, also when the token is of another entry."""
        try:
            entry_id = UUID(page.path_parameter("entry"))
        except ValueError:
            raise UnknownWaiting from None
        is_valid = self.tokens.verify(
            page.query("t") or "", "waiting", org_id=page.org_id, subject=entry_id
        )
        async with self.database.session() as session:
            entry = await waiting_entry(session, page.org_id, entry_id) if is_valid else None
        if entry is None:
            raise UnknownWaiting
        return entry

    async def _booking(self, entry: WaitingEntry) -> BookingView | None:
        """The hold that was offered, or the booking that it became."""
        if entry.booking_id is None:
            return None
        return await self.bookings.by_id(entry.org_id, entry.booking_id)

    async def _position(self, entry: WaitingEntry) -> int:
        if entry.status != "waiting":
            return 0
        async with self.database.session() as session:
            return await waiting_list_position(session, entry.org_id, entry.entry_id)

    def _ticket_href(self, page: PageContext, entry: WaitingEntry, view: BookingView | None) -> str:
        """The ticket; empty when the booking was given to another address since."""
        if view is None or view.booking.customer_email != entry.customer_email:
            return ""
        return SignedUrls(self.tokens).booking(page.organisation.slug, view.booking).ticket

    def _urls(self, page: PageContext, entry_id: UUID) -> WaitingListUrls:
        slug = page.organisation.slug
        return SignedUrls(self.tokens).waiting_list(slug, org_id=page.org_id, entry_id=entry_id)


class WaitingListEntryPage(msgspec.Struct, frozen=True):
    """The page of an entry of a waiting list, at one instant."""

    entry: WaitingEntry
    context: OfferingContext
    starts_at: datetime
    now: datetime
    position: int
    held_until: datetime | None
    urls: OfferingUrls
    entry_urls: WaitingListUrls
    ticket_href: str
    emails_guest: bool

    def page(self) -> WaitingListPage:
        _ = self._translations.gettext
        match self.entry.status:
            case "waiting":
                return self._waiting()
            case "offered" if self.held_until is not None and self.held_until > self.now:
                return self._offered(self.held_until)
            case "booked":
                text = f"{self._people}, {self._time}"
                page = self._page(_("You have booked these places"), text)
                return msgspec.structs.replace(page, ticket_href=self.ticket_href)
            case "left":
                text = _("You are no longer waiting for %(time)s.", time=self._time)
                return self._over(_("You have left the waiting list"), text)
            case "offered" | "lapsed":
                text = _(
                    "The places were offered to the next person. You can look at the times that "
                    "are available now."
                )
                return self._over(_("This offer has ended"), text)

    def _waiting(self) -> WaitingListPage:
        formatter = self.context.formatter
        longest = longest_offer(self.context.offering, self.starts_at, now=self.now)
        _ = self._translations.gettext
        waits_for = (
            _("You are waiting for places for %(party)s on %(time)s.", **self._what)
            if self.entry.day_starts_at is None
            else _(
                "You are waiting for places for %(party)s at any time on %(day)s.",
                party=self._people,
                day=formatter.long_date(formatter.local(self.starts_at).date()),
            )
        )
        offer = (
            _(
                "When they become available, we'll e-mail %(email)s and hold them for up to "
                "%(length)s.",
                email=readable_address(self.entry.customer_email),
                length=formatter.duration(longest),
            )
            if self.emails_guest
            else _(
                "This site sends no e-mail. Please keep this page open, or save it and look at it "
                "again: when they become available, it offers them to you and holds them for up "
                "to %(length)s.",
                length=formatter.duration(longest),
            )
        )
        title = _("You are on the waiting list")
        page = self._page(title, f"{waits_for} {offer}", times_href=self._times)
        return msgspec.structs.replace(
            page,
            lines=((self._translations.gettext("Your place in line"), str(self.position)),),
            leave_action=self.entry_urls.leave,
            leave_button=self._translations.gettext("Leave the waiting list"),
            refreshes=not self.emails_guest,
        )

    def _offered(self, until: datetime) -> WaitingListPage:
        assert self.entry.booking_id is not None, "an offer has a hold"
        formatter = self.context.formatter
        text = self._translations.gettext(
            "Places for %(party)s on %(time)s are reserved for you until %(until)s.",
            **self._what,
            until=formatter.time_on(formatter.today(self.now), until),
        )
        return msgspec.structs.replace(
            self._page(self._translations.gettext("Places are available for you"), text),
            accept_action=self.entry_urls.accept,
            change_href=self.urls.hold(self.entry.booking_id) + "#chosen",
            leave_action=self.entry_urls.leave,
            leave_button=self._translations.gettext("No, thanks"),
        )

    def _over(self, title: str, text: str) -> WaitingListPage:
        return msgspec.structs.replace(
            self._page(title, text, times_href=self._times), is_over=True
        )

    def _page(self, title: str, text: str, *, times_href: str = "") -> WaitingListPage:
        name = self.context.offering.name
        return WaitingListPage(title, text, name, times_href=times_href)

    @property
    def _translations(self) -> Translations:
        return self.context.formatter.translations

    @property
    def _people(self) -> str:
        return self.context.formatter.people(self.entry.party)

    @property
    def _time(self) -> str:
        return self.context.formatter.date_time(self.starts_at)

    @property
    def _what(self) -> dict[str, str]:
        return {"party": self._people, "time": self._time}

    @property
    def _times(self) -> str:
        return self.urls.day(self.context.formatter.local(self.starts_at).date())
