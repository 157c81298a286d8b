"""The page of the waiting room: for requests that are refused unread, under overload.

Made once a language, because it is sent by thousands when there is time for nothing. It needs no
other file, which would be refused as well. It reloads by itself, without script too; not after a
form, whose reload sends it again and is the guest's own decision.
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import count
from typing import Final

from fullhouse.entrypoints.web.limits import (
    WAITING_PAGES_KEPT_MAX,
    WAITING_RELOAD_SECONDS_MAX,
    WAITING_RELOAD_SECONDS_MIN,
)
from fullhouse.entrypoints.web.page_context import LANGUAGE_COOKIE
from fullhouse.entrypoints.web.render import Templates
from fullhouse.entrypoints.web.security_headers import inline_source, security_headers
from fullhouse.http.request import Request
from fullhouse.http.response import NO_STORE, Cookie, Response
from fullhouse.http.same_origin import SAFE_METHODS
from fullhouse.http.server.waiting_room import WaitingRoom
from fullhouse.kernel.errors import Overloaded
from fullhouse.localisation.negotiation import negotiate_language
from fullhouse.localisation.translations import LANGUAGES

_RELOADS: Final = WAITING_RELOAD_SECONDS_MAX - WAITING_RELOAD_SECONDS_MIN + 1


class WaitingRoomPages:
    """Refuses requests with a page that keeps the client's place in line."""

    def __init__(self, templates: Templates, room: WaitingRoom) -> None:
        self._room = room
        self._pages = _rendered(templates)
        self._refusals = count()
        self._response = lru_cache(WAITING_PAGES_KEPT_MAX)(self._make)

    def refusal(self, request: Request) -> Response:
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
        return self._response(language, None if is_form else reload, place)

    def _make(self, language: str, reload: int | None, place: Cookie | None) -> Response:
        page = self._pages[language, reload is None]
        added = [] if place is None else [place.header]
        if reload is not None:
            added.append((b"refresh", b"%d" % reload))
        return page.with_headers(*added)


def _rendered(templates: Templates) -> Mapping[tuple[str, bool], Response]:
    """The pages by language, and whether a form was refused."""
    return {
        (language, is_form): _page(templates, language, is_form=is_form)
        for language in LANGUAGES
        for is_form in (False, True)
    }


def _page(templates: Templates, language: str, *, is_form: bool) -> Response:
    style = templates.text("waiting_room.css", language=language)
    script = templates.text("waiting_room.js", language=language)
    body = templates.text("waiting_room.html", language=language, is_form=is_form, lang=language)
    assert f"<style>{style}</style>" in body, "the policy allows this style alone"
    return Response(
        503,
        body.encode(),
        (
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-language", language.encode()),
            (b"vary", b"accept-language, cookie"),
            NO_STORE,
            (b"retry-after", b"%d" % Overloaded.retry_after_seconds),
            *security_headers(style=inline_source(style), script=inline_source(script)),
        ),
    )
