"""Messages go by gateways of the business, once each, through every failure of theirs."""

import base64
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from tests.builders.api_client import an_api_client
from tests.builders.business import a_business
from tests.builders.channel_site import ChannelSite, a_channel_site
from tests.builders.loop import until
from tests.builders.webhook_receiver import Received
from tests.builders.webhook_site import working
from typing_extensions import override

from fullhouse.messages.limits import CHANNEL_ATTEMPTS_MAX

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def idle(database_url: str) -> AsyncIterator[ChannelSite]:
    """Without a worker."""
    async with a_channel_site(database_url) as site:
        yield site


@pytest.fixture
async def site(idle: ChannelSite) -> AsyncIterator[ChannelSite]:
    async with working(idle.app):
        yield idle


def accepted(_: Received) -> web.Response:
    return web.Response(text="Accepted")


def failing(_: Received) -> int:
    return 503


async def test_an_email_goes_by_make_and_is_sent_once_it_is_acknowledged(
    site: ChannelSite,
) -> None:
    await site.set_up()
    await site.book()
    await site.until(handed_over_by_make=1)
    (received,) = site.gateway.received
    assert received.headers["x-make-apikey"] == "k-1"
    said = received.json
    assert said["kind"] == "confirmation"
    assert [said["recipient"]] == site.addresses
    assert said["dedupe_key"] == said["message_id"] == received.headers["Idempotency-Key"]
    attachments = said["attachments"]
    assert isinstance(attachments, list)
    image, calendar = attachments
    assert f"cid:{image['content_id']}" in str(said["html"])
    assert base64.b64decode(image["data"]).startswith(b"\x89PNG")
    assert b"METHOD:REQUEST" in base64.b64decode(calendar["data"])
    assert (await site.acknowledge(received, status="delivered")).status == 204
    await site.until(sent_by_make=1)
    assert (await site.acknowledge(received)).status == 204, "a repetition is no error"
    await site.hurry()
    await site.book()
    await until(lambda: len(site.gateway.received) == 2)
    assert not site.postmaster.taken, "what was acknowledged is not sent again"


async def test_what_is_not_acknowledged_in_time_goes_by_the_mail_server_once(
    site: ChannelSite,
) -> None:
    await site.set_up()
    await site.book()
    await site.until(handed_over_by_make=1)
    await site.until(sent_by_smtp=1, hurry=True)
    (received,) = site.gateway.received
    assert str(received.json["message_id"]) in str(site.postmaster.taken[0]["Message-ID"])
    assert (await site.acknowledge(received, status="delivered")).status == 204, "late is told"
    await site.hurry()
    assert await site.statuses() == {"sent smtp": 1}
    assert len(site.postmaster.taken) == 1
    (row,) = await site.rows("SELECT acknowledged_at FROM message")
    assert row["acknowledged_at"] is not None


async def test_what_the_scenario_could_not_send_goes_by_the_mail_server_at_once(
    site: ChannelSite,
) -> None:
    await site.set_up(acknowledge_minutes=1_440)
    await site.book()
    await site.until(handed_over_by_make=1)
    (received,) = site.gateway.received
    answer = await site.acknowledge(received, status="failed", detail="The mailbox is full.")
    assert answer.status == 204
    await site.until(sent_by_smtp=1)


async def test_a_channel_that_works_again_is_used_again(site: ChannelSite) -> None:
    site.gateway.answer = failing
    await site.set_up()
    await site.book()
    await site.until(sent_by_smtp=1, hurry=True)
    assert len(site.gateway.received) == CHANNEL_ATTEMPTS_MAX
    assert (await site.channel())["failing_since"] is not None
    site.gateway.answer = accepted
    await site.book()
    await site.until(sent_by_smtp=1, handed_over_by_make=1)
    assert (await site.channel())["failing_since"] is None
    events = await site.rows("SELECT kind FROM event WHERE kind LIKE 'Channel%' ORDER BY seq")
    assert [one["kind"] for one in events] == ["ChannelSet", "ChannelFailing", "ChannelRecovered"]


@pytest.mark.parametrize(
    ("status", "text", "is_failing"),
    [(410, "Gone", True), (401, "Unauthorized", True), (422, "No recipient", False)],
)
async def test_what_is_refused_for_good_goes_by_the_mail_server_without_another_try(
    site: ChannelSite, status: int, text: str, *, is_failing: bool
) -> None:
    site.gateway.answer = lambda _: web.Response(status=status, text=text)
    await site.set_up()
    await site.book()
    await site.until(sent_by_smtp=1)
    assert len(site.gateway.received) == 1
    assert ((await site.channel())["failing_since"] is not None) is is_failing


