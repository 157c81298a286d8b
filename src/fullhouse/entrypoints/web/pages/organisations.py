"""`/` and `/{org}`: who takes bookings here, and what can be booked of them."""

from dataclasses import dataclass

from litestar import Response

from fullhouse.entrypoints.web.booker import price_words
from fullhouse.entrypoints.web.colors import accent_css
from fullhouse.entrypoints.web.pages.lobby import Lobby, org_id_of, org_of, picture_href
from fullhouse.entrypoints.web.views import Empty, OfferingCard
from fullhouse.entrypoints.web.visit import SECURITY_HEADERS, PageRequest
from fullhouse.people.reads.organisations import organisations


@dataclass(frozen=True, slots=True)
class OrganisationPages:
    """The way in."""

    lobby: Lobby

    async def home(self, request: PageRequest) -> Response[str]:
        visit = self.lobby.reception.visit(request)
        async with self.lobby.house.database.session() as session:
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
                    house.sentence,
                    "",
                    picture_href(visit, house.cover),
                    f"/{house.slug}",
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

    async def organisation(self, request: PageRequest) -> Response[str]:
        visit = await self.lobby.visit(request)
        _ = visit.translations.gettext
        house, formatter = org_of(visit), visit.utc_formatter
        offerings = await self.lobby.house.catalogue.offerings(org_id_of(visit))
        return visit.page(
            "organisation.html",
            house.name,
            title=house.name,
            cover=picture_href(visit, house.cover),
            sentence=house.sentence,
            cards=tuple(
                OfferingCard(
                    offering.name,
                    offering.summary,
                    price_words(offering, formatter),
                    picture_href(visit, offering.picture),
                    f"/{house.slug}/{offering.slug}",
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

    async def accent(self, request: PageRequest) -> Response[str]:
        """The organisation's accent as a stylesheet: the page's policy allows no inline style."""
        visit = await self.lobby.visit(request)
        return Response(
            accent_css(org_of(visit).accent or ""),
            media_type="text/css",
            headers={**SECURITY_HEADERS, "cache-control": "public, max-age=86400"},
        )
