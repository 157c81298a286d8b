"""How many e-mails one mailbox gets, whoever asks for them; over HTTP and with a real worker."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business, a_business, a_customer
from tests.builders.mail_site import MailSite, a_mail_site

from fullhouse.booking.limits import CUSTOMER_BOOKINGS_PER_DAY_MAX, UNDOS_MAX
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.messages.limits import MAILBOX_MESSAGES_PER_DAY_MAX as PER_DAY
from fullhouse.messages.limits import MAILBOX_MESSAGES_PER_HOUR_MAX as PER_HOUR
from fullhouse.messages.model import Message, message_id_of
from fullhouse.messages.store import MessageStore

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def site(api: ApiClient, app: Application) -> AsyncIterator[MailSite]:
    async with a_mail_site(api, app) as site:
        yield site


async def test_a_mailbox_gets_so_many_mails_an_hour_by_whatever_spelling(
    site: MailSite, business: Business, clock: ManualClock
) -> None:
    slots = await business.slots(PER_HOUR + 5, minutes=240)
    spellings = ("victim+{}@gmail.com", "v.ictim+{}@gmail.com", "Vic.tim+{}@googlemail.com")
    for number, slot in enumerate(slots):
        email = spellings[number % 3].format(number)
        assert (await site.book(slot, email, name=f"Guest {number}")).status == 201
    assert await site.statuses() == {"sent": PER_HOUR, "rate_limited": 5}
    assert len(site.postmaster.taken) == PER_HOUR
    other = await site.book(slots[0], "somebody.else@gmail.com", name="Somebody Else")
    assert other.status == 201
    assert (await site.statuses())["sent"] == PER_HOUR + 1, "the limit is the mailbox's own"
    clock.advance(timedelta(hours=1, seconds=1))
    (later,) = await business.slots(1, starts_in=timedelta(days=9))
    assert (await site.book(later, "vic.tim+again@gmail.com", name="Again")).status == 201
    assert (await site.statuses())["sent"] == PER_HOUR + 2, "the next hour has its own"


async def test_cancelling_and_undoing_again_and_again_is_limited(
    site: MailSite, business: Business
) -> None:
    bookings = [
        await site.book(slot, "victim@example.org") for slot in await business.slots(2, minutes=240)
    ]
    await site.settle()
    for booking in bookings * UNDOS_MAX:
        await cancel_and_undo(site, booking)
    assert len(site.postmaster.taken) == PER_HOUR
    rest = len(bookings) * (1 + 2 * UNDOS_MAX) - PER_HOUR
    assert await site.statuses() == {"sent": PER_HOUR, "rate_limited": rest}


async def test_a_day_has_a_limit_of_its_own(
    site: MailSite, business: Business, clock: ManualClock
) -> None:
    slots = await business.slots(CUSTOMER_BOOKINGS_PER_DAY_MAX, minutes=240)
    bookings = [await site.book(slot, "victim@example.org") for slot in slots]
    assert len(bookings) * (1 + 2 * UNDOS_MAX) > PER_DAY, "more than one mailbox gets in a day"
    for booking in bookings * UNDOS_MAX:
        clock.advance(timedelta(minutes=10))
        await cancel_and_undo(site, booking)
    assert len(site.postmaster.taken) == PER_DAY


async def cancel_and_undo(site: MailSite, booking: Answer) -> None:
    for verb in ("cancel", "undo"):
        await site.act(booking, verb)
        await site.settle()


async def test_offers_of_the_waiting_list_are_counted(
    site: MailSite, app: Application, business: Business
) -> None:
    slots = await business.slots(PER_HOUR + 3, capacity=2, minutes=240)
    for slot in slots:
        request = WaitingRequest(slot, 2, a_customer("Grace Hopper"))
        body = {
            "slot": str(request.slot),
            "party": request.party,
            "customer": {"name": request.customer.name, "email": request.customer.email},
        }
        assert (await site.api.post("/waiting-list", body)).status == 201
    async with asyncio.timeout(30):
        while await _offers(app) < len(slots):  # noqa: ASYNC110 - the worker makes them
            await asyncio.sleep(0.05)
    statuses = await site.statuses()
    assert statuses["sent"] == PER_HOUR, "with those that say that one waits"
    assert statuses["rate_limited"] >= len(slots) - PER_HOUR


async def test_tickets_that_are_sent_again_are_counted(
    site: MailSite, api: ApiClient, business: Business, clock: ManualClock
) -> None:
    await site.book(await business.a_slot(), "victim@example.org")
    for _ in range(PER_DAY):
        await site.settle()
        clock.advance(timedelta(minutes=11))
        assert (await api.post("/tickets", {"email": "victim@example.org"})).status < 300
    statuses = await site.statuses()
    assert statuses == {"sent": PER_DAY, "rate_limited": 1}


async def test_mails_that_staff_cause_are_not_limited(
    site: MailSite, api: ApiClient, business: Business
) -> None:
    slots = await business.slots(PER_HOUR + 2, minutes=240)
    booking = await site.book(slots[0], "ada@example.org")
    await site.settle()
    cookie = await api.staff_cookie()
    for slot in slots[1:]:
        path = f"/bookings/{booking.json['ref']}/reschedule"
        answer = await api.ask("POST", path, json={"slot": str(slot)}, headers=cookie)
        assert answer.status == 200, answer.body
        await site.settle()
    assert await site.statuses() == {"sent": PER_HOUR + 2}


async def test_another_organisation_has_its_own_count(
    app: Application, business: Business, clock: ManualClock
) -> None:
    other = await a_business(app.database, clock, app.ids, slug="orchard")
    store = MessageStore(app.database, app.bookings)
    for one in (business, other):
        statuses = [await store.store(a_message(one, seq, clock)) for seq in range(PER_HOUR + 1)]
        assert Counter(statuses) == {"due": PER_HOUR, "rate_limited": 1}


async def test_workers_that_store_at_the_same_moment_count_together(
    app: Application, business: Business, clock: ManualClock
) -> None:
    stores = [MessageStore(app.database, app.bookings) for _ in range(4)]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(stores[seq % 4].store(a_message(business, seq, clock)))
            for seq in range(4 * PER_HOUR)
        ]
    assert Counter(task.result() for task in tasks)["due"] == PER_HOUR
    again = [await stores[0].store(a_message(business, seq, clock)) for seq in range(4 * PER_HOUR)]
    assert again == [task.result() for task in tasks], "a repeat neither counts nor changes"


def a_message(business: Business, seq: int, clock: ManualClock) -> Message:
    return Message(
        org_id=business.org_id,
        message_id=message_id_of(business.org_id, seq),
        kind="confirmation",
        subject_id=UUID(int=seq),
        event_seq=seq,
        recipient="victim@example.org",
        mailbox="victim@example.org",
        subject="Booked",
        body_text="Come",
        body_html="Come",
        calendar=None,
        qr="",
        status="due",
        created_at=clock.now(),
        sent_at=None,
        last_error="",
    )


async def _offers(app: Application) -> int:
    async with app.database.unrestricted.session() as session:
        return int(
            await session.connection.fetchval(
                "SELECT count(*) FROM event WHERE kind = 'PlaceOffered'"
            )
        )
