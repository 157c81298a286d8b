"""Addresses and numbers: what is kept of what people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model.contact import email_address, mailbox_of, phone_number


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ana.Bauer@Example.ORG", "ana.bauer@example.org"),
        ("  ana+farm@mail.example.co.uk ", "ana+farm@mail.example.co.uk"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("jürgen@example.org", "jürgen@example.org"),
        ("ana@bücher.example.org", "ana@bücher.example.org"),
    ],
)
def test_an_address_is_kept_in_lower_case(typed: str, kept: str) -> None:
    assert email_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "a@b",
        "a b@example.org",
        "ana@example..org",
        "a@b.org\x00",
        "ana@example.org\nBcc: all@example.org",
        "a" * 65 + "@example.org",
        "=?utf-8?q?x?=@example.org",
        "a@" + "b" * 250 + ".org",
    ],
)
def test_what_is_no_address_is_refused_by_its_field(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        email_address(typed, field="customer.email")
    assert refused.value.details == {"field": "customer.email"}


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("ada@example.org", "ada@example.org"),
        ("ada+farm+x@example.org", "ada@example.org"),
        ("a.d.a@example.org", "a.d.a@example.org"),
        ("a.d.a+farm@gmail.com", "ada@gmail.com"),
        ("ada@googlemail.com", "ada@gmail.com"),
        ("+ada@example.org", "+ada@example.org"),
        ("info@b\u00fccher.example", "info@xn--bcher-kva.example"),
        ("j\u00f6rg+x@example.org", "j\u00f6rg@example.org"),
    ],
)
def test_all_spellings_of_a_mailbox_are_one(address: str, mailbox: str) -> None:
    assert mailbox_of(address) == mailbox


@given(st.text(max_size=80))
def test_whatever_is_typed_is_an_address_without_spaces_or_is_refused(typed: str) -> None:
    try:
        kept = email_address(typed)
    except InvalidInput:
        return
    assert "@" in kept
    assert not any(letter.isspace() or ord(letter) < 32 for letter in kept)
    assert email_address(kept) == kept


@pytest.mark.parametrize(
    ("typed", "region", "kept"),
    [
        ("", None, ""),
        ("+1 (312) 555-0123", None, "+13125550123"),
        ("(312) 555-0123", "US", "+13125550123"),
        ("030 123456", "DE", "+4930123456"),
        ("312 555 0123", None, "312 555 0123"),
    ],
)
def test_a_number_is_kept_for_the_world_when_its_country_is_known(
    typed: str, region: str | None, kept: str
) -> None:
    assert phone_number(typed, region=region) == kept


@pytest.mark.parametrize("typed", ["call me", "+", "12", "+1 2", "312\n555 0123", "0" * 60])
@pytest.mark.parametrize("region", [None, "US"])
def test_what_is_no_number_is_refused(typed: str, region: str | None) -> None:
    with pytest.raises(InvalidInput):
        phone_number(typed, region=region)
