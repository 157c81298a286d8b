"""The policy of an offering in sentences, exactly as its minutes say."""

from zoneinfo import ZoneInfo

import pytest
from tests.builders.business import an_offering

from fullhouse.booking.policy_texts import (
    before_start_text,
    days_ahead_text,
    minutes_text,
    policy_sentences,
    seconds_text,
)
from fullhouse.localisation.formatter import formatter_for


def sentences(language: str = "en", /, **changes: object) -> str:
    text = formatter_for(language, ZoneInfo("Europe/London"))
    return " ".join(policy_sentences(an_offering(**changes), text))


def test_fee_is_due_between_free_cancellation_and_the_end_of_cancellation() -> None:
    assert (
        "Guests can cancel free of charge until 24 hours before the start. After that, until "
        "2 hours before the start, they pay a fee of 50% of the price." in sentences()
    )
    assert (
        "Gäste können bis 24 Stunden vor dem Beginn kostenlos stornieren. Danach zahlen sie, bis "
        "2 Stunden vor dem Beginn, eine Gebühr von 50\N{NO-BREAK SPACE}% des Preises."
        in sentences("de")
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"cancel_fee_percent": 0},
        {"price_amount": 0},
        {"cancel_free_until_minutes": 120},
    ],
    ids=["no fee", "no price", "no time with a fee"],
)
def test_fee_that_is_never_due_is_not_mentioned(changes: dict[str, object]) -> None:
    text = sentences(**changes)
    assert "free of charge until 2 hours before the start, and not after that." in text
    assert "they pay" not in text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "the start"),
        (1, "1 minute before the start"),
        (90, "90 minutes before the start"),
        (60, "1 hour before the start"),
        (1440, "24 hours before the start"),
        (1441, "1441 minutes before the start"),
        (2880, "2 days before the start"),
    ],
)
def test_time_before_the_start_is_exact(minutes: int, text: str) -> None:
    assert f"change the time until {text}." in sentences(move_until_minutes=minutes)
    assert f"Guests can book from 90 days ahead until {text}." in sentences(
        book_until_minutes=minutes
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["10 minutes", "30 minutes", "1 day before the start", "the start", "1 day ahead"]),
        (
            "de",
            ["10 Minuten", "30 Minuten", "1 Tag vor dem Beginn", "zum Beginn", "1 Tag im Voraus"],
        ),
    ],
)
def test_figures_of_the_policy_are_said_in_plain_words(language: str, said: list[str]) -> None:
    text = formatter_for(language, ZoneInfo("Europe/London"))
    assert said == [
        seconds_text(600, text),
        minutes_text(30, text),
        before_start_text(1440, text),
        before_start_text(0, text),
        days_ahead_text(1, text),
    ]
