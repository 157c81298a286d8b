"""`fullhouse load siege` as an operator types it."""

import msgspec
import pytest
from tests.builders.forked import CommandResult, fullhouse


async def siege(*words: str) -> CommandResult:
    return await fullhouse("load", "siege", *words)


@pytest.mark.timeout(300)
async def test_siege_reports_what_guests_met_and_loses_no_booking() -> None:
    names = ("half-heads", "season-held", "one-customer")
    only = [word for name in names for word in ("--only", name)]
    done = await siege("--seconds", "1", "--json", *only)
    assert done.output, done.errors
    report = msgspec.json.decode(done.output)
    assert [attack["name"] for attack in report["attacks"]] == list(names), done.errors
    for attack in report["attacks"]:
        assert attack["attackers"]["connections"] > 0
        assert attack["guests"]["bookings"]["sent"] > 0
        assert attack["stored"] >= attack["acknowledged"] > 0
        assert attack["memory"]["before"] > 10
    assert report["attacks"][1]["held_share"] > 0
    assert report["attacks"][2]["goodput_share"] > 0
    assert report["broken_rules"] == []
    assert done.status == int(not report["ok"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--url", "http://127.0.0.1:8400"), "it takes no --url"),
        (("--data-dir", "data"), "it takes no --data-dir"),
        (("--database-url", "postgresql://db.example.org/x"), "this machine only"),
        (("--redis-url", "redis://cache.example.org"), "this machine only"),
        (("--only", "flood"), "No attack is called flood; there are streams, half-heads"),
    ],
)
async def test_siege_attacks_only_its_own_installation_and_known_attacks(
    words: tuple[str, ...], sentence: str
) -> None:
    refused = await siege(*words)
    assert refused.status == 2
    assert sentence in refused.errors
