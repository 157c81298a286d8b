"""A farm's season, watched as ever: nobody is woken for nothing.

Crowds, an on-sale each Friday, a backup each night, a new version each day, guesses at passwords at
night, and the night on which clocks are set back: all go through the real measurements, rows,
signals and rules, every five minutes. Here it is the night; `make soak` runs 30 days.
"""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest
from tests.builders.season import STEP_MINUTES, Minutes, Season, gauges_before, happen
from tests.builders.watched_site import WatchedSite, a_watched_site

from fullhouse.observability import system_health
from fullhouse.observability.system_health import SystemFigures

EFFORT: Final = int(os.environ.get("FULLHOUSE_TEST_EFFORT", "1"))
HOURS: Final = 12 if EFFORT == 1 else min(30, 3 * EFFORT) * 24
SEED: Final = int(os.environ.get("FULLHOUSE_TEST_SEED", "2027"))
START: Final = datetime(2027, 10, 30, 21, 0, tzinfo=UTC)
"""The evening before clocks are set back."""
KNOWN_DAYS: Final = 28
OF_TESTS: Final = {"clock-wrong"}
"""The server's clock does not go as that of the test."""


async def _learn(site: WatchedSite, season: Season) -> None:
    """The weeks before, which the detectors learn from."""
    async with site.app.database.unrestricted.session() as session:
        await session.connection.executemany(
            "INSERT INTO gauge (name, subject, period_seconds, starts_at, observed, total, least,"
            " most) VALUES ($1, '', 600, $2, 10, $3, $4, $5)",
            list(gauges_before(season, START, days=KNOWN_DAYS)),
        )


async def _pass(site: WatchedSite, step: Minutes, random: Random) -> None:
    """The look comes when the first minute was written by all, as it does for each minute."""
    first, rest = step.split(random)
    happen(site.app, first, random)
    site.clock.advance(timedelta(seconds=10))
    await site.recorder.write()
    happen(site.app, rest, random)
    site.clock.advance(timedelta(seconds=80))
    await site.look()
    site.clock.advance(timedelta(minutes=STEP_MINUTES) - timedelta(seconds=90))


async def _begun(site: WatchedSite) -> Sequence[tuple[str, str, str]]:
    async with site.app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT rule, severity, summary || ' ' || fired_at AS text FROM alert"
            " WHERE rule <> ALL ($1::text[]) ORDER BY fired_at",
            list(OF_TESTS),
        )
    return [(row["rule"], row["severity"], row["text"]) for row in rows]


def _quiet_machine(random: Random) -> Callable[[Path], SystemFigures]:
    """Memory and disk of the season; those of the real machine are of what else it does."""
    return lambda _: SystemFigures(
        memory_total=8_000_000_000,
        memory_free=round(4_000_000_000 * random.uniform(0.8, 1.2)),
        memory_of_process=100_000_000,
        load=0.5,
        processors=2,
        processor_seconds=1.0,
        disk_total=100_000_000_000,
        disk_free=round(60_000_000_000 * random.uniform(0.98, 1.02)),
    )


@pytest.mark.timeout(HOURS * 10)
async def test_a_season_wakes_nobody(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(SEED)  # noqa: S311 - the same season in every run
    season = Season(random)
    monkeypatch.setattr(system_health, "read_system", _quiet_machine(Random(SEED)))  # noqa: S311
    async with a_watched_site(database_url, tmp_path, monkeypatch) as site:
        site.clock.instant = START
        await _learn(site, season)
        for minute in range(0, HOURS * 60, STEP_MINUTES):
            await _pass(site, season.step(START + timedelta(minutes=minute)), random)
        begun = await _begun(site)
    assert [one for one in begun if one[1] == "critical"] == []
    unusual = [one for one in begun if one[0] == "unusual"]
    assert begun == unusual, "in the morning nobody reads of anything else"
    assert len(unusual) <= HOURS // 24, "weather makes days unusual; more than one a day is noise"
