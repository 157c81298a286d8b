"""A request as the pages see it: in which language and colors, from whom, with what typed."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import phonenumbers

from fullhouse.booking.model.urls import accent_path, with_query
from fullhouse.entrypoints.http.request import Request
from fullhouse.entrypoints.http.response import NO_STORE, Cookie, Response
from fullhouse.entrypoints.security.same_origin import require_same_origin
from fullhouse.entrypoints.security.staff_sessions import STAFF_COOKIE
from fullhouse.entrypoints.web.render import Templates
from fullhouse.entrypoints.web.views import Frame, Link, OrganisationView
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.negotiation import negotiate_language
from fullhouse.localisation.translations import Translations, language_names, load_translations
from fullhouse.people.model import Organisation, Venue

LANGUAGE_COOKIE: Final = "lang"
THEME_COOKIE: Final = "theme"
_ADDRESS_LETTERS: Final = "/?#[]@!$&'()*+,;=:%"
"""What RFC 3986 gives a meaning in an address, and the sign of what is escaped already."""

_YEAR_SECONDS: Final = 365 * 24 * 3600
_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `house` is the organisation whose page it is, where there is one."""

    request: Request
    templates: Templates
    language: str
    house: Organisation | None = None
    cookies: list[Cookie] = field(default_factory=list)

    def query(self, name: str) -> str | None:
        return self.request.query.get(name)

    def formatter(self, venue: Venue) -> LocaleFormatter:
        return formatter_for(self.language, ZoneInfo(venue.zone), country=venue.country)

    @property
    def utc_formatter(self) -> LocaleFormatter:
        return formatter_for(self.language, _UTC)

    @property
    def translations(self) -> Translations:
        return load_translations()[self.language]

    @property
    def is_secure(self) -> bool:
        return self.request.is_https

    @property
    def staff_token(self) -> str | None:
        return self.request.cookies.get(STAFF_COOKIE)

    def page(
        self,
        template: str,
        title: str,
        /,
        *,
        status: int = 200,
        cache: str = "no-store",
        footnote: str = "",
        **values: object,
    ) -> Response:
        """A page in the visitor's language and colors. `cache` is its `Cache-Control`."""
        frame = self._frame(title, footnote)
        text = self.templates.text(template, language=self.language, frame=frame, **values)
        headers = (
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-language", self.language.encode()),
            (b"vary", b"accept-language, cookie"),
            (b"cache-control", cache.encode()),
        )
        return self._with_cookies(Response(status, text.encode(), headers))

    def redirect(self, address: str) -> Response:
        """Go on there (303): going back or reloading does not repeat what was done."""
        # A path comes from the visitor: what is no ASCII, or a line break, must not reach a header
        location = quote(address, safe=_ADDRESS_LETTERS)
        headers = ((b"location", location.encode()), NO_STORE)
        return self._with_cookies(Response(303, b"", headers))

    async def form(self) -> dict[str, str]:
        """What was typed. Raises `CrossSiteRequest` when another site's page sent it."""
        require_same_origin(self.request)
        typed = await self.request.form()
        return {name: value.replace("\x00", "") for name, value in typed.items()}

    def _frame(self, title: str, footnote: str) -> Frame:
        theme = self.request.cookies.get(THEME_COOKIE, "")
        return Frame(
            title=title,
            language=self.language,
            theme=theme if theme in {"light", "dark"} else "",
            languages=tuple(
                Link(
                    language.upper(),
                    self._in_language(language),
                    name=name,
                    current=language == self.language,
                )
                for language, name in language_names().items()
            ),
            house=None if self.house is None else house_view(self.house),
            footnote=footnote,
        )

    def _in_language(self, language: str) -> str:
        """The same page in another language; of a form that was sent, the page it was on."""
        asked = {name: value for name, value in self.request.query.items() if name != "lang"}
        return with_query(self.request.path, **asked, lang=language)

    def _with_cookies(self, response: Response) -> Response:
        return response.with_headers(*(cookie.header for cookie in self.cookies))


@dataclass(frozen=True, slots=True)
class Reception:
    """Receives requests: has the templates. Built once."""

    templates: Templates

    def visit(self, request: Request, house: Organisation | None = None) -> Visit:
        """The request in the language asked for; one that was chosen is remembered in a cookie."""
        chosen = request.query.get("lang")
        language = negotiate_language(
            requested=chosen or request.cookies.get(LANGUAGE_COOKIE),
            accept=request.header(b"accept-language"),
            fallback=house.locale if house else "",
        )
        visit = Visit(request, self.templates, language, house)
        if chosen == language:
            visit.cookies.append(
                Cookie(
                    name=LANGUAGE_COOKIE,
                    value=language,
                    max_age=_YEAR_SECONDS,
                    secure=visit.is_secure,
                )
            )
        return visit


def phone_words(number: str) -> str:
    """A number in E.164 as one reads it: `+1 630-555-0142`; any other as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def house_view(house: Organisation) -> OrganisationView:
    return OrganisationView(
        slug=house.slug,
        name=house.name,
        sentence=house.tagline,
        email=house.email,
        phone=phone_words(house.phone),
        accent_href=accent_path(house.slug, house.accent) if house.accent else "",
    )
