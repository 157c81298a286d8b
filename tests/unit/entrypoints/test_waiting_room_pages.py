"""The page of the waiting room: kind, complete without another file, and made once."""

import base64
import hashlib
import re

import pytest

from fullhouse.entrypoints.web.limits import WAITING_RELOAD_SECONDS_MAX, WAITING_RELOAD_SECONDS_MIN
from fullhouse.entrypoints.web.page_context import PageContextFactory
from fullhouse.entrypoints.web.pages.errors import ErrorPages
from fullhouse.entrypoints.web.pages.waiting_room import WaitingRoomPages
from fullhouse.entrypoints.web.render import load_templates
from fullhouse.entrypoints.web.routes import PagesApp
from fullhouse.http.request import Request
from fullhouse.http.response import Response
from fullhouse.http.server.waiting_room import WaitingRoom
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import Overloaded
from fullhouse.kernel.ids import RandomIds


async def no_body(_: int) -> bytes:
    return b""


def a_request(method: str = "GET", **headers: str) -> Request:
    return Request(
        method=method,
        path="/farm",
        query_string=b"",
        headers={name.replace("_", "-").encode(): text.encode() for name, text in headers.items()},
        client_address="127.0.0.1",
        is_https=False,
        read_body=no_body,
    )


@pytest.fixture
def pages(clock: ManualClock) -> WaitingRoomPages:
    return WaitingRoomPages(load_templates(), WaitingRoom(b"s" * 32, clock))


def value(response: Response, name: bytes) -> str:
    (found,) = [value for header, value in response.headers if header == name]
    return found.decode()


@pytest.mark.parametrize(
    ("headers", "language", "text"),
    [
        ({}, "en", "You are in line"),
        ({"accept_language": "de-AT,de;q=0.9,en;q=0.8"}, "de", "Sie stehen in der Warteschlange"),
        ({"accept_language": "de", "cookie": "lang=en"}, "en", "You are in line"),
        ({"accept_language": "\x00" * 900}, "en", "You are in line"),
    ],
)
def test_it_speaks_the_language_of_the_visitor(
    pages: WaitingRoomPages, headers: dict[str, str], language: str, text: str
) -> None:
    page = pages.refusal(a_request(**headers))
    assert page.status == 503
    assert value(page, b"content-language") == language
    assert f'<html lang="{language}"' in page.body.decode()
    assert text in page.body.decode()
    assert value(page, b"cache-control") == "no-store"


def test_clients_refused_together_come_again_at_different_times(pages: WaitingRoomPages) -> None:
    reloads = {int(value(pages.refusal(a_request()), b"refresh")) for _ in range(20)}
    assert reloads == set(range(WAITING_RELOAD_SECONDS_MIN, WAITING_RELOAD_SECONDS_MAX + 1))


def test_a_newcomer_gets_a_place_and_keeps_it(pages: WaitingRoomPages) -> None:
    cookie = value(pages.refusal(a_request()), b"set-cookie")
    assert "HttpOnly" in cookie
    again = pages.refusal(a_request(cookie=cookie.partition(";")[0]))
    assert b"set-cookie" not in dict(again.headers)


def test_a_form_is_not_sent_again_by_itself(pages: WaitingRoomPages) -> None:
    page = pages.refusal(a_request("POST"))
    assert b"refresh" not in dict(page.headers)
    assert "Your form has not been sent yet" in page.body.decode()
    assert "http-equiv" not in page.body.decode()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_needs_no_other_file_and_its_policy_allows_what_it_has(
    pages: WaitingRoomPages, method: str
) -> None:
    page = pages.refusal(a_request(method))
    body, policy = page.body.decode(), value(page, b"content-security-policy")
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    for inline in re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", body, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert not re.findall(r"""(?:src|href)=["'](?!data:,|["'])""", body)
    assert " style=" not in body
    assert len(page.body) < 6_000


def test_under_load_pages_are_not_made_but_found(pages: WaitingRoomPages) -> None:
    assert len({id(pages.refusal(a_request())) for _ in range(1_000)}) <= 6


def test_the_page_of_a_request_that_was_read_has_no_header_twice(pages: WaitingRoomPages) -> None:
    page = pages.page(a_request()).with_headers(*pages.headers)
    names = [name for name, _ in page.headers]
    assert len(names) == len(set(names))
    assert sorted(names) == sorted(name for name, _ in pages.refusal(a_request()).headers)


@pytest.mark.parametrize(
    ("method", "text"), [("GET", "You are in line"), ("POST", "Your form has not been sent yet")]
)
def test_who_is_refused_after_being_read_waits_on_the_same_page(
    pages: WaitingRoomPages, clock: ManualClock, method: str, text: str
) -> None:
    errors = ErrorPages(PageContextFactory(load_templates(), RandomIds(clock), clock))
    app = PagesApp((), errors, pages)
    page = app.error_response(a_request(method), Overloaded(), route="/{org}")
    assert page.status == 503
    assert text in page.body.decode()
    assert (b"refresh" in dict(page.headers)) == (method == "GET")
    assert b"set-cookie" in dict(page.headers)
