"""`/` and `/{org}`: the organisations of the installation, and the offerings of one."""

from typing import Final

import msgspec

from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.urls import OfferingUrls, organisation_path
from fullhouse.booking.price_texts import price_text
from fullhouse.booking.structured_data import business_data
from fullhouse.entrypoints.limits import OFFERINGS_PER_TOKEN
from fullhouse.entrypoints.web.page_context import LEGAL_NAMES, PageContext, is_link
from fullhouse.entrypoints.web.pages.offering_loader import picture_href
from fullhouse.entrypoints.web.views import Empty, OfferingCard
from fullhouse.http.response import NO_STORE, Response
from fullhouse.kernel.errors import NotFound
from fullhouse.numerics.colors import accent_css
from fullhouse.people.reads.organisations import organisations
from fullhouse.storage.database import Database

# The URL of the accent has the color, so browsers may store it for ever
_IMMUTABLE: Final = (b"cache-control", b"public, max-age=31536000, immutable")
_REVALIDATED: Final = "private, no-cache"


class OrganisationPages(msgspec.Struct, frozen=True):
    """The start page of the installation and of each organisation."""

    database: Database
    catalogue: CachedCatalogue

    async def home(self, page: PageContext) -> Response:
        """All businesses; at the own domain of one it leads to this."""
        if page.organisation_or_none is not None:
            return page.redirect(organisation_path(page.organisation.slug))
        async with self.database.session() as session:
            listed = await organisations(session)
        _ = page.translations.gettext
        text = _("Choose where you would like to book.")
        response = page.render(
            "organisation.html",
            _("Bookings"),
            cache=_REVALIDATED,
            meta=page.meta(text),
            title=_("Bookings"),
            cover="",
            cover_alt="",
            summary=text if listed else "",
            cards=tuple(
                OfferingCard(
                    organisation.name,
                    organisation.tagline,
                    "",
                    picture_href(page, organisation.cover, org=organisation.slug, size="card"),
                    organisation_path(organisation.slug),
                    organisation.cover_alt,
                )
                for organisation in (
                    one.in_language(one.text_language(page.language)) for one in listed
                )
            ),
            empty=Empty(
                _("No bookings here yet"),
                _(
                    "Businesses that take bookings here will be listed on this page. If this site "
                    "is yours, set the first one up by the link that Fullhouse printed when it "
                    "started; the command `fullhouse set-up` prints it again."
                ),
            ),
        )
        return await page.compressed(response)

    async def legal(self, page: PageContext, name: str) -> Response:
        """Terms, privacy or imprint as the business wrote them. Raises `NotFound` for none."""
        text = getattr(page.shown_organisation, name)
        if not text:
            raise NotFound
        if is_link(text):
            return page.redirect(text)
        title = page.translations.gettext(LEGAL_NAMES[name])
        response = page.render(
            "legal.html", title, cache=_REVALIDATED, meta=page.meta(title), title=title, text=text
        )
        return await page.compressed(response)

    async def organisation(self, page: PageContext) -> Response:
        _ = page.translations.gettext
        organisation = page.shown_organisation
        offerings = await self.catalogue.offerings(page.org_id)
        page.request.tokens += len(offerings) // OFFERINGS_PER_TOKEN
        cover = picture_href(page, organisation.cover, org=organisation.slug)
        response = page.render(
            "organisation.html",
            organisation.name,
            cache=_REVALIDATED,
            meta=page.meta(
                organisation.tagline or organisation.name,
                picture=cover,
                structured_data=business_data(
                    organisation,
                    url=page.base_url + organisation_path(organisation.slug),
                    image=page.base_url + cover if cover else "",
                ),
            ),
            title=organisation.name,
            cover=cover,
            cover_alt=organisation.cover_alt,
            summary=organisation.tagline,
            cards=tuple([await self._card(page, offering) for offering in offerings]),
            empty=Empty(
                _("Nothing to book yet"),
                _(
                    "%(name)s has nothing to book yet. Please check back soon.",
                    name=organisation.name,
                ),
            ),
        )
        return await page.compressed(response)

    async def _card(self, page: PageContext, offering: Offering) -> OfferingCard:
        """The offering, with its price as at its venue."""
        venue = await self.catalogue.venue(page.org_id, offering.venue_id)
        offering = offering.in_language(page.text_language)
        return OfferingCard(
            offering.name,
            offering.summary,
            price_text(offering, page.formatter(venue)),
            picture_href(page, offering.picture, org=page.organisation.slug, size="card"),
            OfferingUrls(page.organisation.slug, offering.slug).path,
            offering.picture_alt,
        )

    async def accent(self, page: PageContext) -> Response:
        """The accent as a stylesheet: the content security policy allows no inline style."""
        accent = page.organisation.accent or ""
        is_its_version = page.query("v") == accent.removeprefix("#")
        return Response(
            200,
            accent_css(accent).encode(),
            (
                (b"content-type", b"text/css; charset=utf-8"),
                _IMMUTABLE if is_its_version else NO_STORE,
            ),
        )
