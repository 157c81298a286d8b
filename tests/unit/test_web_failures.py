"""The pages that say what cannot be shown, and why not."""

import pytest
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.testing import RequestFactory

from fullhouse.booking.errors import UnknownBooking
from fullhouse.entrypoints.web import web_failures
from fullhouse.entrypoints.web.errors import FromAnotherSite
from fullhouse.kernel.errors import FullhouseError, InvalidInput, Overloaded
from fullhouse.people.errors import NotSignedIn, SignInLinkSpent


def a_request(language: str = "en") -> Request[None, None, State]:
    return RequestFactory().get("/somewhere", headers={"accept-language": language})


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (UnknownBooking(), 404, "There is nothing here"),
        (FromAnotherSite(), 403, "That came from another site"),
        (InvalidInput(field="party"), 400, "We could not read that"),
        (Overloaded(), 503, "We are very busy just now"),
        (NotSignedIn(), 401, "Please sign in"),
        (SignInLinkSpent(), 410, "This link has been used"),
        (FullhouseError(), 500, "Something went wrong on our side"),
    ],
)
def test_each_error_has_its_status_and_its_words(
    error: FullhouseError, status: int, said: str
) -> None:
    answer = web_failures().of_house(a_request(), error)
    assert answer.status_code == status
    assert said in answer.content
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 413, 418, 429, 500, 502, 503])
@pytest.mark.parametrize("language", ["en", "de"])
def test_any_status_has_a_page_in_any_language(status: int, language: str) -> None:
    answer = web_failures().page(a_request(language), status)
    assert answer.status_code == status
    assert f'<html lang="{language}"' in answer.content


def test_who_is_refused_for_a_moment_is_told_when_to_come_back() -> None:
    assert web_failures().of_house(a_request(), Overloaded()).headers["retry-after"] == "1"
    assert "Try again" in web_failures().page(a_request(), 429).content


def test_an_address_that_is_no_page_says_so() -> None:
    answer = web_failures().of_http(a_request(), NotFoundException())
    assert answer.status_code == 404
