"""What each alert is about happens for real: people are told in time, and when it is over."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.builders.causes_of_alerts import CAUSES, Act, AlertCause, nothing
from tests.builders.folders import server_folder
from tests.builders.watched_site import OPERATOR, WatchedSite, a_watched_site
from tests.conftest import run_on

from fullhouse.bootstrap.schema import schema
from fullhouse.observability.alert_rules import RULES_BY_NAME
from fullhouse.observability.limits import ALERT_SECONDS
from fullhouse.storage.embedded.server import EmbeddedServer, server_on
from fullhouse.storage.schema import Phase, migrate

pytestmark = pytest.mark.timeout(60)

TOLD_SECONDS_MAX = 60.0
ENDED_SECONDS_MAX = 8 * 3_600
"""A budget that burnt is told of for six hours."""
ELSEWHERE = {
    "database-down": "test_alerts_for_real.py",
    "backup-old": "below, on a server of its own",
}


@pytest.fixture
async def site(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[WatchedSite]:
    async with a_watched_site(database_url, tmp_path, monkeypatch) as site:
        await site.hours_pass(0)
        assert site.told() == set(), "all is well"
        yield site


async def assert_told(site: WatchedSite, rule: str, state: str, goes_on: Act = nothing) -> None:
    """Let the process look every ten seconds until people are told so, which must be in time."""
    told, seconds = site.told(), 0.0
    is_over = state == "resolved"
    bound = ENDED_SECONDS_MAX if is_over else RULES_BY_NAME[rule].after_seconds + TOLD_SECONDS_MAX
    while (rule, state) not in told:
        assert seconds <= bound, f"told: {told}"
        step = ALERT_SECONDS if not is_over else 30 if seconds < 600 else 1_200
        await site.move_clocks(step)
        await goes_on(site)
        await site.look()
        seconds += step
        told |= site.told()


def test_each_alert_is_caused() -> None:
    caused = {cause.rule for cause in CAUSES}
    assert caused | set(ELSEWHERE) == set(RULES_BY_NAME)
    assert not caused & set(ELSEWHERE)


@pytest.mark.parametrize("cause", CAUSES, ids=[one.name.replace(" ", "-") for one in CAUSES])
async def test_people_are_told_within_a_minute_and_of_the_end(
    cause: AlertCause, site: WatchedSite
) -> None:
    await cause.happen(site)
    await assert_told(site, cause.rule, cause.severity, cause.goes_on)
    await cause.end(site)
    await assert_told(site, cause.rule, "resolved")
    assert OPERATOR in site.post.recipients, "one of two ways of telling is e-mail"


@pytest.fixture
async def archiving() -> AsyncIterator[EmbeddedServer]:
    """A server whose log is to be archived, which fails."""
    folder = server_folder("fullhouse-archiving-")
    folder.chmod(0o711)
    server = server_on(folder)
    try:
        with (server.cluster / "postgresql.conf").open("a") as file:
            file.write("archive_mode = on\narchive_command = 'false'\n")
        server.start()
        await run_on(server, "CREATE DATABASE fullhouse")
        await migrate(server.url, schema(), phases=tuple(Phase))
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


async def test_people_are_told_that_no_log_can_be_archived(
    archiving: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_watched_site(archiving.url, tmp_path, monkeypatch) as site:
        await site.hours_pass(0)
        assert site.told() == set(), "nothing was to be archived yet"
        await site.sql("SELECT pg_switch_wal()")
        await site.until("SELECT last_failed_time IS NOT NULL FROM pg_stat_archiver")
        await site.hours_pass()
        await assert_told(site, "backup-old", "critical")
        await site.sql("ALTER SYSTEM SET archive_command = 'true'")
        await site.sql("SELECT pg_reload_conf(), pg_switch_wal()")
        await site.until("SELECT last_archived_time IS NOT NULL FROM pg_stat_archiver")
        await site.hours_pass()
        await assert_told(site, "backup-old", "resolved")
