"""The programs that people read of in the list of their sessions."""

import pytest
from babel import Locale

from fullhouse.localisation.translations import translations_of
from fullhouse.people.model.user_agents import program_name

LIKE = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"{LIKE} Chrome/126.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME}", "Chrome on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/126.0", "Edge on Windows"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {LIKE} Safari/604.1",
            "Safari on iPhone",
        ),
        (
            f"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) {LIKE} CriOS/126.0 Safari/604.1",
            "Chrome on iPad",
        ),
        ("Mozilla/5.0 (Android 14; Mobile) Gecko/127.0 Firefox/127.0", "Firefox on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5) Firefox/127.0", "Firefox on Mac"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("Firefox/1", "Firefox"),
        ("", "Unknown program"),
    ],
)
def test_program_is_called_as_people_know_it(user_agent: str, name: str) -> None:
    assert program_name(user_agent, translations_of(Locale("en"))) == name
