"""National ids: one form, and the check digits of countries that define them."""

import pytest

from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model.accounts import parse_login
from fullhouse.people.model.national_id import national_id, normalised_national_id

VALID = [
    ("TH", "1-2345-45678-78-1", "1234545678781"),
    ("TH", "3 1005 00001 00 0", "3100500001000"),
    ("BR", "111.444.777-35", "11144477735"),
    ("ES", "12345678z", "12345678Z"),
    ("ES", "X1234567L", "X1234567L"),
    ("PL", "44051401359", "44051401359"),
    ("SE", "811218-9876", "8112189876"),
    ("SE", "19811218-9876", "198112189876"),
    ("NL", "111222333", "111222333"),
    ("CN", "11010519491231002x", "11010519491231002X"),
    ("TW", "A123456789", "A123456789"),
    ("ZA", "8001015009087", "8001015009087"),
    ("DE", "L01X00T47", "L01X00T47"),
]


@pytest.mark.parametrize(("country", "typed", "normal"), VALID)
def test_valid_id_is_normalised(country: str, typed: str, normal: str) -> None:
    assert national_id(typed, country=country) == normal == normalised_national_id(normal)
    assert parse_login(typed).national_id == normal


@pytest.mark.parametrize(
    ("country", "normal"), [(country, normal) for country, _, normal in VALID if country != "DE"]
)
def test_every_wrong_last_character_is_refused(country: str, normal: str) -> None:
    letters = "0123456789" if normal[-1].isdigit() else "TRWAGMYFPDXBNJZSQVHLCKE"
    for last in letters:
        if last != normal[-1]:
            with pytest.raises(InvalidInput):
                national_id(normal[:-1] + last, country=country)


@pytest.mark.parametrize(
    "typed", ["", "ABCDE", "1234", "1" * 33, "12345\x00", "\uff11\uff12", "äöü123"]
)
def test_text_that_is_no_national_id_is_refused(typed: str) -> None:
    assert normalised_national_id(typed) == ""
    with pytest.raises(InvalidInput):
        national_id(typed, country="DE")


@pytest.mark.parametrize(("country", "text"), [("BR", "11111111111"), ("TH", "0000000000000")])
def test_repeated_digit_that_passes_the_arithmetic_is_nobodys(country: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        national_id(text, country=country)


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        (" Rosa@Example.ORG ", "rosa@example.org"),
        ("\uff52\uff4f\uff53\uff41@example.org", "rosa@example.org"),
        ("rosa@bücher.example", "rosa@xn--bcher-kva.example"),
        ("r\u043esa@example.org", None),  # a Cyrillic letter: another text, and nobody's address
        ("rosa@example.org\x00", None),
        ("@", None),
        ("x" * 10_000_000 + "@example.org", None),
    ],
)
def test_login_is_an_address_of_one_form_or_nobodys(typed: str, email: str | None) -> None:
    login = parse_login(typed)
    assert login.email == email
    assert login.national_id is None
    assert len(login.text) <= 320
