"""`/robots.txt`, `/sitemap.xml` and `/domains/ask`: what programs without a person ask for."""

from collections.abc import Iterator, Sequence
from html import escape
from io import StringIO
from typing import Final, TextIO
from urllib.parse import quote

import msgspec

from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.model.urls import OfferingUrls, organisation_path, with_query
from fullhouse.entrypoints.web.limits import (
    SITEMAP_ITEMS_PER_PAGE,
    SITEMAP_PAGES_MAX,
    SITEMAP_PAGES_PER_TOKEN,
)
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import NO_STORE, Response
from fullhouse.kernel.errors import NotFound
from fullhouse.localisation.translations import LANGUAGES
from fullhouse.people.model.domains import requested_domain
from fullhouse.people.reads.directory import OrganisationCache
from fullhouse.people.reads.organisations import organisations
from fullhouse.storage.database import Database

_CACHED_FOR_AN_HOUR: Final = (b"cache-control", b"public, max-age=3600")
_NAMESPACES: Final = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)


class CrawlerPages(msgspec.Struct, frozen=True):
    """Lists the public pages. The pages of guests and staff ask not to be found, each by itself."""

    database: Database
    catalogue: CachedCatalogue
    directory: OrganisationCache

    async def robots(self, page: PageContext) -> Response:
        lines = (
            "User-agent: *",
            "Disallow: /admin",
            "Disallow: /api/",
            f"Sitemap: {page.base_url}/sitemap.xml",
        )
        return _text("\n".join(lines) + "\n", b"text/plain; charset=utf-8")

    async def sitemap(self, page: PageContext) -> Response:
        """Each public page with its languages, up to `SITEMAP_PAGES_MAX`.

        At the own domain of a business, those of this business.
        """
        paths, listed = list[str](), [one for one in (page.organisation_or_none,) if one]
        if not listed:
            paths.append("/")
            async with self.database.session() as session:
                listed = await organisations(session)
        for organisation in listed:
            if len(paths) >= SITEMAP_PAGES_MAX:
                break
            offerings = await self.catalogue.offerings(organisation.org_id)
            paths.append(organisation_path(organisation.slug))
            paths += [OfferingUrls(organisation.slug, one.slug).path for one in offerings]
        page.request.tokens += len(paths) // SITEMAP_PAGES_PER_TOKEN
        found = StringIO()
        await self.database.turns.run(_written(found, page.base_url, paths[:SITEMAP_PAGES_MAX]))
        urls = found.getvalue()
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {_NAMESPACES}>{urls}</urlset>\n'
        return await page.compressed(_text(text, b"application/xml; charset=utf-8"))

    async def domain(self, page: PageContext) -> Response:
        """Whether a proxy may have a certificate made for `domain`: 200 for confirmed ones, or 404.

        Caddy asks so before it makes one (`on_demand_tls`).
        """
        domain = requested_domain(page.query("domain") or "")
        if await self.directory.slug_at(domain) is None:
            raise NotFound
        return Response(200, b"confirmed\n", ((b"content-type", b"text/plain"), NO_STORE))


def _written(out: TextIO, base_url: str, paths: Sequence[str]) -> Iterator[int]:
    for path in paths:
        out.write(_url(base_url + quote(path)))
        yield SITEMAP_ITEMS_PER_PAGE


def _url(url: str) -> str:
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" '
        f'href="{escape(with_query(url, lang=language))}"/>'
        for language in LANGUAGES
    )
    return f"<url><loc>{escape(url)}</loc>{links}</url>"


def _text(text: str, media_type: bytes) -> Response:
    headers = ((b"content-type", media_type), (b"vary", b"accept-encoding"), _CACHED_FOR_AN_HOUR)
    return Response(200, text.encode(), headers)
