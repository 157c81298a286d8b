"""The page of the waiting room: for requests that are refused under overload, most of them unread.

Made once a language, because it is sent by thousands when there is time for nothing. It needs no
other file, which would be refused as well. It reloads by itself, without script too; not after a
form, whose reload sends it again and is the guest's own decision.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import count
from typing import Final

from fullhouse.entrypoints.web.limits import (
    WAITING_PAGES_KEPT_MAX,
    WAITING_RELOAD_SECONDS_MAX,
    WAITING_RELOAD_SECONDS_MIN,
)
from fullhouse.entrypoints.web.page_context import LANGUAGE_COOKIE
from fullhouse.entrypoints.web.render import Templates
from fullhouse.http.page_headers import security_headers
from fullhouse.http.request import Request
from fullhouse.http.response import NO_STORE, Headers, Response
from fullhouse.http.same_origin import SAFE_METHODS
from fullhouse.http.server.waiting_room import WaitingRoom
from fullhouse.kernel.errors import Overloaded
from fullhouse.localisation.negotiation import negotiate_language
from fullhouse.localisation.translations import DEFAULT_LANGUAGE, LANGUAGES

_STYLE: Final = "waiting_room.css"
_SCRIPT: Final = "waiting_room.js"
_RELOADS: Final = WAITING_RELOAD_SECONDS_MAX - WAITING_RELOAD_SECONDS_MIN + 1


class WaitingRoomPages:
    """Refuses requests with a page that keeps the client's place in line."""

    def __init__(self, templates: Templates, room: WaitingRoom) -> None:
        self._room = room
        self._pages = _rendered(templates)
        self.headers = security_headers(
            style=templates.text(_STYLE, language=DEFAULT_LANGUAGE),
            script=templates.text(_SCRIPT, language=DEFAULT_LANGUAGE),
        )
        self._refusals = count()
        self._response = lru_cache(WAITING_PAGES_KEPT_MAX)(self._make)

    def refusal(self, request: Request) -> Response:
        """The response to a request that is refused unread, with the headers of all pages."""
        return self.page(request, added=self.headers)

    def page(self, request: Request, *, added: Headers = ()) -> Response:
        """The page in the visitor's language; a newcomer gets a place.

        Clients that were refused together come again at different times.
        """
        language = negotiate_language(
            requested=request.cookies.get(LANGUAGE_COOKIE),
            accept=request.header(b"accept-language"),
            fallback="",
        )
        is_form = request.method not in SAFE_METHODS
        has_place = self._room.waited_seconds(request.headers) is not None
        reload = WAITING_RELOAD_SECONDS_MIN + next(self._refusals) % _RELOADS
        place = None if has_place else self._room.new_place()
        if place is not None:
            added = (*added, place.header)
        if not is_form:
            added = (*added, (b"refresh", b"%d" % reload))
        return self._response((language, is_form), added)

    def _make(self, page: tuple[str, bool], added: Headers) -> Response:
        return self._pages[page].with_headers(*added)


@cache
def _rendered(templates: Templates) -> Mapping[tuple[str, bool], Response]:
    """The pages by language, and whether a form was refused."""
    return {
        (language, is_form): _page(templates, language, is_form=is_form)
        for language in LANGUAGES
        for is_form in (False, True)
    }


def _page(templates: Templates, language: str, *, is_form: bool) -> Response:
    body = templates.text("waiting_room.html", language=language, is_form=is_form, lang=language)
    return Response(
        503,
        body.encode(),
        (
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-language", language.encode()),
            (b"vary", b"accept-language, cookie"),
            NO_STORE,
            (b"retry-after", b"%d" % Overloaded.retry_after_seconds),
        ),
    )
