"""Webhooks of providers are stored before they are answered, and processed once each."""

import json
import time
from collections.abc import AsyncIterator
from uuid import uuid4  # noqa: TID251 - ids of a provider

import pytest
from pydantic import SecretStr
from tests.builders.api_client import Answer, an_api_client
from tests.builders.channel_site import ChannelSite, a_channel_site
from tests.builders.webhook_site import working

from fullhouse.bootstrap.application import open_application
from fullhouse.entrypoints.cli import inbox as command
from fullhouse.entrypoints.cli.inbox import ReceivedSelection
from fullhouse.entrypoints.cli.rotate_keys import rotate
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.inbox import PruneReceivedWebhooks
from fullhouse.sandbox.signatures import standard_webhook
from fullhouse.settings import Settings
from fullhouse.storage.sealing import new_key

pytestmark = pytest.mark.timeout(90)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATH = "/incoming-webhooks/delivery-reports"


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[ChannelSite]:
    """Without a worker, and with a secret."""
    async with a_channel_site(database_url) as site:
        await set_secret(site)
        yield site


async def set_secret(site: ChannelSite, secret: str = SECRET) -> Answer:
    answer = await site.ask("PUT", PATH, {"secret": secret})
    assert answer.status == 200, answer.body
    return answer


async def report(
    site: ChannelSite, said: object, *, event: str | None = None, secret: str = SECRET
) -> Answer:
    """A gateway's report as it is sent."""
    body = json.dumps(said).encode() if not isinstance(said, bytes) else said
    event = event or f"msg_{uuid4()}"
    headers = standard_webhook(secret, body, message_id=event, at=int(time.time()))  # noqa: TID251
    return await site.api.ask("POST", PATH, content=body, headers=headers)


async def received(site: ChannelSite, query: str = "") -> list[dict[str, object]]:
    found = (await site.ask("GET", f"/received-webhooks{query}")).json["webhooks"]
    assert isinstance(found, list)
    return found


async def until_ended(site: ChannelSite) -> list[str]:
    """What became of each, the oldest first, once none waits."""
    while True:
        statuses = [str(one["status"]) for one in reversed(await received(site))]
        if "waiting" not in statuses:
            return statuses
        await site.hurry()


def metric(site: ChannelSite, name: str, outcome: str) -> float:
    labels = {"provider": "delivery-reports", "outcome": outcome}
    return site.app.metrics.registry.get_sample_value(f"fullhouse_{name}_total", labels) or 0


async def handed_over(site: ChannelSite, count: int) -> list[str]:
    """Ids of e-mails that a scenario was handed."""
    await site.set_up(acknowledge_minutes=1_440)
    await site.book(count)
    await site.until(handed_over_by_make=count)
    return [str(one.json["message_id"]) for one in site.gateway.received]


async def test_a_report_by_webhook_says_what_became_of_a_message(site: ChannelSite) -> None:
    async with working(site.app):
        arrived, failed = await handed_over(site, 2)
        for said in (
            {"message_id": arrived, "status": "queued"},
            {"id": "sms_1", "reference": arrived, "status": "delivered"},
            {"message_id": failed, "status": "failed", "detail": "The mailbox is full."},
            {"message_id": str(uuid4()), "status": "delivered"},
            {"reference": "r1", "status": "delivered"},
        ):
            assert (await report(site, said)).status == 204
        assert await until_ended(site) == ["ignored", "processed", "processed", *["ignored"] * 2]
        await site.until(sent_by_make=1, sent_by_smtp=1)
        rows = await site.rows("SELECT kind, count(*) AS n FROM event WHERE kind LIKE 'Webhook%'"
                               " GROUP BY kind")  # fmt: skip
    counts = {row["kind"]: row["n"] for row in rows}
    assert counts == {"WebhookSourceSet": 1, "WebhookReceived": 5, "WebhookProcessed": 5}
    assert metric(site, "processed_webhooks", "ignored") == 3


async def test_a_webhook_is_stored_before_it_is_answered_and_known_when_it_comes_again(
    site: ChannelSite,
) -> None:
    for _ in range(3):
        assert (await report(site, {"status": "delivered"}, event="msg_1")).status == 204
    (one,) = await received(site)
    assert (one["event"], one["status"], one["replays"]) == ("msg_1", "waiting", 0)
    jobs = await site.rows("SELECT key FROM effect WHERE kind = 'received_webhook'")
    assert len(jobs) == 1
    assert metric(site, "received_webhooks", "stored") == 1
    assert metric(site, "received_webhooks", "repeated") == 2


