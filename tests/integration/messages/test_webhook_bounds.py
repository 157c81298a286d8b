"""What webhooks may not do: reach private networks, take the room of others, outlive secrets."""

from dataclasses import replace
from uuid import UUID

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook
from tests.builders.api_client import an_api_client
from tests.builders.webhook_receiver import Receiver, a_receiver
from tests.builders.webhook_site import WebhookSite, the_attempt, working

from fullhouse.bootstrap.application import open_application
from fullhouse.kernel.clock import SystemClock
from fullhouse.messages.limits import (
    WEBHOOK_FIRST_ATTEMPTS_AT_ONCE_MAX,
)

pytestmark = pytest.mark.timeout(120)

BOOKED = ["Booked"]


async def test_a_slow_one_takes_no_more_than_its_share(site: WebhookSite) -> None:
    site.receiver.gate.clear()
    slow = await site.add(kinds=BOOKED)
    async with a_receiver(Receiver()) as quick:
        added = await site.post("/webhooks", {"url": quick.url, "kinds": BOOKED})
        await site.book(20)
        await site.until(str(added.json["id"]), delivered=20)
        assert site.receiver.open_most == WEBHOOK_FIRST_ATTEMPTS_AT_ONCE_MAX
        site.receiver.gate.set()
        await site.until(slow, delivered=20)
        assert len(set(site.refs())) == 20


async def test_a_renewed_secret_signs_beside_the_one_before_for_a_day(site: WebhookSite) -> None:
    hook = await site.add(kinds=BOOKED)
    old = (await site.get(f"/webhooks/{hook}/secret")).json["secret"]
    await site.post(f"/webhooks/{hook}/rotate-secret")
    new = (await site.get(f"/webhooks/{hook}/secret")).json["secret"]
    assert old != new
    await site.book()
    await site.until(hook, delivered=1)
    await site.sql("UPDATE webhook_endpoint SET previous_until = now()")
    await site.book()
    await site.until(hook, delivered=2)
    both, alone = site.receiver.received
    for secret in (old, new):
        Webhook(str(secret)).verify(both.body, both.headers)
    Webhook(str(new)).verify(alone.body, alone.headers)
    assert both.headers["webhook-signature"].count("v1,") == 2
    assert alone.headers["webhook-signature"].count("v1,") == 1


async def test_a_private_address_is_not_called_unless_its_network_is_named(
    idle: WebhookSite, database_url: str
) -> None:
    hook = await idle.add(kinds=BOOKED)
    settings = idle.app.settings.model_copy(update={"webhook_networks": ()})
    async with open_application(settings, database_url, name="other", clock=SystemClock()) as app:
        closed = replace(idle, api=await an_api_client(app, idle.business))
        refused = await closed.post("/webhooks", {"url": idle.receiver.url})
        assert refused.status == 422
        async with working(app):
            await idle.book()
            delivery = await idle.tried(hook)
    attempt = the_attempt(delivery)
    assert attempt["status"] is None
    assert "private network" in str(attempt["answer"])
    assert idle.receiver.received == []


async def test_a_redirect_is_not_followed_and_long_answers_are_cut(site: WebhookSite) -> None:
    hook = await site.add(kinds=BOOKED)
    elsewhere = f"http://127.0.0.1:{site.receiver.port}/elsewhere"
    site.receiver.answer = lambda _: web.Response(
        status=302, headers={"Location": elsewhere}, text="look there \n\x00" + "x" * 100_000
    )
    await site.book()
    delivery = await site.tried(hook)
    attempt = the_attempt(delivery)
    assert attempt["status"] == 302
    answer = str(attempt["answer"])
    assert answer.startswith("look there")
    assert len(answer) <= 200
    assert len(site.receiver.received) == 1


async def test_it_is_asked_again_no_sooner_than_it_wants(site: WebhookSite) -> None:
    hook = await site.add(kinds=BOOKED)
    site.receiver.answer = lambda _: web.Response(status=429, headers={"Retry-After": "3600"})
    await site.book()
    await site.tried(hook)
    async with site.app.database.unrestricted.session() as session:
        seconds = await session.connection.fetchval(
            "SELECT extract(epoch FROM due_at - now())::float8 FROM effect "
            "WHERE kind = 'webhook_again' AND status = 'due'"
        )
    assert 3500 < seconds <= 3600


async def test_there_are_at_most_ten_and_two_editors_are_told(idle: WebhookSite) -> None:
    ids = [await idle.add() for _ in range(10)]
    refused = await idle.post("/webhooks", {"url": idle.receiver.url})
    assert (refused.status, refused.code) == (409, "too_many_webhooks")
    headers = {"If-Match": '"1"'}
    path = f"/webhooks/{ids[0]}"
    first = await idle.ask("PATCH", path, json={"kinds": BOOKED}, headers=headers)
    assert (first.status, first.json["version"]) == (200, 2)
    second = await idle.ask("PATCH", path, json={"kinds": []}, headers=headers)
    assert second.status in {409, 412}
    assert (await idle.shown(ids[0]))["kinds"] == BOOKED
    UUID(ids[0])
