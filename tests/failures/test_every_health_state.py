"""Each part of health becomes degraded or unhealthy by what happens for real, and is well again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.builders import causes_of_alerts as causes
from tests.builders.causes_of_alerts import Act
from tests.builders.watched_site import WatchedSite, a_watched_site

pytestmark = pytest.mark.timeout(60)

STATUS_CODES = {"healthy": 200, "degraded": 200, "unhealthy": 503}


@pytest.fixture
async def site(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[WatchedSite]:
    async with a_watched_site(database_url, tmp_path, monkeypatch) as site:
        yield site


async def assert_health(site: WatchedSite, part: str, status: str) -> None:
    await site.api.health.reports.health.check()
    answer = await site.api.ask("GET", f"//api/health/{part}")
    assert (answer.json["status"], answer.status) == (status, STATUS_CODES[status]), answer.body


@pytest.mark.parametrize(
    ("part", "status", "happen", "end"),
    [
        ("database", "unhealthy", causes.sessions_are_ended, causes.a_minute_passes),
        ("database", "degraded", causes.statements_are_slow, causes.a_minute_passes),
        ("notifications", "degraded", causes.mail_is_not_sent, causes.send_all),
        (
            "external-services",
            "unhealthy",
            causes.the_mail_server_is_down,
            causes.mail_works_again,
        ),
        ("system", "unhealthy", causes.the_disk_is_nearly_full, causes.delete_it),
    ],
    ids=["sessions-end", "a-lock", "mail-queue", "the-mail-server", "the-disk"],
)
async def test_health_is_what_happens(
    site: WatchedSite, part: str, status: str, happen: Act, end: Act
) -> None:
    await assert_health(site, part, "healthy")
    await happen(site)
    await assert_health(site, part, status)
    await end(site)
    await assert_health(site, part, "healthy")
