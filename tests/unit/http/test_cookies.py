"""Cookies: what browsers are told of them, and which of those they send are believed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.builders.site_client import a_request

from fullhouse.http.response import Cookie
from fullhouse.http.server.waiting_room import WaitingRoom
from fullhouse.kernel.clock import ManualClock


def sent(cookie: Cookie) -> str:
    return cookie.header[1].decode()


@pytest.mark.parametrize(
    ("path", "by_https"), [("/", "__Host-lang=de"), ("/farm/tulips/holds", "__Secure-lang=de")]
)
def test_a_cookie_by_https_has_the_prefix_that_keeps_others_from_setting_it(
    path: str, by_https: str
) -> None:
    secure = sent(Cookie(name="lang", value="de", path=path, secure=True))
    assert secure.split("; ")[0] == by_https
    assert {"Secure", "HttpOnly", "SameSite=lax", f"Path={path}"} <= set(secure.split("; "))
    assert sent(Cookie(name="lang", value="de", path=path, secure=False)).startswith("lang=de; ")


def test_a_prefix_is_not_given_twice() -> None:
    cookie = Cookie(name="__Host-fullhouse_session", value="x", secure=True)
    assert sent(cookie).startswith("__Host-fullhouse_session=x; ")


def test_by_https_a_cookie_that_another_host_may_have_set_is_not_believed() -> None:
    given = b"lang=de; theme=dark; __Host-lang=en; __Secure-hold=h; __Host-fullhouse_session=s"
    request = a_request("GET", "/", headers={b"cookie": given})
    assert request.cookies["lang"] == "en"
    assert request.cookies["theme"] == "dark"
    request.is_https = True
    cookies = request.cookies
    assert (cookies["lang"], cookies["hold"], cookies.get("theme")) == ("en", "h", None)
    assert cookies["__Host-fullhouse_session"] == cookies["fullhouse_session"] == "s"


def test_the_place_in_line_of_a_site_with_https_is_secure_and_found_again() -> None:
    room = WaitingRoom(b"s" * 32, ManualClock(datetime(2027, 6, 1, tzinfo=UTC)))
    assert "Secure" not in sent(room.new_place())
    room = replace(room, is_public_by_https=True)
    place = sent(room.new_place())
    assert place.startswith("__Host-waiting_since=")
    assert "Secure" in place
    assert room.waited_seconds({b"cookie": place.partition(";")[0].encode()}) == 0
