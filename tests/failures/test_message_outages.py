"""Each service that messages go by fails in each way, under bookings: every guest hears once.

The sandbox of the product plays Make.com and the mail server. Times that run for minutes in life,
such as that of an acknowledgement, are let run out at once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from pydantic import SecretStr
from tests.builders.api_client import an_api_client
from tests.builders.business import a_business
from tests.builders.channel_site import ChannelSite, a_channel_site
from tests.builders.mail_server import Postmaster
from tests.builders.sandbox import RunningSandbox, a_sandbox
from tests.builders.webhook_receiver import Received, Receiver
from tests.builders.webhook_site import working

from fullhouse.bootstrap.application import open_application
from fullhouse.kernel.clock import SystemClock
from fullhouse.settings import Settings
from fullhouse.storage.sealing import new_key

pytestmark = pytest.mark.timeout(240)
GUESTS = 12
RUSH = 1_000


@asynccontextmanager
async def a_site(database_url: str, box: RunningSandbox) -> AsyncIterator[ChannelSite]:
    """A business whose messages go by the sandbox, which can acknowledge them over HTTP."""
    sites: list[ChannelSite] = []

    async def forward(request: web.Request) -> web.Response:
        answer = await sites[0].api.ask(
            "POST",
            f"/{request.path_qs}",
            content=await request.read(),
            headers={"content-type": "application/json"},
        )
        return web.Response(status=answer.status)

    front = web.Application()
    front.router.add_post("/{path:.*}", forward)
    runner = web.AppRunner(front, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settings = Settings(
        webhook_networks=("127.0.0.1",),
        encryption_key=SecretStr(new_key()),
        smtp_url=SecretStr(f"{box.addresses.smtp}?from=bookings@farm.example"),
        public_url=f"http://127.0.0.1:{runner.addresses[0][1]}",
    )
    try:
        async with open_application(
            settings, database_url, name="test", clock=SystemClock()
        ) as app:
            business = await a_business(app.database, app.clock, app.ids)
            api = await an_api_client(app, business)
            async with api.client:
                sites.append(ChannelSite(app, api, business, Receiver(), Postmaster()))
                body = {"url": box.addresses.make_hook, "acknowledge_minutes": 10}
                assert (await sites[0].ask("PUT", "/channels/make", body)).status == 200
                yield sites[0]
    finally:
        await runner.cleanup()


async def settle(site: ChannelSite, *, hurry: bool = True) -> None:
    """Wait until every guest's message is sent.

    With `hurry` what waits for its time waits no longer: an acknowledgement, where none comes.
    """
    async with asyncio.timeout(120):
        while sum((await site.statuses("sent")).values()) < len(site.addresses):
            await asyncio.sleep(0.5)
            if hurry:
                await site.hurry()


async def heard(box: RunningSandbox) -> Counter[str]:
    """How many messages each guest got, by whichever way."""
    found = [*await box.messages("make"), *await box.messages("smtp")]
    return Counter(one.recipient for one in found)


async def handed(box: RunningSandbox) -> Counter[str]:
    """How often each message was taken by Make.com, by its key."""
    return Counter(one.dedupe_key for one in await box.messages("make"))


@pytest.mark.parametrize(
    "mode",
    [
        "down",
        "flapping",
        "slow",
        "rate_limited",
        "queue_full",
        "gone",
        "reset",
        "timeout_after_effect",
        "lost",
        "slow_close",
    ],
)
async def test_every_guest_hears_once_however_make_fails(database_url: str, mode: str) -> None:
    async with a_sandbox() as box, a_site(database_url, box) as site, working(site.app):
        figures = {"period_seconds": 1} if mode == "flapping" else {}
        await box.set("make", mode=mode, retry_after_seconds=1, **figures)
        await site.book_many(GUESTS)
        await settle(site, hurry=mode in {"lost", "reset"})
        await box.set("make", mode="ok")
        await asyncio.sleep(0.5)
        assert await heard(box) == Counter(site.addresses)
        assert await site.rows("SELECT 1 FROM effect WHERE status = 'dead'") == []


async def test_what_make_doubles_was_handed_over_once(database_url: str) -> None:
    """Twice by its own fault, with the key by which a scenario tells."""
    async with a_sandbox() as box, a_site(database_url, box) as site, working(site.app):
        await box.set("make", mode="doubled")
        await site.book_many(GUESTS)
        await settle(site, hurry=False)
        calls = [one for one in await box.log("make") if one.direction == "in"]
        assert len(calls) == GUESTS
        assert set((await handed(box)).values()) == {2}
        assert not await box.messages("smtp")


@pytest.mark.parametrize("mode", ["down", "slow", "reset", "rate_limited", "queue_full"])
async def test_every_guest_hears_once_when_the_mail_server_fails_behind_make(
    database_url: str, mode: str
) -> None:
    """Both fail; then the mail server is back, and Make.com is not."""
    async with a_sandbox() as box, a_site(database_url, box) as site, working(site.app):
        await box.set("make", mode="down")
        await box.set("smtp", mode=mode)
        await site.book_many(GUESTS)
        await asyncio.sleep(3)
        if mode != "slow":
            assert not await box.messages("smtp")
        await box.set("smtp", mode="ok")
        await site.close_circuits()
        await settle(site)
        assert await heard(box) == Counter(site.addresses)
        assert await site.rows("SELECT 1 FROM effect WHERE status = 'dead'") == []


async def test_two_hours_without_make_cost_few_calls_and_no_message(database_url: str) -> None:
    """150 confirmations; calls to what fails stay within a tenth of them."""
    async with a_sandbox() as box, a_site(database_url, box) as site, working(site.app):
        await box.set("make", mode="down", for_seconds=7_200)
        await site.book_many(150)
        async with asyncio.timeout(60):
            while len(await box.messages("smtp")) < 150:  # noqa: ASYNC110 - the worker does it
                await asyncio.sleep(0.1)
        calls = [one for one in await box.log("make") if one.direction == "in"]
        assert len(calls) <= 15
        assert await heard(box) == Counter(site.addresses)


async def test_each_email_of_an_outage_arrives_once_and_its_owner_is_told_once(
    database_url: str,
) -> None:
    """1,000 confirmations queued at once while Make.com is down; it is back before the last ones.

    Few calls reach it meanwhile, and none is lost or doubled on either way.
    """
    taken = list[str]()

    def accept_again(received: Received) -> web.Response:
        taken.append(str(received.json["recipient"]))
        return web.Response(text="Accepted")

    async with a_channel_site(database_url) as site:
        site.gateway.answer = lambda _: 503
        await site.set_up(acknowledge_minutes=1_440)
        owner = await site.api.staff_cookie()
        await site.book_many(RUSH)
        async with working(site.app), asyncio.timeout(220):
            while await _left_to_the_mail_server(site) < RUSH // 2:
                await site.hurry()  # the rate of Make.com would take half a minute
                await asyncio.sleep(0.1)
            assert len(site.gateway.received) <= 15, (
                "a rush on a service that fails keeps it failing"
            )
            await _require_told_once(site, owner)
            site.gateway.answer = accept_again
            await site.close_circuits()
            while (await site.statuses("sent", "handed_over")).total() < RUSH:  # noqa: ASYNC110 - the worker does it
                await asyncio.sleep(0.2)
        assert taken
        guests = set(site.addresses)
        by_mail = [address for address in site.postmaster.recipients if address in guests]
        assert Counter(by_mail + taken) == Counter(site.addresses)
        assert (await site.channel())["failing_since"] is None


async def _left_to_the_mail_server(site: ChannelSite) -> int:
    return len(await site.rows("SELECT 1 FROM message WHERE route = 'smtp'"))


async def _require_told_once(site: ChannelSite, owner: Mapping[str, str]) -> None:
    told = await site.rows(
        "SELECT key FROM effect WHERE key LIKE 'account_message/channel_failing/%'"
    )
    assert len(told) == 1
    channel = await site.channel()
    assert channel["failing_since"] is not None
    assert channel["failure"] == "503"
    page = await site.api.ask("GET", "//admin/meadow/overview", headers=owner)
    assert "E-mails by Make.com: fails since" in page.body.decode()
