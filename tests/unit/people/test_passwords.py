"""Which passwords are refused, and how one is normalised."""

import pytest

from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model.passwords import (
    CONTEXT_WORDS,
    common_passwords,
    is_common,
    new_password,
    normalised_password,
)


def test_list_that_ships_has_ten_thousand_entries_in_lower_case() -> None:
    assert len(common_passwords()) >= 10_000
    assert all(one == one.lower() for one in common_passwords())
    assert "sunshine" in common_passwords()


@pytest.mark.parametrize(
    "password",
    [
        *(
            "passwordpassword",
            "password2027!!",
            "!!Password2027",
            "P@ssw0rd2027",
            "p4ssw0rdp4ssw0rd",
        ),
        *("sunshine1234", "Sunshine!!!!", "iloveyou1234", "dragondragon", "DragonDragon1"),
        *("aaaaaaaaaaaa", "abcabcabcabc", "123456789012", "abcdefghijklm", "210987654321"),
        *("qwertyuiop123", "zaq12wsxzaq12wsx"),
    ],
)
def test_password_that_is_guessed_first_is_refused(password: str) -> None:
    assert is_common(password)
    with pytest.raises(InvalidInput, match="among the first") as refused:
        new_password(password)
    assert refused.value.details == {"field": "password"}


@pytest.mark.parametrize(
    "password",
    [
        *("marigold under the bench", "correct horse battery staple", "Tannenzapfen im Wind"),
        *("wLq8-vTz3-kPm1", "ฉันชอบดอกทานตะวันมาก", "               x", "🌻🌻🌻🌻🌻🌻🌻🌻🌻🌻🌻🐝"),
    ],
)
def test_password_of_any_composition_is_admitted(password: str) -> None:
    assert new_password(password) == normalised_password(password)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "at least 12"),
        ("elevenchars", "at least 12"),
        ("e\u0301" * 11, "at least 12"),  # eleven letters, each with a combining accent
        ("é" * 129, "at most 128"),
        ("w" * 10_000_000, "at most 128"),
        ("a bell rings \x07", "keyboard"),
        ("marigold\x00under the bench", "keyboard"),
        ("marigold \ud800 under", "keyboard"),
    ],
)
def test_password_of_a_wrong_length_or_with_controls_is_refused(
    password: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        new_password(password)


@pytest.mark.parametrize("password", ["rosa.gardener1", "Rosa.Gardener!2027", "Rosa Gardener 27"])
def test_password_that_is_the_person_with_a_decoration_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        new_password(password, personal=("Rosa Gardener", "rosa.gardener@example.org"))
    assert new_password("rosa.gardener under the bench", personal=("rosa.gardener@example.org",))


@pytest.mark.parametrize("word", CONTEXT_WORDS)
def test_password_that_is_a_word_of_this_program_with_a_decoration_is_refused(word: str) -> None:
    with pytest.raises(InvalidInput):
        new_password(f"2027-{word.title()}!!!")
    assert new_password(f"{word} under the bench")


def test_one_password_typed_on_two_keyboards_is_the_same() -> None:
    assert normalised_password("ﬁre under the stove") == "fire under the stove"
    assert normalised_password("\uff4d\uff41\uff52\uff49\uff47\uff4f\uff4c\uff44") == "marigold"
    assert normalised_password("Å") == normalised_password("A\u030a") == "Å"
    assert normalised_password("two  spaces ") == "two  spaces "
