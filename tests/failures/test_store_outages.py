"""The database, or a Redis, fails under bookings: each is kept once, and every guest hears once.

`fullhouse load outage` plays the same, longer and in more ways, on a whole installation.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from tests.builders.api_client import an_api_client
from tests.builders.business import a_business
from tests.builders.channel_site import ChannelSite
from tests.builders.mail_server import Postmaster
from tests.builders.redis_server import a_redis_server
from tests.builders.sandbox import RunningSandbox, a_sandbox
from tests.builders.webhook_receiver import Receiver
from tests.builders.webhook_site import working

from fullhouse.bootstrap.application import open_application
from fullhouse.capacity.bench.programs import free_port
from fullhouse.capacity.outage.line import Dial, FaultyLine, LineMode, faulty_line
from fullhouse.kernel.clock import SystemClock
from fullhouse.settings import Settings
from fullhouse.storage.sealing import new_key

pytestmark = pytest.mark.timeout(120)
GUESTS = 12
OUTAGE_SECONDS = 2.0


@asynccontextmanager
async def a_site(
    url: str, box: RunningSandbox, *, redis_url: str | None = None
) -> AsyncIterator[ChannelSite]:
    settings = Settings(
        encryption_key=SecretStr(new_key()),
        smtp_url=SecretStr(f"{box.addresses.smtp}?from=bookings@farm.example"),
        redis_url=None if redis_url is None else SecretStr(redis_url),
    )
    # The errors of an outage would be written with all their values, for seconds each
    with capture_logs():
        async with open_application(settings, url, name="test", clock=SystemClock()) as app:
            business = await a_business(app.database, app.clock, app.ids)
            api = await an_api_client(app, business)
            async with api.client:
                yield ChannelSite(app, api, business, Receiver(), Postmaster())


async def book_steadily(site: ChannelSite, slot: object) -> None:
    """One guest after the other, each with a key that is repeated until there is an answer."""
    async with asyncio.TaskGroup() as group:
        for number in range(GUESTS):
            address = f"ada{number}.{slot}@farm.example"
            site.addresses.append(address)
            group.create_task(book_once(site, slot, address))
            await asyncio.sleep(OUTAGE_SECONDS / GUESTS)


async def book_once(site: ChannelSite, slot: object, address: str) -> None:
    body = {"slot": str(slot), "party": 1, "customer": {"name": "Ada", "email": address}}
    headers = {"Idempotency-Key": address}
    while True:
        answer = await site.api.ask("POST", "/bookings", json=body, headers=headers)
        if answer.status in {200, 201}:
            return
        assert answer.status == 503, answer.body
        await asyncio.sleep(0.3)


async def play(line: FaultyLine, mode: LineMode, site: ChannelSite) -> None:
    """Let the line fail while guests book; then all is well."""
    slot = await site.business.a_slot(capacity=2_000)
    booking = asyncio.create_task(book_steadily(site, slot))
    await line.set(mode)
    await asyncio.sleep(OUTAGE_SECONDS)
    await line.set(LineMode.OPEN)
    await booking


async def heard(box: RunningSandbox) -> Counter[str]:
    keys = {(one.recipient, one.message_id) for one in await box.messages("smtp")}
    return Counter(recipient for recipient, _ in keys)


async def losses(site: ChannelSite, box: RunningSandbox) -> list[object]:
    """What is not once in the books and once with its guest, when all have heard."""
    async with asyncio.timeout(90):
        while len(await heard(box)) < GUESTS:  # noqa: ASYNC110 - the worker does it
            await asyncio.sleep(0.2)
    booked = await site.rows("SELECT customer_email FROM booking")
    guests = Counter(site.addresses)
    stored = Counter(str(row["customer_email"]) for row in booked)
    dead = await site.rows("SELECT key FROM effect WHERE status = 'dead'")
    return [*(stored - guests), *(guests - stored), *(await heard(box) - guests), *dead]


@pytest.mark.parametrize("mode", [LineMode.REFUSED, LineMode.SILENT])
async def test_no_booking_and_no_message_is_lost_or_doubled_without_the_database(
    database_url: str, mode: LineMode
) -> None:
    parts = urlsplit(database_url)
    path = Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432"
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(faulty_line(_dial(path), free_port()))
        url = f"postgresql://{parts.username}@127.0.0.1:{line.port}{parts.path}"
        box = await stack.enter_async_context(a_sandbox())
        site = await stack.enter_async_context(a_site(url, box))
        await stack.enter_async_context(working(site.app))
        await play(line, mode, site)
        assert await losses(site, box) == []


async def test_no_booking_and_no_message_is_lost_or_doubled_without_redis(
    database_url: str,
) -> None:
    async with AsyncExitStack() as stack:
        # A socket's name may not be long, and pytest's own folders' names are
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        redis = stack.enter_context(a_redis_server(Path(folder)))
        line = await stack.enter_async_context(faulty_line(_dial(redis.socket), free_port()))
        box = await stack.enter_async_context(a_sandbox())
        redis_url = f"redis://127.0.0.1:{line.port}/0"
        site = await stack.enter_async_context(a_site(database_url, box, redis_url=redis_url))
        await stack.enter_async_context(working(site.app))
        await play(line, LineMode.SILENT, site)
        assert await losses(site, box) == []


def _dial(path: Path) -> Dial:
    return lambda: asyncio.open_unix_connection(str(path))
