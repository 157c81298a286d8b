"""The database is frozen or slow: what is known is shown, the rest refused in time.

Nobody has to restart anything.
"""

from collections.abc import AsyncIterator

import pytest
from tests.builders.cut_off_site import (
    CutOffSite,
    a_site_to_cut_off,
    assert_as_before,
    assert_only_shown,
)
from tests.builders.database_line import backends_of, frozen

from fullhouse.resilience.operating_mode import OperatingMode
from fullhouse.storage.embedded.server import EmbeddedServer

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def site(server: EmbeddedServer, database_url: str) -> AsyncIterator[CutOffSite]:
    async with a_site_to_cut_off(server, database_url) as site:
        yield site


async def test_frozen_database_leaves_what_is_known_and_refuses_the_rest_in_time(
    site: CutOffSite, server: EmbeddedServer
) -> None:
    backends = await backends_of(site.api.app)
    with frozen(server, backends):
        asked_at_once = await site.book()
        assert asked_at_once.status == 503
        await site.until(OperatingMode.READ_ONLY)
        await assert_only_shown(site)
    await assert_as_before(site)


async def test_database_that_takes_seconds_is_as_good_as_away(site: CutOffSite) -> None:
    site.line.delay_seconds = 3.0
    await site.until(OperatingMode.READ_ONLY)
    await assert_only_shown(site)
    await site.line.restore()
    await assert_as_before(site)
