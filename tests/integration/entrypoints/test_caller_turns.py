"""What one account, key or address has under way at once does not keep others waiting."""

import asyncio
from http import HTTPStatus
from typing import Final

import asyncpg
import pytest
from tests.builders.api_client import ApiClient, an_api_client, token_of
from tests.builders.business import a_business

from fullhouse.entrypoints.limits import CALLER_TURNS_MAX

CONNECTIONS: Final = 40
_FOUND_SECONDS: Final = 0.2
"""Time enough for a read that is not held back to wait for the lock, too."""


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("//admin/{org}/overview", "slot"),
        ("/email-texts", "venue"),
        ("//{org}/b/{ref}?t={token}", "booking"),
    ],
)
async def test_others_read_beside_few_reads_of_one_caller(
    api: ApiClient, path: str, table: str
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
    locker, watcher = await app.connect(), await app.connect()
    async with asyncio.TaskGroup() as group, asyncio.timeout(10), locker.transaction():
        await locker.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        asked = [
            group.create_task(api.ask("GET", where, headers=headers)) for _ in range(CONNECTIONS)
        ]
        await _come_to_wait(watcher, CALLER_TURNS_MAX)
        answer = group.create_task(neighbour.ask("GET", same_elsewhere, headers=headers_elsewhere))
        await _come_to_wait(watcher, CALLER_TURNS_MAX + 1)
        await asyncio.sleep(_FOUND_SECONDS)
        assert await _waiting(watcher) == CALLER_TURNS_MAX + 1
    assert {one.result().status for one in [answer, *asked]} == {HTTPStatus.OK}
    await locker.close()
    await watcher.close()


async def _come_to_wait(watcher: asyncpg.Connection, number: int) -> None:
    while await _waiting(watcher) < number:  # noqa: ASYNC110 - PostgreSQL tells nobody
        await asyncio.sleep(0.01)


async def _waiting(watcher: asyncpg.Connection) -> int:
    """Statements that wait for a lock."""
    number: int = await watcher.fetchval(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    return number