async def test_what_is_not_signed_is_refused_counted_and_not_stored(site: ChannelSite) -> None:
    said = {"status": "delivered"}
    wrong = await report(site, said, secret="whsec_" + "A" * 32)
    assert (wrong.status, wrong.code) == (401, "webhook_not_signed")
    assert (await site.api.ask("POST", PATH, json=said)).status == 401
    assert metric(site, "received_webhooks", "not_signed") == 2
    too_large = await report(site, b"x" * (256 * 1024 + 1))
    assert too_large.status == 413
    for path in ("/incoming-webhooks/stripe", "//api/v1/nobody/incoming-webhooks/delivery-reports"):
        assert (await site.api.ask("POST", path, json=said)).status == 404
    assert (await site.ask("DELETE", PATH)).status == 204
    assert (await report(site, said)).code == "unknown_webhook_source"
    assert (await site.ask("DELETE", PATH)).status == 404
    assert await received(site) == []


async def test_a_secret_before_the_present_one_is_valid_for_a_day(site: ChannelSite) -> None:
    new = "whsec_" + "B" * 32
    answer = await set_secret(site, new)
    assert answer.json["url"] == f"{site.app.settings.base_url}/api/v1/{site.api.org}{PATH}"
    for secret in (new, SECRET):
        assert (await report(site, {"status": "delivered"}, secret=secret)).status == 204
    await site.sql("UPDATE webhook_source SET previous_until = now() - interval '1 minute'")
    assert (await report(site, {"status": "delivered"}, secret=SECRET)).status == 401
    rows = await site.rows("SELECT secret, previous_secret FROM webhook_source")
    assert SECRET not in str(rows)


async def test_a_webhook_that_cannot_be_processed_is_a_dead_letter_until_it_is_replayed(
    site: ChannelSite,
) -> None:
    """Replayed, its dead letter is gone: nothing retries it beside."""
    async with working(site.app):
        await report(site, {"status": "delivered"})
        await report(site, b"not JSON")
        assert await until_ended(site) == ["ignored", "failed"]
        (failed,) = await received(site, "?status=failed&provider=delivery-reports")
        dead = (await site.ask("GET", "/dead-letters")).json["kinds"]
        assert dead == [{"kind": "received_webhook", "jobs": 1}]
        await site.sql('UPDATE received_webhook SET body = \'{"status": "sent"}\'')
        answer = await site.ask("POST", "/received-webhooks/replay", {"ids": [failed["id"]]})
        assert answer.json == {"webhooks": 1}
        assert await until_ended(site) == ["ignored", "ignored"]
        late = {"since": "2027-06-12T09:00:00Z", "until": "2027-06-12T10:00:00Z"}
        for wrong in ({}, {**late, "ids": [failed["id"]]}):
            answer = await site.ask("POST", "/received-webhooks/replay", wrong)
            assert answer.code == "invalid_input"
        none = await site.ask("POST", "/received-webhooks/replay", late)
        assert none.json == {"webhooks": 0}, "none came then"
        span = {"since": "2000-01-01T00:00:00Z", "status": "ignored"}
        both = await site.ask("POST", "/received-webhooks/replay", span)
        assert both.json == {"webhooks": 2}
        assert await until_ended(site) == ["ignored", "ignored"]
        rows = await site.rows("SELECT data FROM event WHERE kind = 'WebhookReplayed'")
        assert len(rows) == 3
    always = "?since=0001-01-01T00:00:00%2B14:00&until=9999-12-31T23:59:59-14:00"
    assert [one["replays"] for one in await received(site, always)] == [2, 1]
    assert (await site.ask("GET", "/dead-letters")).json["kinds"] == []


async def test_a_job_of_before_a_replay_does_nothing(site: ChannelSite) -> None:
    """Both are due at once: the webhook is processed by one of them, once."""
    await report(site, {"status": "delivered"})
    (one,) = await received(site)
    await site.ask("POST", "/received-webhooks/replay", {"ids": [one["id"]]})
    async with working(site.app):
        assert await until_ended(site) == ["ignored"]
        while await site.rows("SELECT 1 AS n FROM effect WHERE kind = 'received_webhook'"
                              " AND status <> 'completed'"):  # fmt: skip
            await site.hurry()
    rows = await site.rows("SELECT 1 AS n FROM event WHERE kind = 'WebhookProcessed'")
    assert len(rows) == 1


