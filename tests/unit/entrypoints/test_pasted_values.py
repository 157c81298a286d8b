"""Values that were pasted with invisible characters around them, wherever one is read."""

import pytest
from msgspec import convert

from fullhouse.entrypoints.cli.organisation import parse_email, parse_name
from fullhouse.entrypoints.inputs.businesses import VenueRequest
from fullhouse.entrypoints.inputs.offerings import ClosureRequest
from fullhouse.http.headers import bearer_token
from fullhouse.kernel.text import pasted
from fullhouse.kernel.typed_text import as_meant
from fullhouse.settings import Settings

AROUND = ("\ufeff", "\u200b", "\u00a0", "\u202a", "\u2060 ", "\u00ad", "\u3000")


@pytest.mark.parametrize("mark", AROUND)
def test_what_surrounds_a_pasted_value_is_left_out(
    mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = f"Bearer fh_abc{mark}".encode().decode("latin-1")
    assert bearer_token(header) == "fh_abc"
    monkeypatch.setenv("FULLHOUSE_PUBLIC_URL", f"{mark}https://farm.example{mark}")
    assert Settings().base_url == "https://farm.example"
    assert parse_email(f"{mark}farm@b\u00fccher.example{mark}") == "farm@xn--bcher-kva.example"
    assert parse_name(f"{mark}Meadow{mark} Farm") == "Meadow Farm"
    venue = {"name": f"{mark}North field", "zone": f"{mark}UTC", "country": "US"}
    assert as_meant(convert(venue, VenueRequest)) == VenueRequest(
        "North field", zone="UTC", country="US"
    )
    closure = ClosureRequest("2027-07-04T00:00", "2027-07-05T00:00", f"Storm{mark}")
    assert closure.read(()).reason == "Storm"


def test_control_characters_are_left_out_and_lines_stay() -> None:
    """A calendar file or an e-mail with one is broken."""
    venue = {
        "name": "Field",
        "zone": "UTC",
        "country": "US",
        "directions": "Left\r\n\x1b[1mgate\x7f",
    }
    assert as_meant(convert(venue, VenueRequest)).directions == "Left\n[1mgate"


def test_lines_and_words_of_a_text_stay() -> None:
    assert pasted("Bring\u00a0boots.\n\nNo dogs.\u200b\n") == "Bring boots.\n\nNo dogs."
    assert pasted("\U0001f469\u200d\U0001f33e \u200d") == "\U0001f469\u200d\U0001f33e"
