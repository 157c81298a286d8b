"""What every page needs of the app: whose page it is, what is asked for, and who asks."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.urls import OfferingUrls
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.http.request import Request
from fullhouse.entrypoints.web.booker import Counter
from fullhouse.entrypoints.web.forms import read_party
from fullhouse.entrypoints.web.months import Shown, next_month
from fullhouse.entrypoints.web.views import Chosen, Note, OfferingPage
from fullhouse.entrypoints.web.visit import Reception, Visit, phone_words
from fullhouse.kernel.context import GUEST, Principal, RequestContext
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.people.model import Organisation, Venue
from fullhouse.scheduling.limits import MATERIALISE_DAYS_AHEAD
from fullhouse.telemetry import correlation

_LOOK_BEYOND_DAYS: Final = 14
"""How far past the month the next day with room is looked for."""


@dataclass(frozen=True, slots=True)
class Lobby:
    """Receives a request at the organisation it is for."""

    app: Application
    reception: Reception

    async def visit(self, request: Request) -> Visit:
        """Raises `UnknownOrganisation`."""
        slug = request.path_params["org"]
        return self.reception.visit(request, await self.app.directory.organisation(slug))

    def context(self, *, principal: Principal = GUEST, key: str | None = None) -> RequestContext:
        return RequestContext(principal, correlation.current() or self.app.ids.uuid(), key)

    async def offered(self, visit: Visit, slug: str) -> "Offered":
        """Raises `UnknownOffering`, also for one that is not published."""
        offering = await self.app.catalogue.offering(org_id_of(visit), slug)
        if not offering.published:
            raise UnknownOffering
        venue = await self.app.catalogue.venue(offering.org_id, offering.venue_id)
        return Offered(offering, venue, visit.formatter(venue))

    async def shown(self, offered: "Offered", *, month: date, party: int) -> Shown:
        """A month of slots, and a little beyond it, as they stand."""
        now = self.app.clock.now()
        first = max(month, offered.formatter.today(now))
        last = max(next_month(month) + timedelta(days=_LOOK_BEYOND_DAYS), first)
        picture = await self.app.availability.on_days(
            offered.offering, first, last, zone=offered.venue.zone
        )
        return Shown(
            offered.formatter,
            offered.offering,
            picture.slots,
            party,
            now,
            picture.as_of if picture.stale else None,
        )

    async def counter(self, visit: Visit, offered: "Offered", wish: "Wish") -> "Opened":
        """The offering's page at the day that was asked for, or at the first with room."""
        offering, formatter = offered.offering, offered.formatter
        today = formatter.today(self.app.clock.now())
        last = today + timedelta(days=MATERIALISE_DAYS_AHEAD)
        party = max(offering.party_min, min(wish.party, offering.party_max))
        day = wish.day and max(today, min(wish.day, last))
        month = (day or max(today, min(wish.month or today, last))).replace(day=1)
        shown = await self.shown(offered, month=month, party=party)
        if day is None:
            day = _first_day(shown, month, may_wander=wish.month is None) or max(today, month)
        if (day.year, day.month) != (month.year, month.month):
            shown = await self.shown(offered, month=day.replace(day=1), party=party)
        counter = Counter(
            shown=shown,
            urls=OfferingUrls(org_of(visit).slug, offering.slug, party),
            picture=picture_href(visit, offering.picture),
            phone=phone_words(org_of(visit).phone),
            last=last,
        )
        return Opened(counter, day, wish.party)


@dataclass(frozen=True, slots=True)
class Offered:
    """An offering, where it takes place, and how to speak of times there."""

    offering: Offering
    venue: Venue
    formatter: LocaleFormatter


@dataclass(frozen=True, slots=True)
class Wish:
    """What a guest wants to look at; the party as asked for, within bounds or not."""

    party: int
    day: date | None = None
    month: date | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A counter, the day it is open at and the party as asked for."""

    counter: Counter
    day: date
    typed: int

    def page(self, *, chosen: Chosen | None = None, note: Note | None = None) -> OfferingPage:
        return self.counter.page(self.day, chosen=chosen, note=note, typed=self.typed)


def wish_of(visit: Visit, offering: Offering) -> Wish:
    """The wish in the address; what cannot be read is as if it were not there."""
    smallest, largest = offering.party_min, offering.party_max
    party = read_party(
        visit.query("party"), visit.query("step"), smallest=smallest, largest=largest
    )
    if party is None:
        party = read_party(None, None, smallest=smallest, largest=largest)
    assert party is not None
    return Wish(party, read_date(visit.query("day")), read_date(f"{visit.query('month')}-01"))


def read_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def org_of(visit: Visit) -> Organisation:
    assert visit.house is not None, "this page is an organisation's"
    return visit.house


def org_id_of(visit: Visit) -> OrgId:
    return org_of(visit).org_id


def picture_href(visit: Visit, picture: str | None) -> str:
    """A picture of ours by its name, one of the owner's by its path; nothing from elsewhere."""
    if not picture:
        return ""
    if picture.startswith("/"):
        return picture
    for name in (f"pictures/{picture}", f"pictures/{picture}.svg"):
        if name in visit.templates.versions:
            return visit.templates.asset(name)
    return ""


def _first_day(shown: Shown, month: date, *, may_wander: bool) -> date | None:
    """The first day with room: of this month, or also of the next when nobody asked for one."""
    found = shown.first_day_with_room()
    if found is None or (not may_wander and found >= next_month(month)):
        return None
    return found
