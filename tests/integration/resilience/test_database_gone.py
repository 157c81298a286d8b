"""The database is cut off: what is known is shown, the rest refused at once, until it is back."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.builders.cut_off_site import (
    OPERATIONS,
    CutOffSite,
    a_site_to_cut_off,
    assert_as_before,
    assert_only_shown,
    assert_operator_sees_what_is_wrong,
)

from fullhouse.resilience.operating_mode import OperatingMode
from fullhouse.storage.embedded.server import EmbeddedServer

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def site(server: EmbeddedServer, database_url: str) -> AsyncIterator[CutOffSite]:
    async with a_site_to_cut_off(server, database_url) as site:
        yield site


async def operations(site: CutOffSite) -> str:
    answer = await site.api.ask("GET", OPERATIONS, headers=site.operator)
    assert answer.status == 200
    return answer.body.decode()


async def test_database_that_is_gone_is_back_by_itself(site: CutOffSite) -> None:
    await site.line.cut()
    await site.until(OperatingMode.READ_ONLY)
    await assert_only_shown(site)
    value = site.api.app.metrics.registry.get_sample_value
    attempt = {"method": "POST", "route": "/api/v1/{org}/bookings"}
    assert value("fullhouse_mode_refusals_total", attempt) is None, "nobody has announced it"
    await assert_operator_sees_what_is_wrong(site)
    await site.line.restore()
    await assert_as_before(site)
    async with asyncio.timeout(30):
        while "does not answer" in (await operations(site)):  # noqa: ASYNC110 - as one who reloads
            await asyncio.sleep(0.5)
