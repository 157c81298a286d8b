"""Error pages."""

from html import unescape

import pytest
from msgspec import structs

from fullhouse.booking.errors import AlreadyCheckedIn, UnknownBooking
from fullhouse.customers.errors import NothingMerged
from fullhouse.entrypoints.api.problems import STATUS
from fullhouse.entrypoints.web.page_context import PageContextFactory
from fullhouse.entrypoints.web.pages.errors import ErrorPages
from fullhouse.entrypoints.web.render import load_templates
from fullhouse.http.errors import (
    BodyTooLarge,
    CrossSiteRequest,
    MethodNotAllowed,
    RequestTimedOut,
    RouteNotFound,
    TooManyRequests,
    WrongMediaType,
)
from fullhouse.http.request import Request
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError, InvalidInput, Overloaded, ServiceUnavailable
from fullhouse.kernel.ids import RandomIds
from fullhouse.people.errors import NotPermitted, SecondFactorExists, SignInLinkSpent
from fullhouse.resilience.errors import NotServedNow
from fullhouse.storage.errors import DatabaseUnavailable, EncryptionKeyMissing

CLOCK = SystemClock()
CONTEXTS = PageContextFactory(load_templates(), RandomIds(CLOCK), CLOCK)
ERROR_PAGES = ErrorPages(CONTEXTS)


async def _no_body(_: int) -> bytes:
    return b""


def a_request(language: str = "en") -> Request:
    return Request(
        method="GET",
        path="/somewhere",
        query_string=b"",
        headers={b"accept-language": language.encode()},
        client_address="127.0.0.1",
        is_https=False,
        read_body=_no_body,
    )


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (UnknownBooking(), 404, "Page not found"),
        (CrossSiteRequest(), 403, "This came from another website"),
        (NotPermitted(permission=Permission.BOOK), 403, "Your account may not do this"),
        (InvalidInput(field="party"), 400, "We couldn't read that"),
        (Overloaded(), 503, "We're very busy right now"),
        (SignInLinkSpent(), 410, "This link has been used"),
        (SecondFactorExists(), 409, "This is not possible as things are now"),
        (NothingMerged(), 409, "This is not possible as things are now"),
        (AlreadyCheckedIn(), 409, "This is not possible as things are now"),
        (EncryptionKeyMissing(), 409, "This isn't set up yet"),
        (FullhouseError(), 500, "Something went wrong on our side"),
        (ZeroDivisionError(), 500, "Something went wrong on our side"),
        (RouteNotFound(), 404, "Page not found"),
        (MethodNotAllowed(allow="GET"), 405, ""),
        (RequestTimedOut(), 408, ""),
        (BodyTooLarge(bytes_max=1), 413, ""),
        (WrongMediaType(sent="text/plain"), 415, "We couldn't read that"),
        (TooManyRequests(), 429, ""),
    ],
)
def test_each_error_has_its_status_and_its_text(error: Exception, status: int, text: str) -> None:
    response = ERROR_PAGES.response(a_request(), error, route="/{org}")
    assert response.status == status
    assert text in unescape(response.body.decode())
    assert dict(response.headers)[b"cache-control"] == b"no-store"


def test_what_the_api_refuses_is_no_fault_of_ours_on_a_page() -> None:
    """A form that the state of things refuses must not tell of an error on our side."""
    tested_above, not_of_pages = 405, 401
    faults = {
        kind.__name__
        for kind, status in STATUS.items()
        if 400 <= status < 500 and status not in {tested_above, not_of_pages}
        if ERROR_PAGES.response(a_request(), kind.__new__(kind), route="/").status == 500
    }
    assert faults == set()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 413, 418, 429, 500, 502, 503])
@pytest.mark.parametrize("language", ["en", "de"])
def test_any_status_has_a_page_in_any_language(status: int, language: str) -> None:
    response = ERROR_PAGES.page(a_request(language), status)
    assert response.status == status
    assert f'<html lang="{language}"' in response.body.decode()


@pytest.mark.parametrize(
    ("sends_email", "text"),
    [(True, "we always e-mail a confirmation"), (False, "please ask us before you book again")],
)
def test_error_of_ours_says_how_a_guest_finds_out_whether_it_was_booked(
    text: str, *, sends_email: bool
) -> None:
    contexts = structs.replace(CONTEXTS, sends_email=sends_email)
    page = ErrorPages(contexts).page(a_request(), 500).body.decode()
    assert text in page
    assert ("e-mail" in page) is sends_email


