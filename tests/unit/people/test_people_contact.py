"""Addresses and numbers: what is kept of what people type."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model.contact import (
    email_address,
    mailbox_of,
    phone_example,
    phone_number,
    phone_text,
    phone_url,
    readable_address,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ana.Bauer@Example.ORG", "ana.bauer@example.org"),
        ("  ana+farm@mail.example.co.uk ", "ana+farm@mail.example.co.uk"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("ana@BÜCHER.example.org", "ana@xn--bcher-kva.example.org"),
        ("ana@xn--bcher-kva.example.org", "ana@xn--bcher-kva.example.org"),
        ("ana@straße.example", "ana@xn--strae-oqa.example"),
        ("\uff41\uff4e\uff41\uff20\uff45xample.org", "ana@example.org"),
        ("ana@\u4f8b\u3048\u3002jp", "ana@xn--r8jz45g.jp"),
        ("try..this..0511@docomo.ne.jp", "try..this..0511@docomo.ne.jp"),
        ("xxx.yyy.@docomo.ne.jp", "xxx.yyy.@docomo.ne.jp"),
        ("ada@example.org\u200b", "ada@example.org"),
        ("\ufeff\u00a0ada@example.org\u00a0", "ada@example.org"),
        ("ada@exam\u00adple\u2060.org\u202c", "ada@example.org"),
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
        "try..this@example.org",
        ".x@docomo.ne.jp",
        "a@xn--a.example",
        "a@farm.invalid",
        "a@farm.localhost",
        "a@\u2603.example",
    ],
)
def test_what_is_no_address_is_refused_by_its_field(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        email_address(typed, field="customer.email")
    assert refused.value.details == {"field": "customer.email"}


@pytest.mark.parametrize(
    "typed", ["j\u00fcrgen@example.org", "\u9f8d@\u4f8b\u3048.jp", "\u0435va@example.org"]
)
def test_address_whose_mailbox_not_every_server_takes_is_refused_with_why(typed: str) -> None:
    with pytest.raises(InvalidInput, match="without accents before the @"):
        email_address(typed)


def test_address_is_shown_as_people_write_it() -> None:
    assert readable_address("ana@xn--bcher-kva.example") == "ana@b\u00fccher.example"
    assert readable_address("ana@mail.xn--bcher-kva.example") == "ana@mail.b\u00fccher.example"
    assert readable_address("a..b@docomo.ne.jp") == "a..b@docomo.ne.jp"


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("ada@example.org", "ada@example.org"),
        ("ada+farm+x@example.org", "ada@example.org"),
        ("a.d.a@example.org", "a.d.a@example.org"),
        ("a.d.a+farm@gmail.com", "ada@gmail.com"),
        ("ada@googlemail.com", "ada@gmail.com"),
        ("+ada@example.org", "+ada@example.org"),
        ("xxx.yyy.@docomo.ne.jp", "xxx.yyy.@docomo.ne.jp"),
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
        ("01 23 45 67 89", "FR", "+33123456789"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("0049 30 123456", "DE", "+4930123456"),
        ("(+49) 30 123456", None, "+4930123456"),
        ("+49 (0) 30 123456", "US", "+4930123456"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("(312) 555-0123 ext. 5", "US", "+13125550123;ext=5"),
        ("312 555 0123 x99", "US", "+13125550123;ext=99"),
        ("+1 312 555 0123;ext=5", None, "+13125550123;ext=5"),
        ("+1 312-555-0123 ext. 5", None, "+13125550123;ext=5"),
        ("312\u00a0555\u00a00123\u200b", None, "312 555 0123"),
        ("\u202a+1\u00a0312\u2011555\u20110123\u202c", "US", "+13125550123"),
    ],
)
def test_a_number_is_kept_for_the_world_when_its_country_is_known(
    typed: str, region: str | None, kept: str
) -> None:
    assert phone_number(typed, region=region) == kept


@pytest.mark.parametrize(
    ("typed", "region"),
    [
        ("312 555 0123", None),
        ("01 23 45 67 89", "US"),
        ("020 7946 0958", "DE"),
        ("020 7946 0958 ext. 5", "DE"),
        ("(312) 555-0123", "FR"),
        ("312 555 0123 / 312 555 0124", "US"),
        ("011 15 1234 5678", "AR"),
        ("030 123456\N{EN DASH}78", "US"),
    ],
)
def test_a_number_that_would_be_guessed_stays_as_it_was_typed(
    typed: str, region: str | None
) -> None:
    assert phone_number(typed, region=region) == typed


@pytest.mark.parametrize(
    ("stored", "text", "url"),
    [
        ("+16305550142", "+1 630-555-0142", "tel:+16305550142"),
        ("+16305550142;ext=5", "+1 630-555-0142 ext. 5", "tel:+16305550142;ext=5"),
        ("020 7946 0958", "020 7946 0958", "tel:02079460958"),
        ("(020) 7946-0958 ext. 5", "(020) 7946-0958 ext. 5", "tel:02079460958;ext=5"),
        ("312 555 0123 / 312 555 0124", "312 555 0123 / 312 555 0124", ""),
        ("", "", ""),
    ],
)
def test_a_number_is_shown_for_reading_and_linked_for_dialling(
    stored: str, text: str, url: str
) -> None:
    assert phone_text(stored) == text
    assert phone_url(stored) == url


@given(st.text("+0123456789 ()./-x#ext;=", max_size=30), st.sampled_from(["US", "DE", "GB", None]))
@example("01+", "DE")
@example("30000", "DE")
def test_no_digit_of_a_number_is_lost(typed: str, region: str | None) -> None:
    assume(len(re.findall("[a-z]", typed.replace("ext", ""))) < 3)  # letters that stand for digits
    try:
        kept = phone_number(typed, region=region)
    except InvalidInput:
        return
    national = re.sub("[^0-9]", "", typed).lstrip("0")[-7:]
    assert re.sub("[^0-9]", "", kept).endswith(national)
    assert phone_number(phone_text(kept), region=region) == kept


@pytest.mark.parametrize(
    ("region", "example"),
    [("GB", "0121 234 5678"), ("DE", "030 123456"), ("AQ", "+1 312 555 0123")],
)
def test_an_example_is_dialled_as_in_the_country(region: str, example: str) -> None:
    assert phone_example(region) == example


@pytest.mark.parametrize(
    "typed",
    ["call me", "-----", "call 312 555 0123 or 0124", "+", "12", "+1 2", "312\n555 0123", "0" * 60],
)
@pytest.mark.parametrize("region", [None, "US"])
def test_what_is_no_number_is_refused(typed: str, region: str | None) -> None:
    with pytest.raises(InvalidInput):
        phone_number(typed, region=region)


@pytest.mark.parametrize("typed", ["\u210cans@example.org", "\U0001d407ans@example.org"])
def test_letters_that_look_like_capital_ones_make_no_second_address(typed: str) -> None:
    assert email_address(typed) == "hans@example.org"
