"""The own domain of a business: as it is written, asked for and led to."""

from dataclasses import replace

import pytest
from tests.builders.emails import NOW, ORGANISATION

from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model.domains import domain_name, own_base_url, requested_domain

DOMAIN = "book.meadow.example"


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("book.meadow.example", DOMAIN),
        (" Book.Meadow.EXAMPLE. ", DOMAIN),
        ("b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("", ""),
    ],
)
def test_domain_is_kept_as_browsers_ask_for_it(typed: str, domain: str) -> None:
    assert domain_name(typed) == domain


@pytest.mark.parametrize(
    "typed",
    [
        *("https://book.meadow.example", "book.meadow.example:8443", "book.meadow.example/"),
        *("127.0.0.1", "[::1]", "2130706433", "localhost", "meadow", "a@meadow.example"),
        *("-a.example", "a..example", "a b.example", "a.example\nb.example", "*.meadow.example"),
        *("book.meadow.local", "x" * 64 + ".example", ".".join(["abcdefgh"] * 40)),
    ],
)
def test_what_no_domain_of_the_internet_can_be_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        domain_name(typed)
    assert refused.value.field == "domain"


@pytest.mark.parametrize(
    "host", [DOMAIN, "BOOK.Meadow.example", f"{DOMAIN}:8443", f"{DOMAIN}.", f"{DOMAIN}.:80"]
)
def test_domain_is_recognised_however_it_is_asked_for(host: str) -> None:
    assert requested_domain(host) == DOMAIN


@pytest.mark.parametrize(
    ("base_url", "led_to"),
    [
        ("https://tickets.example.org", f"https://{DOMAIN}"),
        ("http://127.0.0.1:8400", f"http://{DOMAIN}:8400"),
        ("http://[::1]:8400", f"http://{DOMAIN}:8400"),
        ("", ""),
    ],
)
def test_links_lead_to_a_confirmed_domain_alone(base_url: str, led_to: str) -> None:
    named = replace(ORGANISATION, domain=DOMAIN)
    assert own_base_url(named, base_url) == base_url
    assert own_base_url(replace(named, domain_confirmed_at=NOW), base_url) == led_to
