"""An owner sees the failed jobs of her business, retries and discards them, by page and by API."""

import asyncio
import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from tests.builders.api_client import Answer, ApiClient
from tests.builders.live_parts import next_parts

from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.worker import build_app_worker
from fullhouse.entrypoints.web.admin.dead_letters import KIND_TEXTS
from fullhouse.kernel.clock import ManualClock
from fullhouse.people.model.roles import Role

pytestmark = pytest.mark.timeout(60)

FORM = {"content-type": "application/x-www-form-urlencoded"}
DEAD = """
    INSERT INTO effect (org_id, key, kind, subject, payload, status, due_at, attempts, last_error,
        history, correlation_id, created_at)
    SELECT org_id, kind || '/' || number, kind, org_id, '{"email": "ada@example.org"}', 'dead',
        now(), 1, 'EmailRejected 554',
        jsonb_build_array(jsonb_build_object('attempt', 1, 'at', now(), 'error', 'Refused 554')),
        org_id, now()
    FROM organisation, (VALUES ('message', 1), ('message', 2), ('webhook', 1)) AS j (kind, number)
"""


@pytest.fixture
async def letters(api: ApiClient) -> ApiClient:
    async with api.app.database.unrestricted.session() as session:
        await session.connection.execute(DEAD)
    return api


async def listed(api: ApiClient, query: str = "") -> list[dict[str, object]]:
    answer = await api.ask("GET", f"/dead-letters{query}", key=api.key)
    assert answer.status == 200, answer.body
    assert b"example.org" not in answer.body
    found = answer.json["dead_letters"]
    assert isinstance(found, list)
    return found


async def change(api: ApiClient, act: str, **body: object) -> Answer:
    return await api.ask("POST", f"/dead-letters/{act}", json=body, key=api.key)


async def test_a_program_lists_counts_retries_and_discards(letters: ApiClient) -> None:
    api = letters
    assert {str(one["kind"]) for one in await listed(api)} == {"message", "webhook"}
    (webhook,) = await listed(api, "?kind=webhook")
    one = await api.ask("GET", f"/dead-letters/{webhook['id']}", key=api.key)
    assert one.json == webhook
    attempts = one.json["latest_attempts"]
    assert isinstance(attempts, list)
    assert attempts[0]["error"] == "Refused 554"
    counted = await change(api, "retry", all=True, dry_run=True)
    kinds = [{"kind": "message", "jobs": 2}, {"kind": "webhook", "jobs": 1}]
    assert counted.json == {"dry_run": True, "kinds": kinds, "seconds": 0.2, "left": 0}
    assert len(await listed(api)) == 3
    done = await change(api, "retry", kind="message", reason="The server is back")
    assert done.json["kinds"] == kinds[:1]
    assert (await change(api, "discard", ids=[webhook["id"]])).status == 422
    done = await change(api, "discard", ids=[webhook["id"]], reason="Nobody waits for it")
    assert done.json["kinds"] == kinds[1:]
    assert await listed(api) == []
    assert (await api.ask("GET", f"/dead-letters/{webhook['id']}", key=api.key)).status == 404
    for wrong in ({}, {"all": True, "kind": "message"}):
        assert (await change(api, "retry", **wrong)).status == 422
    assert (await change(api, "retry", ids=["%"])).status == 404


async def page(api: ApiClient, path: str = "") -> str:
    cookie = await api.staff_cookie("owner", role="owner")
    answer = await api.ask("GET", f"//admin/{api.org}/dead-letters{path}", headers=cookie)
    assert answer.status == 200, answer.body
    return unescape(answer.body.decode())


async def send(api: ApiClient, path: str, **fields: str) -> Answer:
    cookie = await api.staff_cookie("owner", role="owner")
    return await api.ask(
        "POST",
        f"//admin/{api.org}/dead-letters{path}",
        content=urlencode(fields).encode(),
        headers={**FORM, **cookie},
    )


