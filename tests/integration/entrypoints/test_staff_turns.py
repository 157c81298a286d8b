"""What one account or key has under way at once does not keep others waiting."""

import asyncio
from http import HTTPStatus

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import a_business
from tests.builders.statement_counts import statements

CONNECTIONS = 40


@pytest.mark.parametrize(
    ("path", "query"),
    [("//admin/meadow/overview", "booking.places_between"), ("/email-texts", "people.venue_by_id")],
)
async def test_a_booking_elsewhere_waits_for_few_of_one_callers_reads(
    api: ApiClient, path: str, query: str
) -> None:
    app = api.app
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    neighbour = (await an_api_client(app, other, org="orchard")).from_elsewhere()
    slot = await other.a_slot()
    by_key = {"Authorization": f"Bearer {api.key}"}
    headers = await api.staff_cookie() if path.startswith("//") else by_key

    async def read() -> int:
        return (await api.ask("GET", path, headers=headers)).status

    before = statements(app).get(query, 0)
    reads = [asyncio.create_task(read()) for _ in range(CONNECTIONS)]
    await asyncio.sleep(0)
    assert (await neighbour.book(slot)).status == HTTPStatus.CREATED
    assert statements(app)[query] - before < CONNECTIONS // 2
    assert {await one for one in reads} == {HTTPStatus.OK}