async def test_the_operator_replays_a_span_of_time_after_counting_it(
    site: ChannelSite, database_url: str
) -> None:
    settings = Settings(database_url=database_url)
    for _ in range(3):
        await report(site, {"status": "delivered"})
    await site.sql(
        "UPDATE received_webhook SET received_at = received_at - interval '2 days'"
        " WHERE webhook_id::text = (SELECT min(webhook_id::text) FROM received_webhook)"
    )
    old = (await received(site))[-1]
    recent = await command.list_received(settings, ReceivedSelection())
    assert len(recent) == 2
    assert str(old["id"]) not in {str(one.webhook_id) for one in recent}
    counted = await command.replay_received(settings, ReceivedSelection(), dry_run=True)
    assert "2 would be" in counted.text
    assert {one["replays"] for one in await received(site)} == {0}
    await command.replay_received(settings, ReceivedSelection(), dry_run=False)
    by_id = ReceivedSelection((str(old["id"]),))
    done = await command.replay_received(settings, by_id, dry_run=False)
    assert "1 are processed anew" in done.text
    assert {one["replays"] for one in await received(site)} == {1}
    with pytest.raises(InvalidInput):
        await command.list_received(settings, ReceivedSelection(("msg_1",)))


async def test_what_was_received_long_ago_is_forgotten(site: ChannelSite) -> None:
    await report(site, {"status": "delivered"}, event="old")
    await report(site, {"status": "delivered"}, event="new")
    await site.sql("UPDATE received_webhook SET received_at = received_at - interval '31 days'"
                   " WHERE event_id = 'old'")  # fmt: skip
    await PruneReceivedWebhooks(site.app.database)()
    left = await site.rows("SELECT event_id FROM received_webhook")
    assert left == [{"event_id": "new"}]


async def test_after_a_rotation_of_the_encryption_key_the_old_one_opens_nothing_that_is_needed(
    site: ChannelSite, database_url: str
) -> None:
    """Secrets of webhooks in and out, the former ones too, and the keys of both channels."""
    old, new = site.app.settings.encryption_key, new_key()
    assert old is not None
    hook = (await site.ask("POST", "/webhooks", {"url": site.gateway.url})).json["id"]
    await site.ask("POST", f"/webhooks/{hook}/rotate-secret")
    secret = (await site.ask("GET", f"/webhooks/{hook}/secret")).json
    for channel in ("make", "sms"):
        await site.set_up(channel)
    await set_secret(site, "whsec_" + "B" * 32)
    both = SecretStr(f"{new},{old.get_secret_value()}")
    done = await rotate(Settings(database_url=database_url, encryption_key=both))
    assert done.sealed_again == 6
    settings = site.app.settings.model_copy(update={"encryption_key": SecretStr(new)})
    async with open_application(settings, database_url, name="new", clock=SystemClock()) as app:
        site.api = await an_api_client(app, site.business)
        async with site.api.client:
            assert (await site.ask("GET", f"/webhooks/{hook}/secret")).json == secret
            for known in (SECRET, "whsec_" + "B" * 32):
                assert (await report(site, {"status": "delivered"}, secret=known)).status == 204
            for row in await site.rows("SELECT key FROM message_channel"):
                key = row["key"]
                assert isinstance(key, bytes)
                assert app.sealer.open(key) == b"k-1"


async def test_an_owner_sees_what_was_received_and_has_it_processed_again(
    site: ChannelSite,
) -> None:
    async with working(site.app):
        (message,) = await handed_over(site, 1)
        await report(site, {"message_id": message, "status": "delivered"}, event="msg_1")
        await report(site, {"message_id": str(uuid4()), "status": "delivered"}, event="msg_2")
        assert await until_ended(site) == ["processed", "ignored"]
        first = next(one for one in await received(site) if one["event"] == "msg_1")
        cookie = await site.api.staff_cookie("owner", role="owner")
        path = f"//admin/{site.api.org}/received-webhooks"
        page = await site.api.ask("GET", path, headers=cookie)
        assert page.body.decode().count("delivery-reports") > 2, "two rows and the filter"
        ignored = await site.api.ask("GET", f"{path}?status=ignored", headers=cookie)
        assert str(first["id"]) not in ignored.body.decode()
        detail = await site.api.ask("GET", f"{path}/{first['id']}", headers=cookie)
        assert "msg_1" in detail.body.decode()
        assert message not in detail.body.decode(), "nobody is shown its body"
        unknown = await site.api.ask("GET", f"{path}/{uuid4()}", headers=cookie)
        assert unknown.status == 404
        form = {**cookie, "content-type": "application/x-www-form-urlencoded"}
        done = await site.api.ask(
            "POST", f"{path}/{first['id']}/replay", content=b"submitted=yes", headers=form
        )
        assert done.status == 303, done.body
        await until_ended(site)
    again = next(one for one in await received(site) if one["event"] == "msg_1")
    assert again["replays"] == 1
    staff = await site.api.staff_cookie("staff", role="staff")
    assert (await site.api.ask("GET", path, headers=staff)).status == 403
