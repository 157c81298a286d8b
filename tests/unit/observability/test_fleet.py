"""A machine without its database stays in service when most of the others have none either."""

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

import pytest

from fullhouse.kernel.clock import ManualClock
from fullhouse.observability.fleet import Fleet, url_for_peers
from fullhouse.observability.limits import PEERS_ASKED_MAX, PEERS_NOTICE_SECONDS
from fullhouse.storage.database import Database

NO_ROWS = cast("Database", None)
"""It is asked for none while it is away."""


def fleet_of(answers: Mapping[str, int], clock: ManualClock) -> tuple[Fleet, list[str]]:
    asked: list[str] = []

    async def ask(url: str) -> int:
        asked.append(url)
        if answers[url] < 0:
            raise OSError
        return answers[url]

    return Fleet(NO_ROWS, clock, ask=ask, peers=tuple(answers)), asked


@pytest.mark.parametrize(
    ("answers", "stays"),
    [
        ((), False),
        ((200,), False),
        ((503,), True),
        ((503, 200), True),
        ((200, 200), False),
        ((503, 200, 200), False),
        ((503, 503, 200), True),
        ((503, -1), True),
        ((-1, -1), False),
        ((0, 404), False),
        ((200, -1), False),
    ],
)
async def test_it_stays_when_most_of_those_that_answer_have_none_either(
    answers: tuple[int, ...], clock: ManualClock, *, stays: bool
) -> None:
    fleet, _ = fleet_of({f"http://10.0.0.{n}": one for n, one in enumerate(answers)}, clock)
    assert fleet.serves_without == bool(answers), "others may not have noticed yet"
    await fleet.ask_peers()
    assert fleet.serves_without == bool(answers)
    clock.advance(timedelta(seconds=PEERS_NOTICE_SECONDS))
    await fleet.ask_peers()
    assert fleet.serves_without is stays


async def test_of_many_only_some_are_asked(clock: ManualClock) -> None:
    fleet, asked = fleet_of({f"http://10.0.0.{n}": 200 for n in range(100)}, clock)
    await fleet.ask_peers()
    assert len(asked) == PEERS_ASKED_MAX


@pytest.mark.parametrize(
    ("given", "listens_at", "seen", "url"),
    [
        ("https://web1.example.org/", ("127.0.0.1", 8400), None, "https://web1.example.org"),
        (None, ("127.0.0.1", 8400), "10.0.0.7", None),
        (None, ("localhost", 8400), "10.0.0.7", None),
        (None, ("10.0.0.9", 8400), "10.0.0.7", "http://10.0.0.9:8400"),
        (None, ("web1.internal", 80), None, "http://web1.internal:80"),
        (None, ("0.0.0.0", 8400), "10.0.0.7", "http://10.0.0.7:8400"),  # noqa: S104 - a text
        (None, ("::", 8400), "fd00::7", "http://[fd00::7]:8400"),
        (None, ("0.0.0.0", 8400), None, None),  # noqa: S104 - a text
        (None, ("0.0.0.0", 8400), "127.0.0.1", None),  # noqa: S104 - a text
        (None, ("10.0.0.9", 0), "10.0.0.7", None),
    ],
)
def test_where_others_reach_a_machine(
    given: str | None, listens_at: tuple[str, int], *, seen: str | None, url: str | None
) -> None:
    assert url_for_peers(given, listens_at, seen) == url