async def test_an_owner_sees_why_and_retries_or_discards(letters: ApiClient) -> None:
    api = letters
    text = await page(api)
    assert "E-mail to a guest" in text
    assert "Event for a program" in text
    assert "example.org" not in text
    of_kind = (await page(api, "?kind=webhook")).replace("E-mail to a guest (2)", "")
    assert "E-mail to a guest" not in of_kind
    first, second = (str(one["id"]) for one in await listed(api, "?kind=message"))
    (webhook,) = (str(one["id"]) for one in await listed(api, "?kind=webhook"))
    detail = await page(api, f"/{first}")
    assert "Refused 554" in detail
    chosen = {f"row.{first}": "1", f"row.{second}": "1"}
    asked = await send(api, "/retry", **chosen)
    assert "Retry: 2 selected" in unescape(asked.body.decode())
    assert len(await listed(api)) == 3, "it asks first"
    done = await send(api, "/retry", submitted="yes", reason="", **chosen)
    assert done.status == 303
    assert "2 failed jobs are retried." in await page(
        api, done.headers["location"].partition("dead-letters")[2]
    )
    refused = await send(api, f"/{webhook}/discard", submitted="yes", reason="")
    assert refused.status == 422
    done = await send(api, f"/{webhook}/discard", submitted="yes", reason="Nobody waits for it")
    assert done.status == 303
    assert "No job has failed." in await page(api)
    cookie = await api.staff_cookie("owner", role="owner")
    audit = await api.ask("GET", f"//admin/{api.org}/audit", headers=cookie)
    assert "Failed job discarded" in audit.body.decode()


async def test_list_changes_by_itself_for_those_of_the_business_alone(
    letters: ApiClient, clock: ManualClock
) -> None:
    api = letters
    cookie = await api.staff_cookie("owner", role="owner")
    path = f"/admin/{api.org}/dead-letters/live?kind=message"
    async with api.client.stream("GET", path, headers=cookie) as answer:
        chunks = answer.aiter_bytes()
        before = (await next_parts(chunks))["results"]
        assert before.count('name="row.') == 2, "as the page was asked for"
        (key, *_) = re.findall(r'name="row\.([^"]+)"', before)
        await change(api, "retry", ids=[key])
        clock.advance(timedelta(seconds=5))
        after = (await next_parts(chunks))["results"]
        assert after.count('name="row.') == 1
        async with api.app.database.unrestricted.session() as session:
            await session.connection.execute("DELETE FROM account_session")
            await session.connection.execute("DELETE FROM effect WHERE status = 'dead'")
        clock.advance(timedelta(seconds=60))
        async with asyncio.timeout(10):
            assert not [chunk async for chunk in chunks if b"data:" in chunk]
    staff = await api.staff_cookie("desk", role="staff")
    assert (await api.ask("GET", f"/{path}", headers=staff)).status == 403
    api.shutdown.set()


async def test_one_that_somebody_else_retried_is_refused_with_the_reason(
    letters: ApiClient,
) -> None:
    api = letters
    first, second = (str(one["id"]) for one in await listed(api, "?kind=message"))
    await change(api, "retry", ids=[first])
    chosen = {f"row.{first}": "1", f"row.{second}": "1"}
    done = await send(api, "/retry", submitted="yes", reason="", **chosen)
    assert "Somebody else has retried or discarded this already." in unescape(done.body.decode())
    assert await listed(api, "?kind=message") == []


@pytest.mark.parametrize("role", ["staff", "admin"])
async def test_failed_jobs_are_the_owners(letters: ApiClient, role: Role) -> None:
    cookie = await letters.staff_cookie(role, role=role)
    path = f"//admin/{letters.org}/dead-letters"
    assert (await letters.ask("GET", path, headers=cookie)).status == 403


async def test_every_kind_of_job_has_a_name(app: Application) -> None:
    assert set(build_app_worker(app).consumer.runner.kinds) == set(KIND_TEXTS)