def test_a_transient_error_says_when_to_try_again() -> None:
    for error in (Overloaded(), TooManyRequests()):
        response = ERROR_PAGES.response(a_request(), error, route="/{org}")
        assert (b"retry-after", b"1") in response.headers
        assert "Try again" in response.body.decode()


def test_trying_again_keeps_the_query_of_the_address() -> None:
    """The token of a link, or the day that was looked at."""
    request = a_request()
    request.query_string = b"t=secret&day=2027-01-02"
    page = ERROR_PAGES.response(request, TooManyRequests(), route="/{org}").body.decode()
    assert 'href="?day=2027-01-02&amp;t=secret"' in page


@pytest.mark.parametrize("error", [Overloaded(), TooManyRequests(), ZeroDivisionError()])
def test_form_that_could_not_be_taken_is_sent_again_by_reloading(error: Exception) -> None:
    request = a_request()
    assert "data-reload" not in ERROR_PAGES.response(request, error, route="/").body.decode()
    request.method = "POST"
    page = ERROR_PAGES.response(request, error, route="/").body.decode()
    assert "data-reload" in page
    assert 'href="/somewhere"' not in page, "a link forgets the form"


def test_form_that_was_read_is_sent_again_by_its_button() -> None:
    request = a_request()
    request.method = "POST"
    request.body_read = b"name=Ada+%22A%22+%3Cb%3E&party=2"
    page = ERROR_PAGES.response(request, ServiceUnavailable(), route="/").body.decode()
    assert '<input type="hidden" name="name" value="Ada &#34;A&#34; &lt;b&gt;">' in page
    assert '<input type="hidden" name="party" value="2">' in page
    assert "data-reload" not in page


def test_form_of_another_site_gets_no_button_that_would_send_it_as_ours() -> None:
    request = a_request()
    request.method = "POST"
    request.headers = {**request.headers, b"sec-fetch-site": b"cross-site"}
    request.body_read = b"email=theirs%40example.org"
    page = ERROR_PAGES.response(request, ServiceUnavailable(), route="/").body.decode()
    assert "theirs@example.org" not in page


@pytest.mark.parametrize("secret", ["password", "new_password", "code", "token"])
def test_no_page_shows_a_secret_that_was_typed(secret: str) -> None:
    request = a_request()
    request.method = "POST"
    request.body_read = f"email=ada%40example.org&{secret}=hush".encode()
    page = ERROR_PAGES.response(request, ServiceUnavailable(), route="/").body.decode()
    assert "hush" not in page
    assert "data-reload" in page, "the browser has it still"


@pytest.mark.parametrize(
    ("error", "method", "title"),
    [
        (ServiceUnavailable(), "GET", "This page can't be shown right now"),
        (DatabaseUnavailable(), "POST", "This isn't possible right now"),
        (NotServedNow(mode="essential"), "GET", "Reports and exports are paused"),
        (NotServedNow(mode="maintenance"), "POST", "We'll be back soon"),
    ],
)
def test_what_does_not_work_at_present_says_so(error: Exception, method: str, title: str) -> None:
    request = a_request()
    request.method = method
    response = ERROR_PAGES.response(request, error, route="/")
    assert response.status == 503
    assert title in unescape(response.body.decode())


def test_a_wrong_method_names_the_right_ones() -> None:
    response = ERROR_PAGES.response(
        a_request(), MethodNotAllowed(allow="GET, HEAD"), route="/{org}"
    )
    assert (b"allow", b"GET, HEAD") in response.headers


@pytest.mark.parametrize("path", ["//evil.example/a", "/\\evil.example", "/a"])
@pytest.mark.parametrize("status", [404, 503])
def test_an_error_page_links_to_itself_and_to_no_host_in_its_path(path: str, status: int) -> None:
    request = a_request()
    request.path, request.query_string = path, b"t=secret"
    page = unescape(ERROR_PAGES.page(request, status).body.decode())
    assert 'href="?t=secret&lang=de"' in page
    assert "evil.example" not in page
    assert ('href="?t=secret"' in page) is (status == 503)
