"""What one account, key or address has under way at once does not keep others waiting."""

import asyncio
from http import HTTPStatus

import pytest
from tests.builders.api_client import ApiClient, an_api_client, token_of
from tests.builders.business import a_business
from tests.builders.statement_counts import statements

CONNECTIONS = 40


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("//admin/{org}/overview", "booking.places_between"),
        ("/email-texts", "people.venue_by_id"),
        ("//{org}/b/{ref}?t={token}", "booking.booking_by_ref"),
    ],
)
async def test_others_wait_for_few_of_one_callers_reads(
    api: ApiClient, path: str, query: str
) -> None:
    app = api.app
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    neighbour = (await an_api_client(app, other, org="orchard")).from_elsewhere()

    async def reads(client: ApiClient) -> tuple[str, dict[str, str]]:
        own = await client.book(await client.business.a_slot())
        where = path.format(org=client.org, ref=own.json["ref"], token=token_of(own))
        if path.startswith("//admin"):
            return where, await client.staff_cookie()
        return where, {} if "{ref}" in path else {"Authorization": f"Bearer {client.key}"}

    where, headers = await reads(api)
    same_elsewhere, headers_elsewhere = await reads(neighbour)
    before = statements(app).get(query, 0)
    asked = [
        asyncio.create_task(api.ask("GET", where, headers=headers)) for _ in range(CONNECTIONS)
    ]
    await asyncio.sleep(0)
    answer = await neighbour.ask("GET", same_elsewhere, headers=headers_elsewhere)
    done_meanwhile = statements(app)[query] - before
    assert {(await one).status for one in asked} == {answer.status} == {HTTPStatus.OK}
    assert done_meanwhile < CONNECTIONS // 2
