"""A mail server that is down: its circuit opens, the queue waits, and every e-mail is sent once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business
from tests.builders.mail_site import MailSite, a_mail_site

from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.services import MAIL_SERVER
from fullhouse.kernel.clock import ManualClock

pytestmark = pytest.mark.timeout(120)

GUESTS = 12


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def site(api: ApiClient, app: Application) -> AsyncIterator[MailSite]:
    async with a_mail_site(api, app) as site:
        yield site


async def attempts(app: Application) -> int:
    async with app.database.unrestricted.session() as session:
        return int(
            await session.connection.fetchval(
                "SELECT sum(attempts) FROM effect WHERE kind = 'message'"
            )
        )


async def opened(app: Application) -> None:
    async with asyncio.timeout(30):
        while not app.breakers.of(MAIL_SERVER).is_held():  # noqa: ASYNC110 - the worker does it
            await asyncio.sleep(0.05)


async def test_mails_wait_without_attempts_and_are_sent_once_when_it_is_back(
    site: MailSite, app: Application, business: Business, clock: ManualClock
) -> None:
    site.postmaster.answer = "451 4.3.0 try again later"
    slot = await business.a_slot(capacity=GUESTS)
    for number in range(GUESTS):
        assert (await site.book(slot, f"guest{number}@example.org")).status == 201
    await opened(app)
    await asyncio.sleep(0.5)
    asked, made = site.postmaster.asked, await attempts(app)
    await asyncio.sleep(3)
    assert site.postmaster.asked == asked, "nobody asks a server that is known to fail"
    assert await attempts(app) == made, "what waits is not leased"
    clock.advance(timedelta(seconds=30))
    async with asyncio.timeout(15):
        while site.postmaster.asked == asked:  # noqa: ASYNC110 - the worker does it
            await asyncio.sleep(0.05)
    await asyncio.sleep(2)
    assert site.postmaster.asked == asked + 1, "one e-mail probes, all others wait"
    site.postmaster.answer = "250 taken"
    clock.advance(timedelta(seconds=30))
    assert await site.statuses() == {"sent": GUESTS}
    assert set(Counter(site.postmaster.ids()).values()) == {1}
    assert not app.breakers.of(MAIL_SERVER).circuit.is_open


async def test_refused_recipients_open_nothing(
    site: MailSite, app: Application, business: Business
) -> None:
    site.postmaster.answer_to_recipient = "550 5.1.1 unknown"
    slot = await business.a_slot(capacity=GUESTS)
    for number in range(GUESTS):
        assert (await site.book(slot, f"guest{number}@example.org")).status == 201
    assert await site.statuses() == {"undeliverable": GUESTS}
    assert not app.breakers.of(MAIL_SERVER).circuit.is_open