@pytest.mark.parametrize(("status", "text"), [(400, "Queue is full"), (429, "Too many requests")])
async def test_a_full_queue_is_tried_again(site: ChannelSite, status: int, text: str) -> None:
    def full_at_first(_: Received) -> web.Response:
        if len(site.gateway.received) == 1:
            return web.Response(status=status, text=text)
        return web.Response(text="Accepted")

    site.gateway.answer = full_at_first
    await site.set_up()
    await site.book()
    await site.until(handed_over_by_make=1)
    assert len(site.gateway.received) == 2
    assert not site.postmaster.taken


async def test_what_arrives_before_the_hook_has_answered_is_not_sent_again(
    site: ChannelSite,
) -> None:
    """The scenario is faster than the answer, or there is none."""
    site.gateway.gate.clear()
    await site.set_up()
    await site.book()
    await until(lambda: bool(site.gateway.received))
    (received,) = site.gateway.received
    assert (await site.acknowledge(received)).status == 204
    assert await site.statuses() == {"sent make": 1}
    site.gateway.gate.set()
    await until(lambda: site.gateway.open_now == 0)
    await site.book()
    await site.until(sent_by_make=1, handed_over_by_make=1)
    await site.until(sent_by_make=1, sent_by_smtp=1, hurry=True)
    assert len(site.postmaster.taken) == 1


async def test_what_may_have_been_taken_is_not_handed_over_again(site: ChannelSite) -> None:
    """The connection ends after the request was read: the scenario may run, or not."""
    site.gateway.answer = hang_up
    await site.set_up()
    await site.book()
    await site.until(handed_over_by_make=1)
    assert len(site.gateway.received) == 1
    await site.until(sent_by_smtp=1, hurry=True)
    assert len(site.gateway.received) == 1
    assert len(site.postmaster.taken) == 1


def hang_up(received: Received) -> web.StreamResponse:
    return _Broken(status=200, text=str(received.json["kind"]))


class _Broken(web.Response):
    """Ends the connection instead of an answer."""

    @override
    async def prepare(self, request: web.BaseRequest) -> None:
        assert request.transport is not None
        request.transport.abort()
        raise ConnectionResetError


async def test_without_a_mail_server_it_is_tried_until_it_works(database_url: str) -> None:
    async with a_channel_site(database_url, has_mail_server=False) as site, working(site.app):
        site.gateway.answer = failing
        await site.set_up(acknowledge_minutes=0)
        await site.book()
        await until(lambda: len(site.gateway.received) > CHANNEL_ATTEMPTS_MAX - 1)
        site.gateway.answer = accepted
        await site.until(sent_by_make=1, hurry=True)
        assert (await site.channel())["failing_since"] is None


async def test_what_staff_send_again_goes_by_make_where_there_is_no_mail_server(
    database_url: str,
) -> None:
    async with a_channel_site(database_url, has_mail_server=False) as site:
        site.gateway.answer = lambda _: web.Response(status=422, text="No recipient")
        await site.set_up()
        (booked,) = await site.book()
        async with working(site.app):
            await until(lambda: bool(site.gateway.received))
            await site.until(undeliverable=1)
            site.gateway.answer = accepted
            cookie = await site.api.staff_cookie()
            (message,) = await site.rows("SELECT message_id FROM message")
            again = await site.api.ask(
                "POST",
                f"//admin/meadow/bookings/{booked.json['ref']}/send-again",
                content=f"message={message['message_id']}".encode(),
                headers={**cookie, "content-type": "application/x-www-form-urlencoded"},
            )
            assert again.status == 303
            await site.until(handed_over_by_make=1)
            assert (await site.acknowledge(site.gateway.received[-1])).status == 204
            await site.until(sent_by_make=1)


async def test_an_address_that_nobody_listens_at_is_no_riddle(site: ChannelSite) -> None:
    """No connection, so nothing was sent: it is tried again and goes by the mail server."""
    await site.set_up(url="http://127.0.0.1:1/hook")
    await site.book()
    await site.until(sent_by_smtp=1, hurry=True)
    assert (await site.channel())["failure"]


async def test_what_is_off_is_not_called_and_what_is_removed_is_forgotten(
    idle: ChannelSite,
) -> None:
    site = idle
    await site.set_up(enabled=False)
    async with working(site.app):
        await site.book()
        await site.until(sent_by_smtp=1)
        await site.set_up()
        assert (await site.ask("DELETE", "/channels/make")).status == 204
        await site.book()
        await site.until(sent_by_smtp=2)
    assert not site.gateway.received
    assert (await site.ask("GET", "/channels")).json == {"channels": []}
    assert (await site.ask("DELETE", "/channels/make")).status == 404
    assert (await site.ask("PUT", "/channels/pigeon", {"url": site.gateway.url})).status == 404


