"""How long something lasts, as people say it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from fullhouse.localisation.formatter import formatter_for


@pytest.mark.parametrize(
    ("length", "english", "german"),
    [
        (timedelta(minutes=1), "1 minute", "1 Minute"),
        (timedelta(minutes=45), "45 minutes", "45 Minuten"),
        (timedelta(minutes=71), "70 minutes", "70 Minuten"),
        (timedelta(minutes=119), "110 minutes", "110 Minuten"),
        (timedelta(hours=2), "2 hours", "2 Stunden"),
        (timedelta(hours=3, minutes=30), "3 hours", "3 Stunden"),
    ],
)
def test_a_duration_is_rounded_down_the_more_the_longer_it_is(
    length: timedelta, english: str, german: str
) -> None:
    zone = ZoneInfo("UTC")
    assert formatter_for("en", zone).duration(length) == english
    assert formatter_for("de", zone).duration(length) == german


@pytest.mark.parametrize(
    ("length", "english", "german"),
    [
        (timedelta(seconds=600), "10 minutes", "10 Minuten"),
        (timedelta(seconds=90), "1 minute 30 seconds", "1 Minute 30 Sekunden"),
        (timedelta(minutes=1440), "1 day", "1 Tag"),
        (timedelta(minutes=90), "1 hour 30 minutes", "1 Stunde 30 Minuten"),
        (timedelta(days=2, hours=1), "2 days 1 hour", "2 Tage 1 Stunde"),
        (timedelta(0), "0 minutes", "0 Minuten"),
    ],
)
def test_an_exact_duration_is_in_its_largest_units(
    length: timedelta, english: str, german: str
) -> None:
    zone = ZoneInfo("UTC")
    assert formatter_for("en", zone).exact_duration(length) == english
    assert formatter_for("de", zone).exact_duration(length) == german
