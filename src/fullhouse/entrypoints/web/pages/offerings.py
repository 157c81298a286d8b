"""`/{org}/{offering}`: day, time and party; then the places are held while the guest says who."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from fullhouse.booking.errors import SlotFull, UnknownSlot
from fullhouse.booking.model.requests import HoldRequest
from fullhouse.booking.model.slot import SlotFacts, SlotId
from fullhouse.entrypoints.http.request import Request
from fullhouse.entrypoints.http.response import Response
from fullhouse.entrypoints.web.booker import slot_of
from fullhouse.entrypoints.web.forms import Details, read_party
from fullhouse.entrypoints.web.pages.lobby import (
    Lobby,
    Offered,
    Opened,
    Wish,
    org_id_of,
    wish_of,
)
from fullhouse.entrypoints.web.pages.sources import remember_source
from fullhouse.entrypoints.web.refusals import Refused, is_told, note_of
from fullhouse.entrypoints.web.views import Chosen, OfferingPage
from fullhouse.entrypoints.web.visit import Visit
from fullhouse.kernel.errors import FullhouseError

_ONCE_CHARACTERS_MAX: Final = 36


@dataclass(frozen=True, slots=True)
class OfferingPages:
    """Looking and choosing."""

    lobby: Lobby

    async def offering(self, request: Request) -> Response:
        visit = await self.lobby.visit(request)
        offered = await self.lobby.offered(visit, request.path_params["offering"])
        remember_source(visit)
        opened = await self.lobby.counter(visit, offered, wish_of(visit, offered.offering))
        chosen = self._chosen(opened, visit.query("slot"))
        # No personal data here: going back shows the page as it was left, with its form
        return show(visit, offered, opened.page(chosen=chosen), cache="private, no-cache")

    async def hold(self, request: Request) -> Response:
        """Take the places for some minutes, and go on to the details."""
        visit = await self.lobby.visit(request)
        form = await visit.form()
        offered = await self.lobby.offered(visit, request.path_params["offering"])
        wanted = await self.wanted(offered, form)
        # A form sent twice holds once; the same places chosen anew are a new wish
        once = form.get("once", "")[:_ONCE_CHARACTERS_MAX]
        context = self.lobby.context(key=f"page {once}" if once else None)
        request_ = HoldRequest((wanted.slot.slot_id,), wanted.party)
        try:
            answer = await self.lobby.app.booking.place_hold(
                org_id_of(visit), request_, context=context
            )
        except FullhouseError as error:
            return await self.refused(visit, offered, wanted, error=error)
        opened = await self.lobby.counter(visit, offered, wanted.wish(offered))
        return visit.redirect(opened.counter.urls.hold(answer.outcome.booking_id) + "#chosen")

    async def wanted(self, offered: Offered, form: dict[str, str]) -> "Wanted":
        """The slot and party that a form names; raises `UnknownSlot`."""
        offering = offered.offering
        party = read_party(
            form.get("party"), None, smallest=offering.party_min, largest=offering.party_max
        )
        try:
            slot_id = SlotId(UUID(form.get("slot", "")))
        except ValueError:
            raise UnknownSlot from None
        facts = await self.lobby.app.catalogue.slots(offering.org_id, [slot_id])
        return Wanted(facts[0], party or offering.party_min)

    async def refused(
        self, visit: Visit, offered: Offered, wanted: "Wanted", *, error: FullhouseError
    ) -> Response:
        """The day again, saying what happened and what would work; other errors are raised on."""
        if not is_told(error):
            raise error
        opened = await self.lobby.counter(visit, offered, wanted.wish(offered))
        note = note_of(
            Refused(
                offered.formatter,
                error,
                wanted.slot.starts_at,
                wanted.party,
                opened.counter.urls,
            )
        )
        slot = slot_of(opened.counter.shown.slots, wanted.slot.slot_id)
        chosen = (
            opened.counter.waiting(slot, Details())
            if slot is not None and isinstance(error, SlotFull)
            else None
        )
        page = opened.page(chosen=chosen, note=note)
        return show(visit, offered, page, status=status_of(error))

    def _chosen(self, opened: Opened, slot_id: str | None) -> Chosen | None:
        """The row that is open: its places, or its waiting list when it is full."""
        slot = slot_of(opened.counter.shown.slots, slot_id)
        if slot is None or opened.typed != opened.counter.shown.party:
            return None
        if opened.counter.shown.has_room(slot):
            return opened.counter.places(slot, once=str(self.lobby.app.ids.uuid()))
        if opened.counter.shown.state(slot) == "full":
            return opened.counter.waiting(slot, Details())
        return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A slot that a party wants."""

    slot: SlotFacts
    party: int

    def wish(self, offered: Offered) -> Wish:
        return Wish(self.party, offered.formatter.local(self.slot.starts_at).date())


def show(
    visit: Visit,
    offered: Offered,
    page: OfferingPage,
    *,
    status: int = HTTPStatus.OK,
    cache: str = "no-store",
) -> Response:
    """The offering's page; when something typed is wrong, its title says so first."""
    name = offered.offering.name
    is_wrong = status == HTTPStatus.UNPROCESSABLE_ENTITY
    return visit.page(
        "offering.html",
        f"{visit.translations.gettext('There is a problem')}: {name}" if is_wrong else name,
        status=status,
        cache=cache,
        footnote=visit.translations.gettext(
            "All times are local time in %(city)s.", city=page.zone
        ),
        page=page,
    )


def status_of(error: FullhouseError) -> int:
    """Full or too late is a conflict; busy is for a moment."""
    return HTTPStatus.SERVICE_UNAVAILABLE if error.transient else HTTPStatus.CONFLICT