async def test_what_waits_for_a_channel_that_was_turned_off_goes_by_the_mail_server(
    idle: ChannelSite,
) -> None:
    site = idle
    site.gateway.answer = failing
    await site.set_up()
    async with working(site.app):
        await site.book()
        await until(lambda: bool(site.gateway.received))
        await site.set_up(enabled=False)
        asked = len(site.gateway.received)
        await site.until(sent_by_smtp=1, hurry=True)
    assert len(site.gateway.received) == asked


async def test_only_the_token_of_a_message_acknowledges_it(site: ChannelSite) -> None:
    await site.set_up()
    await site.book()
    await site.until(handed_over_by_make=1)
    (received,) = site.gateway.received
    url = str(received.json["acknowledge_url"])
    path = "/" + url[url.index("/api/") :]
    other = "01977f6e-9100-7000-8000-00000000000a"
    for wrong, expected in (
        (path[:-1] + ("A" if path[-1] != "A" else "B"), 404),
        (path.partition("?")[0], 401),
        (path.replace(str(received.json["message_id"]), other), 404),
        (path.replace("meadow", "other"), 404),
    ):
        answer = await site.api.ask("POST", wrong, json={})
        assert answer.status == expected, (wrong, answer.body)
    assert (await site.acknowledge(received, message_id=other)).status == 422
    assert (await site.acknowledge(received, status="perhaps")).status == 422
    stranger = await a_business(site.app.database, site.app.clock, site.app.ids, slug="other")
    client = await an_api_client(site.app, stranger, org="other")
    async with client.client:
        message = received.json["message_id"]
        answer = await client.ask(
            "POST", f"/messages/{message}/acknowledge", json={}, key=client.key
        )
        assert answer.status == 404
    assert await site.statuses() == {"handed_over make": 1}


async def test_a_test_shows_what_was_answered_and_that_it_arrived(site: ChannelSite) -> None:
    site.gateway.answer = accepted
    await site.set_up("sms")
    answer = await site.ask("POST", "/channels/sms/test")
    assert answer.json == {"outcome": "no_phone"}
    await site.sql("UPDATE organisation SET phone = '+16305550142'")
    assert (await site.ask("POST", "/channels/sms/test")).json == {"outcome": "asked"}
    await until(lambda: bool(site.gateway.received))
    (received,) = site.gateway.received
    assert received.json["to"] == "+16305550142"
    assert (await site.acknowledge(received)).status == 204
    channel = await site.channel("sms")
    assert channel["test_acknowledged_at"] is not None
    assert not (await site.statuses())
    assert (await site.ask("POST", "/channels/make/test")).status == 404


async def test_messages_of_a_rush_reach_a_hook_at_the_rate_that_it_takes(
    idle: ChannelSite,
) -> None:
    """Make.com refuses more than 300 requests in 10 s."""
    await idle.set_up()
    await idle.book_many(60)
    async with working(idle.app):
        await until(lambda: bool(idle.gateway.received))
        rows = await idle.rows("SELECT due_at FROM effect WHERE kind = 'hand_over' ORDER BY due_at")
    times = [row["due_at"] for row in rows]
    assert len(times) == 60
    assert (times[-1] - times[0]).total_seconds() >= 59 / 30  # type: ignore[operator]


async def test_keys_are_encrypted_and_kept_unless_another_is_entered(idle: ChannelSite) -> None:
    site = idle
    await site.set_up(key="k-secret")
    (row,) = await site.rows("SELECT key FROM message_channel")
    assert b"k-secret" not in bytes(row["key"])  # type: ignore[call-overload]
    body = {"url": site.gateway.url, "acknowledge_minutes": 5}
    assert (await site.ask("PUT", "/channels/make", body)).json["has_key"] is True
    assert (await site.ask("PUT", "/channels/make", {**body, "key": ""})).json["has_key"] is False
    shown = await site.ask("GET", "/channels")
    assert b"k-secret" not in shown.body
    for wrong in ({"key": "clé"}, {"key": "x" * 513}, {"url": "http://farm.example"}, {"kinds": 3}):
        answer = await site.ask("PUT", "/channels/make", {**body, **wrong})
        assert answer.status == 422, wrong
    stale = await site.api.ask(
        "PUT", "/channels/make", json=body, key=site.api.key, headers={"If-Match": '"1"'}
    )
    assert stale.status == 412
