"""`/` and `/{org}`: who takes bookings here, and what can be booked of them."""

from dataclasses import dataclass
from typing import Final

from fullhouse.booking.model.urls import OfferingUrls, organisation_path
from fullhouse.entrypoints.http.request import Request
from fullhouse.entrypoints.http.response import Response
from fullhouse.entrypoints.web.booker import price_words
from fullhouse.entrypoints.web.colors import accent_css
from fullhouse.entrypoints.web.pages.lobby import Lobby, org_id_of, org_of, picture_href
from fullhouse.entrypoints.web.views import Empty, OfferingCard
from fullhouse.people.reads.organisations import organisations

_CACHED_FOR_A_DAY: Final = (b"cache-control", b"public, max-age=86400")


@dataclass(frozen=True, slots=True)
class OrganisationPages:
    """The way in."""

    lobby: Lobby

    async def home(self, request: Request) -> Response:
        visit = self.lobby.reception.visit(request)
        async with self.lobby.app.database.session() as session:
            houses = await organisations(session)
        _ = visit.translations.gettext
        return visit.page(
            "organisation.html",
            _("Bookings"),
            title=_("Bookings"),
            cover="",
            sentence=_("Choose where you would like to go.") if houses else "",
            cards=tuple(
                OfferingCard(
                    house.name,
                    house.tagline,
                    "",
                    picture_href(visit, house.cover),
                    organisation_path(house.slug),
                )
                for house in houses
            ),
            empty=Empty(
                _("Nothing to book yet"),
                _(
                    "The places that take bookings here will be listed on this page. "
                    "To begin with a business to try, start Fullhouse with its demo."
                ),
            ),
        )

    async def organisation(self, request: Request) -> Response:
        visit = await self.lobby.visit(request)
        _ = visit.translations.gettext
        house, formatter = org_of(visit), visit.utc_formatter
        offerings = await self.lobby.app.catalogue.offerings(org_id_of(visit))
        return visit.page(
            "organisation.html",
            house.name,
            title=house.name,
            cover=picture_href(visit, house.cover),
            sentence=house.tagline,
            cards=tuple(
                OfferingCard(
                    offering.name,
                    offering.summary,
                    price_words(offering, formatter),
                    picture_href(visit, offering.picture),
                    OfferingUrls(house.slug, offering.slug).path,
                )
                for offering in offerings
            ),
            empty=Empty(
                _("Nothing to book yet"),
                _(
                    "What %(name)s offers will be listed here. Please look in again soon.",
                    name=house.name,
                ),
            ),
        )

    async def accent(self, request: Request) -> Response:
        """The organisation's accent as a stylesheet: the page's policy allows no inline style."""
        visit = await self.lobby.visit(request)
        return Response(
            200,
            accent_css(org_of(visit).accent or "").encode(),
            ((b"content-type", b"text/css; charset=utf-8"), _CACHED_FOR_A_DAY),
        )
