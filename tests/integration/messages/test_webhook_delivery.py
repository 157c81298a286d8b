"""Events reach a business's own programs: signed, in order, once each, through every failure."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from standardwebhooks.webhooks import Webhook
from tests.builders.api_client import an_api_client
from tests.builders.business import a_business
from tests.builders.loop import until
from tests.builders.webhook_receiver import Received
from tests.builders.webhook_site import WebhookSite, attempts_of, the_attempt, working

from fullhouse.bootstrap.worker import build_app_worker
from fullhouse.jobs.dead_letters import Selection, dead_letters, retry
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.messages.limits import (
    WEBHOOK_DELAYS_SECONDS,
    WEBHOOK_FIRST_ATTEMPTS_AT_ONCE_MAX,
)

pytestmark = pytest.mark.timeout(120)

BOOKED = ["Booked"]


async def test_a_booking_reaches_a_program_that_verifies_it_with_the_official_library(
    site: WebhookSite,
) -> None:
    hook = await site.add()
    secret = (await site.get(f"/webhooks/{hook}/secret")).json["secret"]
    (booked,) = await site.book()
    await until(lambda: bool(site.refs()))
    (received,) = [each for each in site.receiver.received if each.kind == "Booked"]
    verified = Webhook(str(secret)).verify(received.body, received.headers)
    assert verified == received.json
    assert received.event["ref"] == booked.json["ref"]
    listed = (await site.get("/events")).json["events"]
    assert isinstance(listed, list)
    (as_listed,) = [each for each in listed if each["kind"] == "Booked"]
    assert received.event == as_listed, "the event is that of the list of events"
    assert received.headers["webhook-id"] == f"evt_{as_listed['id']}"
    assert b"Lovelace" not in received.body
    await site.until(hook, delivered=1)
    (delivery,) = await site.deliveries(hook, "?status=delivered")
    attempt = the_attempt(delivery)
    assert attempt["status"] == 204


async def test_only_the_kinds_that_were_chosen_are_sent_and_none_of_other_businesses(
    site: WebhookSite,
) -> None:
    hook = await site.add(kinds=["Cancelled"])
    other = await a_business(site.app.database, site.app.clock, site.app.ids, slug="other")
    stranger = await an_api_client(site.app, other, org="other")
    other_site = replace(site, api=stranger)
    async with stranger.client:
        await stranger.book(await other.a_slot())
        assert (await other_site.get(f"/webhooks/{hook}")).status == 404
        assert (await other_site.get(f"/webhooks/{hook}/secret")).status == 404
        assert (await other_site.ask("DELETE", f"/webhooks/{hook}")).status == 404
        assert (await other_site.get("/webhooks")).json["webhooks"] == []
    (booked,) = await site.book()
    await site.post(f"/bookings/{booked.json['ref']}/cancel")
    await site.until(hook, delivered=1)
    assert [each.kind for each in site.receiver.received] == ["Cancelled"]


async def test_what_fails_is_tried_again_and_events_of_one_booking_keep_their_order(
    site: WebhookSite,
) -> None:
    hook = await site.add(kinds=["Booked", "Cancelled", "BookingRestored"])
    broken: set[object] = set()

    def answer(received: Received) -> int:
        return 500 if received.event["ref"] in broken else 204

    site.receiver.answer = answer
    first, second = await site.book(2)
    await site.until(hook, delivered=2)
    broken.add(first.json["ref"])
    for booking in (first, second):
        ref = booking.json["ref"]
        assert (await site.post(f"/bookings/{ref}/cancel")).status == 200
        assert (await site.post(f"/bookings/{ref}/undo")).status == 200
    await site.until(hook, delivered=4, due=1, waiting=1)
    assert (await site.shown(hook))["failing_since"] is None, "others have succeeded since"
    await site.hurry()
    await until(lambda: sum(one.event["ref"] in broken for one in site.receiver.received) == 3)
    broken.clear()
    await site.until(hook, hurry=True, delivered=6)
    kinds = [one.kind for one in site.receiver.received if one.event["ref"] == first.json["ref"]]
    assert kinds == ["Booked", "Cancelled", "Cancelled", "Cancelled", "BookingRestored"]
    ids = [one.headers["webhook-id"] for one in site.receiver.received if one.kind == "Cancelled"]
    assert sorted(Counter(ids).values()) == [1, 3], "an attempt has the id of the one before"


async def test_an_event_is_given_up_after_its_last_attempt_and_sent_again_on_request(
    site: WebhookSite,
) -> None:
    hook = await site.add(kinds=BOOKED)
    site.receiver.answer = lambda _: 503
    (booked,) = await site.book()
    attempts = len(WEBHOOK_DELAYS_SECONDS) + 1
    async with asyncio.timeout(60):
        while len(site.receiver.received) < attempts:
            await site.hurry()
            await asyncio.sleep(0.02)
    await site.until(hook, failed=1)
    (delivery,) = await site.deliveries(hook)
    assert len(attempts_of(delivery)) == attempts
    site.receiver.answer = lambda _: 204
    again = await site.post(f"/webhooks/{hook}/send-again", {"event": delivery["event"]})
    assert again.json == {"events": 1}
    await site.until(hook, delivered=1)
    span = {"since": "0001-01-01T00:00:00+14:00", "until": "9999-12-31T23:59:59-14:00"}
    failed = await site.post(f"/webhooks/{hook}/send-again", {**span, "only_failed": True})
    assert failed.json == {"events": 0}
    assert (await site.post(f"/webhooks/{hook}/send-again", span)).json == {"events": 1}
    await until(lambda: len(site.receiver.received) == attempts + 2)
    assert set(site.refs()) == {booked.json["ref"]}
    for wrong in ({}, {"since": span["since"]}, {"event": "1", **span}, {"event": "x"}):
        assert (await site.post(f"/webhooks/{hook}/send-again", wrong)).status == 422


async def test_one_that_is_gone_is_disabled_and_gets_what_waited_once_it_is_enabled(
    site: WebhookSite,
) -> None:
    hook = await site.add(kinds=BOOKED)
    await site.api.staff_cookie("Olga", role="owner")
    site.receiver.answer = lambda _: 410
    first = await site.book()
    async with asyncio.timeout(30):
        while (await site.shown(hook))["enabled"]:  # noqa: ASYNC110 - the worker does it
            await asyncio.sleep(0.05)
    assert (await site.shown(hook))["disabled_reason"] == "gone"
    async with site.app.database.unrestricted.session() as session:
        told = await session.connection.fetchval(
            "SELECT count(*) FROM effect WHERE key LIKE 'account_message/webhook_disabled/%'"
        )
    assert told == 1, "the owner"
    second = await site.book()
    await site.until(hook, waiting=2)
    assert len(site.receiver.received) == 1
    site.receiver.answer = lambda _: 204
    assert (await site.change(hook, enabled=True)).json["disabled_reason"] == ""
    await site.until(hook, delivered=2)
    assert set(site.refs()) == {one.json["ref"] for one in (*first, *second)}


async def test_one_that_fails_for_three_days_is_disabled_and_loses_none(
    site: WebhookSite,
) -> None:
    hook = await site.add(kinds=BOOKED)
    site.receiver.answer = lambda _: 500
    await site.book()
    await site.tried(hook)
    await site.sql("UPDATE webhook_endpoint SET failing_since = now() - interval '3 days'")
    await site.hurry()
    await site.until(hook, waiting=1)
    assert (await site.shown(hook))["disabled_reason"] == "failing"
    site.receiver.answer = lambda _: 200
    await site.change(hook, enabled=True)
    await site.until(hook, delivered=1)
    audit = (await site.get("/events")).json["events"]
    assert "WebhookDisabled" not in str(audit)


async def test_it_can_be_paused_and_goes_on_where_it_was(site: WebhookSite) -> None:
    hook = await site.add(kinds=BOOKED)
    assert (await site.change(hook, enabled=False)).json["disabled_reason"] == "manual"
    await site.book(3)
    await site.until(hook, waiting=3)
    assert site.receiver.received == []
    await site.change(hook, enabled=True)
    await site.until(hook, delivered=3)


async def test_it_is_removed_with_what_was_to_be_sent(site: WebhookSite) -> None:
    hook = await site.add(kinds=BOOKED)
    await site.change(hook, enabled=False)
    await site.book(2)
    await site.until(hook, waiting=2)
    assert (await site.ask("DELETE", f"/webhooks/{hook}")).status == 204
    assert (await site.get(f"/webhooks/{hook}/deliveries")).status == 404
    await site.book()
    assert site.receiver.received == []


async def test_an_attempt_whose_worker_died_is_made_again_with_its_id(
    idle: WebhookSite,
) -> None:
    hook = await idle.add(kinds=BOOKED)
    idle.receiver.gate.clear()
    worker = asyncio.create_task(build_app_worker(idle.app).run())
    await idle.book()
    await until(lambda: bool(idle.receiver.received))
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    idle.receiver.gate.set()
    await idle.sql("UPDATE effect SET due_at = now() WHERE status = 'leased'")
    async with working(idle.app):
        await idle.until(hook, delivered=1)
    first, second = idle.receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_an_event_that_cannot_be_sent_for_our_own_reason_holds_no_others(
    site: WebhookSite,
) -> None:
    """More of them than an endpoint has room for: each is a dead letter, and can be retried."""
    hook = await site.add(kinds=["Booked", "Cancelled"])
    poisoned = await site.book(WEBHOOK_FIRST_ATTEMPTS_AT_ONCE_MAX + 1)
    await site.until(hook, delivered=len(poisoned))
    await site.sql("CREATE TABLE kept AS SELECT secret FROM webhook_endpoint")
    await site.sql("UPDATE webhook_endpoint SET secret = 'lost'")
    for booking in poisoned:
        assert (await site.post(f"/bookings/{booking.json['ref']}/cancel")).status == 200
    await site.until(hook, delivered=len(poisoned), failed=len(poisoned))
    failed = (await site.deliveries(hook, "?status=failed"))[0]
    assert "EncryptionKeyWrong" in str(the_attempt(failed)["answer"])
    await site.sql("UPDATE webhook_endpoint SET secret = kept.secret FROM kept")
    await site.book()
    await site.until(hook, delivered=len(poisoned) + 1, failed=len(poisoned))
    context = RequestContext(OPERATOR, site.app.ids.uuid())
    async with site.app.unit_of_work(context, site.business.org_id) as uow:
        retried = await retry(uow, Selection())
    assert len(retried) == len(poisoned)
    await site.sql("UPDATE effect SET due_at = now() WHERE status = 'due'")
    await site.until(hook, delivered=2 * len(poisoned) + 1)
    assert sorted(map(str, site.refs("Cancelled"))) == sorted(str(b.json["ref"]) for b in poisoned)


async def test_a_poisonous_payload_ends_without_stopping_the_worker(site: WebhookSite) -> None:
    hook = await site.add(kinds=BOOKED)
    await site.sql(
        # With all attempts but three behind it
        "INSERT INTO effect (org_id, key, kind, subject, payload, status, due_at, correlation_id,"
        " created_at, attempts) SELECT org_id, 'poison', 'webhook', org_id,"
        " '{\"endpoint_id\": 7}', 'due', now(), org_id, now(), 5 FROM organisation"
    )
    await site.book()
    await site.until(hook, delivered=1)
    async with site.app.database.unrestricted.session() as session, asyncio.timeout(60):
        while not await dead_letters(session, kind="webhook"):
            await site.sql("UPDATE effect SET due_at = now() WHERE key = 'poison'")
            await asyncio.sleep(0.05)
    await site.book()
    await site.until(hook, delivered=2)
