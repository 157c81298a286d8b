"""The waiting list: joining it, the offer when the party fits, and leaving it."""

from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from fullhouse.booking.errors import UnknownWaiting
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.urls import OfferingUrls, SignedUrls, WaitingListUrls
from fullhouse.booking.model.waiting import WaitingEntry
from fullhouse.booking.reads.bookings import waiting_entry
from fullhouse.entrypoints.http.request import Request
from fullhouse.entrypoints.http.response import Response
from fullhouse.entrypoints.web.booker import slot_of
from fullhouse.entrypoints.web.forms import read_details
from fullhouse.entrypoints.web.pages.lobby import Lobby, Offered, org_id_of, org_of
from fullhouse.entrypoints.web.pages.offerings import OfferingPages, show
from fullhouse.entrypoints.web.views import WaitingPage
from fullhouse.entrypoints.web.visit import Visit
from fullhouse.kernel.errors import FullhouseError
from fullhouse.localisation.translations import Translations


@dataclass(frozen=True, slots=True)
class WaitingPages:
    """A place on a waiting list is its guest's by the token in the link."""

    lobby: Lobby
    offerings: OfferingPages

    async def to_offering(self, request: Request) -> Response:
        """Who comes to the form's own address by reloading is shown the times."""
        visit = await self.lobby.visit(request)
        return visit.redirect(
            OfferingUrls(org_of(visit).slug, request.path_params["offering"]).path
        )

    async def join(self, request: Request) -> Response:
        visit = await self.lobby.visit(request)
        form = await visit.form()
        offered = await self.lobby.offered(visit, request.path_params["offering"])
        wanted = await self.offerings.wanted(offered, form)
        details, customer = read_details(form, visit.translations, country=offered.venue.country)
        if customer is None:
            opened = await self.lobby.counter(visit, offered, wanted.wish(offered))
            slot = slot_of(opened.counter.shown.slots, wanted.slot.slot_id)
            chosen = None if slot is None else opened.counter.waiting(slot, details)
            page = opened.page(chosen=chosen)
            return show(visit, offered, page, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        wish = WaitingRequest(
            wanted.slot.slot_id, wanted.party, customer, locale=visit.translations.language
        )
        try:
            answer = await self.lobby.app.booking.join_waiting_list(
                org_id_of(visit), wish, context=self.lobby.context()
            )
        except FullhouseError as error:
            return await self.offerings.refused(visit, offered, wanted, error=error)
        return visit.redirect(self._urls(visit, answer.outcome.entry_id).entry)

    async def place(self, request: Request) -> Response:
        """Where the party stands: waiting, offered places, or done."""
        visit, entry = await self._entry(request)
        catalogue = self.lobby.app.catalogue
        offering = await catalogue.offering_by_id(entry.org_id, entry.offering_id)
        venue = await catalogue.venue(entry.org_id, offering.venue_id)
        facts = await catalogue.slots(entry.org_id, [entry.slot_id])
        place = Place(
            entry,
            Offered(offering, venue, visit.formatter(venue)),
            starts_at=facts[0].starts_at,
            held_until=await self._held_until(entry),
            urls=OfferingUrls(org_of(visit).slug, offering.slug, entry.party),
            leave_action=self._urls(visit, entry.entry_id).leave,
        )
        page = place.page()
        status = HTTPStatus.GONE if page.is_over else HTTPStatus.OK
        return visit.page("waiting.html", page.title, status=status, page=page)

    async def leave(self, request: Request) -> Response:
        visit, entry = await self._entry(request)
        await visit.form()
        await self.lobby.app.booking.leave_waiting_list(
            entry.org_id, entry.entry_id, context=self.lobby.context()
        )
        return visit.redirect(self._urls(visit, entry.entry_id).entry)

    async def _entry(self, request: Request) -> tuple[Visit, WaitingEntry]:
        """Raises `UnknownWaiting`, also for a token that is not this entry's."""
        visit = await self.lobby.visit(request)
        org_id = org_id_of(visit)
        try:
            entry_id = UUID(request.path_params["waiting"])
        except ValueError:
            raise UnknownWaiting from None
        opens = self.lobby.app.tokens.verify(
            visit.query("t") or "", "waiting", org_id=org_id, subject=entry_id
        )
        async with self.lobby.app.database.session() as session:
            entry = await waiting_entry(session, org_id, entry_id) if opens else None
        if entry is None:
            raise UnknownWaiting
        return visit, entry

    async def _held_until(self, entry: WaitingEntry) -> datetime | None:
        """Until when the offered places are kept; None when nothing is, or not any more."""
        if entry.status != "offered" or entry.booking_id is None:
            return None
        view = await self.lobby.app.bookings.by_id(entry.org_id, entry.booking_id)
        until = None if view is None else view.booking.expires_at
        return until if until is not None and until > self.lobby.app.clock.now() else None

    def _urls(self, visit: Visit, entry_id: UUID) -> WaitingListUrls:
        org = org_of(visit)
        urls = SignedUrls(self.lobby.app.tokens)
        return urls.waiting_list(org.slug, org_id=org.org_id, entry_id=entry_id)


@dataclass(frozen=True, slots=True)
class Place:
    """A party's place on a waiting list, at one instant."""

    entry: WaitingEntry
    offered: Offered
    starts_at: datetime
    held_until: datetime | None
    urls: OfferingUrls
    leave_action: str

    def page(self) -> WaitingPage:
        _ = self._translations.gettext
        match self.entry.status:
            case "waiting":
                return self._waiting()
            case "offered" if self.held_until is not None:
                return self._offered(self.held_until)
            case "booked":
                text = f"{self._people}, {self._time}"
                return self._page(_("You have booked these places"), text)
            case "left":
                text = _("We will not write to you about %(time)s any more.", time=self._time)
                return self._over(_("You have left the waiting list"), text)
            case "offered" | "lapsed":
                text = _(
                    "The places went to the next on the list. You can look at the "
                    "times that are free now."
                )
                return self._over(_("This offer has ended"), text)

    def _waiting(self) -> WaitingPage:
        text = self._translations.ngettext(
            "We write to %(email)s as soon as %(party)s fit at %(time)s, and "
            "keep the places for %(n)s minute.",
            "We write to %(email)s as soon as %(party)s fit at %(time)s, and "
            "keep the places for %(n)s minutes.",
            self.offered.offering.waiting_offer_minutes,
            email=self.entry.customer_email,
            party=self._people,
            time=self._time,
        )
        title = self._translations.gettext("You are on the waiting list")
        page = self._page(title, text, times_href=self._times)
        return replace(
            page,
            leave_action=self.leave_action,
            leave_button=self._translations.gettext("Leave the waiting list"),
        )

    def _offered(self, until: datetime) -> WaitingPage:
        assert self.entry.booking_id is not None, "an offer is a hold"
        text = self._translations.gettext(
            "Places for %(party)s at %(time)s are held for you until %(until)s.",
            party=self._people,
            time=self._time,
            until=self.offered.formatter.time(until),
        )
        return replace(
            self._page(self._translations.gettext("Places have come free"), text),
            accept_href=self.urls.hold(self.entry.booking_id) + "#chosen",
            leave_action=self.leave_action,
            leave_button=self._translations.gettext("No, thank you"),
        )

    def _over(self, title: str, text: str) -> WaitingPage:
        return replace(self._page(title, text, times_href=self._times), is_over=True)

    def _page(self, title: str, text: str, *, times_href: str = "") -> WaitingPage:
        name = self.offered.offering.name
        return WaitingPage(title, text, name, times_href=times_href)

    @property
    def _translations(self) -> Translations:
        return self.offered.formatter.translations

    @property
    def _people(self) -> str:
        return self.offered.formatter.people(self.entry.party)

    @property
    def _time(self) -> str:
        return self.offered.formatter.date_time(self.starts_at)

    @property
    def _times(self) -> str:
        return self.urls.day(self.offered.formatter.local(self.starts_at).date())
