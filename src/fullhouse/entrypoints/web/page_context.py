"""The context of a page: language and theme of the visitor, organisation, principal and form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.model.urls import (
    ADMIN_PATH,
    accent_path,
    organisation_path,
    picture_path,
    with_query,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE
from fullhouse.entrypoints.web.page_meta import PageMeta
from fullhouse.entrypoints.web.render import Templates
from fullhouse.entrypoints.web.views import Frame, Link, OrganisationView, ZoneView
from fullhouse.http.compression import CompressedBodies
from fullhouse.http.multipart import SubmittedForm
from fullhouse.http.request import Request
from fullhouse.http.response import NO_STORE, Cookie, Response
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import GUEST, RequestContext
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.kernel.text import pasted
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.negotiation import accepted_country, negotiate_language
from fullhouse.localisation.translations import (
    Translations,
    gettext_noop,
    language_names,
    load_translations,
)
from fullhouse.people.model import Organisation, Venue
from fullhouse.people.model.contact import is_invented, phone_text, phone_url
from fullhouse.people.model.domains import own_base_url
from fullhouse.people.model.picture import is_picture_name
from fullhouse.resilience.operating_mode import OperatingMode, OperatingModes
from fullhouse.telemetry import correlation

LEGAL_NAMES: Final = {
    "terms": gettext_noop("Terms"),
    "privacy": gettext_noop("Privacy"),
    "imprint": gettext_noop("Imprint"),
}
LANGUAGE_COOKIE: Final = "lang"
THEME_COOKIE: Final = "theme"
_URL_CHARACTERS: Final = "/?#[]@!$&'()*+,;=:%"
"""Characters with a meaning in a URL (RFC 3986), and the sign of an escape."""

_SUBMISSION_ID_CHARACTERS_MAX: Final = 36
_REFUSALS: Final = frozenset({409, 422, 429, 503})
_YEAR_SECONDS: Final = 365 * 24 * 3600
_UTC: Final = ZoneInfo("UTC")


class PageContext(msgspec.Struct, frozen=True):
    """One request to a page, resolved: the dispatcher builds it before the handler runs."""

    request: Request
    templates: Templates
    language: str
    context: RequestContext
    now: datetime
    organisation_or_none: Organisation | None = None
    base_url: str = ""
    bodies: CompressedBodies = msgspec.field(default_factory=CompressedBodies)
    cookies: list[Cookie] = msgspec.field(default_factory=list)
    sends_email: bool = True
    """Whether there is a mail server: without one, no page may promise an e-mail."""
    mode: OperatingMode = OperatingMode.FULL
    switches_business: bool = False
    """Whether who is signed in works for other businesses as well."""

    def sends_to(self, address: str) -> bool:
        """Whether e-mails to this address leave: see `Mailer`."""
        return self.sends_email and address != "" and not is_invented(address)

    @property
    def organisation(self) -> Organisation:
        """The organisation that the path names."""
        assert self.organisation_or_none is not None, "the path has {org}"
        return self.organisation_or_none

    @property
    def org_id(self) -> OrgId:
        return self.organisation.org_id

    def submission_context(
        self, form: Mapping[str, str], *, key: str | None = None
    ) -> RequestContext:
        """The request context of a form: it is sent twice by the browser that has it, or by nobody.

        Its `submission_id` is random. With `key` the second time repeats the first.
        """
        submission_id = form.get("submission_id", "")[:_SUBMISSION_ID_CHARACTERS_MAX]
        if not submission_id:
            return self.context
        client = f"form {submission_id}"
        return msgspec.structs.replace(self.context, client=client, idempotency_key=key)

    def query(self, name: str) -> str | None:
        return self.request.query.get(name)

    def path_parameter(self, name: str) -> str:
        return self.request.path_params[name]

    def formatter(self, venue: Venue) -> LocaleFormatter:
        zone = ZoneInfo(venue.zone)
        return formatter_for(self.language, zone, country=venue.country, now=self.now)

    def date_time(self, instant: datetime, venue: Venue) -> str:
        """The instant in the wall time of the venue."""
        return self.formatter(venue).date_time(instant)

    @property
    def utc_formatter(self) -> LocaleFormatter:
        """The formatter of what has no venue: in UTC, and each time says so."""
        accepted = self.request.header(b"accept-language")
        country = accepted_country(accepted, self.language)
        return formatter_for(self.language, _UTC, country=country, names_zone=True, now=self.now)

    @property
    def translations(self) -> Translations:
        return load_translations()[self.language]

    @property
    def text_language(self) -> str:
        """The language of what the business has written; empty for its main one."""
        return self.organisation.text_language(self.language)

    @property
    def shown_organisation(self) -> Organisation:
        """The organisation with its texts in the language of the page, for guests."""
        return self.organisation.in_language(self.text_language)

    @property
    def is_secure(self) -> bool:
        return self.request.is_https

    @property
    def session_token(self) -> str | None:
        return SESSION_COOKIE.read(self.request)

    def render(
        self,
        template: str,
        title: str,
        /,
        *,
        status: int = 200,
        cache: str = "no-store",
        times_of: LocaleFormatter | None = None,
        meta: PageMeta | None = None,
        **values: object,
    ) -> Response:
        """Render a template in the visitor's language and theme. `cache` is the `Cache-Control`.

        `times_of` formats the times of the page, which then says whose they are.

        The title of a page that refuses a form says so: it is what a screen reader reads first.
        """
        if status in _REFUSALS:
            title = self.translations.gettext("Error: %(title)s", title=title)
        frame = self._frame(title, times_of, meta)
        text = self.templates.text(template, language=self.language, frame=frame, **values)
        headers = (
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-language", self.language.encode()),
            (b"vary", b"accept-language, cookie, accept-encoding"),
            (b"cache-control", cache.encode()),
        )
        return self._with_cookies(Response(status, text.encode(), headers))

    def fragment(self, template: str, /, **values: object) -> str:
        """A part of a page, rendered as it is there: for what a script puts into the page."""
        return self.templates.text(template, language=self.language, **values).strip()

    async def compressed(self, response: Response) -> Response:
        """The response compressed. Only for a page that has no secret: see `CompressedBodies`."""
        return await self.bodies.compress(self.request, response)

    def meta(self, description: str, *, picture: str = "", structured_data: str = "") -> PageMeta:
        """The page as it may be found: its canonical address, and that of each language."""
        url = self.base_url + quote(self.request.path)
        chosen = self.request.query.get("lang")
        return PageMeta(
            description=description,
            url=with_query(url, lang=chosen) if chosen in language_names() else url,
            languages=(
                *((language, with_query(url, lang=language)) for language in language_names()),
                ("x-default", url),
            ),
            image=self.base_url + picture if picture else "",
            structured_data=structured_data,
        )

    def redirect(self, url: str) -> Response:
        """See Other (303): going back or reloading does not repeat the change."""
        # The path comes from the client: only ASCII without line breaks may reach a header
        location = quote(url, safe=_URL_CHARACTERS)
        headers = ((b"location", location.encode()), NO_STORE)
        return self._with_cookies(Response(303, b"", headers))

    async def form(self) -> dict[str, str]:
        """Return the fields of the form as pasted, without U+0000."""
        return _as_pasted(await self.request.form())

    async def form_with_files(self) -> SubmittedForm:
        """The form with the files that were chosen in it."""
        form = await self.request.form_with_files()
        return SubmittedForm(_as_pasted(form.fields), form.files)

    def _frame(self, title: str, times_of: LocaleFormatter | None, meta: PageMeta | None) -> Frame:
        theme = self.request.cookies.get(THEME_COOKIE, "")
        organisation = self.organisation_or_none
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
            organisation=None
            if organisation is None
            else organisation_view(self.shown_organisation, self.translations),
            zone=zone_view(times_of) if times_of else None,
            meta=meta,
            switch_href=ADMIN_PATH if self.switches_business else "",
            notice=mode_notice(self.mode, self.translations),
        )

    def same_page(self, query: Mapping[str, str]) -> str:
        r"""The address of this page with another query, relative to itself.

        It has no path: a browser reads `//elsewhere.example` and `/\elsewhere.example`, which
        are paths when they are asked for, as another host when they stand in a link.
        """
        return f"?{urlencode(query)}"

    def _in_language(self, language: str) -> str:
        """The URL of the same page in another language; after a form, of the page it was on."""
        return self.same_page({**self.request.query, "lang": language})

    def _with_cookies(self, response: Response) -> Response:
        return response.with_headers(*(cookie.header for cookie in self.cookies))


def _as_pasted(fields: Mapping[str, str]) -> dict[str, str]:
    return {
        name.replace("\x00", ""): pasted(value.replace("\x00", ""))
        for name, value in fields.items()
    }


class PageContextFactory(msgspec.Struct, frozen=True):
    """Builds page contexts; it has the templates."""

    templates: Templates
    ids: Ids
    clock: Clock
    sends_email: bool = True
    base_url: str = ""
    bodies: CompressedBodies = msgspec.field(default_factory=CompressedBodies)
    modes: OperatingModes = msgspec.field(default_factory=OperatingModes)

    def build(
        self,
        request: Request,
        org: OrgContext | None = None,
        context: RequestContext | None = None,
    ) -> PageContext:
        """Negotiate the language; an explicit choice is stored in a cookie."""
        organisation = None if org is None else org.organisation
        chosen = request.query.get("lang")
        language = negotiate_language(
            requested=chosen or request.cookies.get(LANGUAGE_COOKIE),
            accept=request.header(b"accept-language"),
            fallback=organisation.locale if organisation else "",
        )
        if org is not None:
            context = org.context
        if context is None:
            context = RequestContext(GUEST, correlation.current() or self.ids.uuid())
        page = PageContext(
            request,
            self.templates,
            language,
            context,
            self.clock.now(),
            organisation,
            sends_email=self.sends_email,
            base_url=own_base_url(organisation, self.base_url) if organisation else self.base_url,
            bodies=self.bodies,
            mode=self.modes.mode,
        )
        if chosen == language:
            page.cookies.append(
                Cookie(
                    name=LANGUAGE_COOKIE,
                    value=language,
                    max_age=_YEAR_SECONDS,
                    secure=page.is_secure,
                )
            )
        return page


def mode_notice(mode: OperatingMode, translations: Translations) -> str:
    """What every page says while something is not possible; empty when all is, or nearly."""
    _ = translations.gettext
    if mode is OperatingMode.READ_ONLY:
        return _(
            "Bookings and changes are not possible at the moment. You can look around; please try "
            "again in a few minutes."
        )
    return (
        _("Maintenance is on: only operators can use this site.")
        if mode is OperatingMode.MAINTENANCE
        else ""
    )


def zone_view(formatter: LocaleFormatter) -> ZoneView:
    _, city = formatter.translations.gettext, formatter.zone_city()
    return ZoneView(
        formatter.zone.key,
        _("All times are local time in %(city)s.", city=city),
        _(
            "All times are local time in %(city)s. Your device is set to another time zone.",
            city=city,
        ),
    )


def organisation_view(organisation: Organisation, translations: Translations) -> OrganisationView:
    accent, logo = organisation.accent, organisation.logo or ""
    return OrganisationView(
        slug=organisation.slug,
        name=organisation.name,
        tagline=organisation.tagline,
        email=organisation.email,
        phone=phone_text(organisation.phone),
        phone_href=phone_url(organisation.phone),
        accent_href=accent_path(organisation.slug, accent) if accent else "",
        logo_href=picture_path(organisation.slug, logo, "card") if is_picture_name(logo) else "",
        legal=legal_links(organisation, translations),
        consent=organisation.consent,
    )


def legal_links(organisation: Organisation, translations: Translations) -> tuple[Link, ...]:
    """The links to terms, privacy and imprint; a text has a page of its own."""
    texts = {name: getattr(organisation, name) for name in LEGAL_NAMES}
    return tuple(
        Link(
            translations.gettext(LEGAL_NAMES[name]),
            text if is_link(text) else f"{organisation_path(organisation.slug)}/{name}",
        )
        for name, text in texts.items()
        if text
    )


def is_link(text: str) -> bool:
    return text.startswith(("https://", "http://")) and len(text.split()) == 1
