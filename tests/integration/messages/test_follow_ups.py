"""After a visit its guest is thanked once, says how it was, and wants no more of it if so."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import cast
from urllib.parse import quote
from uuid import uuid4  # noqa: TID251 - ids of others

import pytest
from msgspec import structs
from tests.builders.account_emails import Mailbox
from tests.builders.api_client import ApiClient, Json, an_api_client
from tests.builders.business import Business, a_booking_of, a_guest
from tests.builders.delivery import a_sender, deliver
from tests.unit.messages.test_bounces import a_report

from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.cli.bounce import take_bounce
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.messages.actions.acknowledge_message import AcknowledgeMessage
from fullhouse.messages.actions.change_reminders import ChangeReminders
from fullhouse.messages.actions.erase_messages import erase_messages
from fullhouse.messages.actions.record_bounce import RecordBounce, TakeReturnedMail
from fullhouse.messages.actions.take_delivery_report import TakeDeliveryReport
from fullhouse.messages.actions.thank_guests import ThankGuests
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import Email
from fullhouse.messages.model.bounces import Bounce
from fullhouse.messages.model.reminders import ContactRules
from fullhouse.messages.suppressions import address_id_of, reasons_against, suppressions_of
from fullhouse.resilience.inbox import WebhookToProcess
from fullhouse.settings import Settings

DAY = datetime(2027, 6, 20, 9, 0, tzinfo=UTC)
"""Ten o'clock in London."""


@dataclass(slots=True)
class Farm:
    """A business that thanks its guests, and what they get."""

    app: Application
    business: Business
    mailbox: Mailbox
    api: ApiClient

    @property
    def context(self) -> RequestContext:
        return RequestContext(OPERATOR, self.app.ids.uuid())

    def at(self, moment: datetime) -> None:
        assert isinstance(self.app.clock, ManualClock)
        self.app.clock.advance(moment - self.app.clock.now())

    async def thanks(self, hours: int, *quiet: time) -> None:
        async with self.app.unit_of_work(self.context, self.business.org_id) as uow:
            await ChangeReminders()(uow, ContactRules((), hours, *quiet))

    async def slot(self, starts_at: datetime) -> SlotId:
        return await self.business.a_slot(starts_in=starts_at - self.app.clock.now())

    async def book(self, slot: SlotId, *, name: str = "Ada Lovelace") -> BookingId:
        result = await self.app.booking.place_booking(
            self.business.org_id, a_booking_of(slot, name=name), context=a_guest()
        )
        return result.outcome.booking_id

    async def thank(self) -> int:
        return await ThankGuests(self.app.unit_of_work)()

    async def sent(self) -> list[Email]:
        """The e-mails that thank."""
        await deliver(self.app, a_sender(self.app, self.mailbox))
        return [one for one in self.mailbox.emails if one.subject.startswith("How was it?")]

    async def return_paths(self) -> list[str]:
        """Where what was sent comes back to."""
        sender = a_sender(self.app, self.mailbox)
        prepare = structs.replace(sender.prepare, bounce_domain="bounces.example.org")
        await self.api.staff_cookie()
        await deliver(self.app, structs.replace(sender, prepare=prepare))
        return [email.return_path for email in self.mailbox.emails]

    async def ref(self, booking_id: BookingId) -> str:
        view = await self.app.bookings.by_id(self.business.org_id, booking_id)
        assert view is not None
        return view.booking.ref

    async def shows(self, booking_id: BookingId, *texts: str) -> None:
        """What the page of a booking says to staff."""
        cookie, ref = await self.api.staff_cookie(), await self.ref(booking_id)
        path = f"//admin/meadow/bookings/{ref}"
        page = (await self.api.ask("GET", path, headers=cookie)).body.decode()
        assert [text for text in texts if text not in page] == []

    async def ask(self, method: str, url: str, content: bytes = b"") -> tuple[int, str]:
        """A page that an e-mail leads to, as a browser or a mail program asks for it."""
        path = url.removeprefix("https://farm.example")
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await self.api.ask(method, f"/{path}", content=content, headers=headers)
        return answer.status, answer.body.decode()


def statuses_of(listed: Json) -> list[str]:
    return [one["status"] for one in cast("list[dict[str, str]]", listed["messages"])]


@pytest.fixture
async def farm(app: Application, business: Business) -> AsyncIterator[Farm]:
    api = await an_api_client(app, business)
    async with api.client:
        yield Farm(app, business, Mailbox(), api)


async def test_who_came_is_thanked_once_so_many_hours_after_the_end(farm: Farm) -> None:
    """Who cancelled is not, and where guests of a time were checked in, nobody else of it is."""
    await farm.thanks(3)
    ten, eleven = await farm.slot(DAY), await farm.slot(DAY + timedelta(hours=1))
    await farm.book(ten)
    gone = await farm.book(ten, name="Emmy Noether")
    await farm.app.booking.cancel_booking(farm.business.org_id, gone, context=farm.context)
    came = await farm.book(eleven, name="Grace Hopper")
    await farm.book(eleven, name="Mary Anning")
    farm.at(DAY + timedelta(hours=1))
    await farm.app.booking.check_in(farm.business.org_id, came, context=farm.context)
    farm.at(DAY + timedelta(hours=3, minutes=29))
    assert await farm.thank() == 0
    farm.at(DAY + timedelta(hours=3, minutes=31))
    assert await farm.thank() == 1
    await farm.thanks(4)
    farm.at(DAY + timedelta(hours=8))
    assert await farm.thank() == 1, "a change of the hours thanks nobody twice"
    greeted = [email.text.partition("Hello ")[2].partition(",")[0] for email in await farm.sent()]
    assert greeted == ["Ada Lovelace", "Grace Hopper"]


async def test_thanks_of_the_night_come_when_the_quiet_hours_end_also_as_clocks_go_back(
    farm: Farm,
) -> None:
    """London, 31 October 2027, 2:00 → 1:00: 8:30 in the morning is 8:30 GMT."""
    farm.at(datetime(2027, 10, 29, 12, 0, tzinfo=UTC))
    await farm.thanks(2, time(21), time(8, 30))
    await farm.book(await farm.slot(datetime(2027, 10, 30, 19, 0, tzinfo=UTC)))
    farm.at(datetime(2027, 10, 31, 8, 29, tzinfo=UTC))
    assert await farm.thank() == 0
    farm.at(datetime(2027, 10, 31, 8, 30, tzinfo=UTC))
    assert await farm.thank() == 1


async def test_a_guest_says_how_it_was_and_may_say_it_otherwise(farm: Farm) -> None:
    await farm.thanks(1)
    booking_id = await farm.book(await farm.slot(DAY))
    farm.at(DAY + timedelta(hours=2))
    await farm.thank()
    (email,) = await farm.sent()
    found = re.search(r"https://farm\.example(\S+/rating)\?t=(\S+)", email.text)
    assert found, email.text
    path, token = found.groups()
    status, page = await farm.ask("GET", f"{path}?t={token}")
    assert (status, "How was it?" in page) == (200, True)
    assert (await farm.ask("POST", path, f"t={token}&words=Hm".encode()))[0] == 422
    assert (await farm.ask("POST", path, b"t=wrong&stars=5"))[0] == 404
    assert (await farm.ask("GET", path.removesuffix("/rating") + f"?t={token}"))[0] == 404
    for stars in (4, 4, 5):
        body = f"t={token}&stars={stars}&words=The children want to come again.".encode()
        assert (await farm.ask("POST", path, body))[0] == 303
    read = (await farm.api.get("/ratings", key=farm.api.key)).json
    assert (read["rated"], read["average"], read["next"]) == (1, 5.0, None)
    (rating,) = cast("list[dict[str, object]]", read["ratings"])
    assert rating["words"] == "The children want to come again."
    cookie, ref = await farm.api.staff_cookie(), rating["ref"]
    for page_of in ("ratings", "ratings?stars=5", f"ratings/{booking_id}", f"bookings/{ref}"):
        shown = await farm.api.ask("GET", f"//admin/meadow/{page_of}", headers=cookie)
        assert "want to come again" in shown.body.decode(), page_of
    history = await farm.app.bookings.history(farm.business.org_id, booking_id)
    assert [one.kind for one in history][-3:] == ["ThanksDue", "VisitRated", "VisitRated"]
    async with farm.app.unit_of_work(farm.context, farm.business.org_id) as uow:
        await erase_messages(uow, [booking_id])
    read = (await farm.api.get("/ratings", key=farm.api.key)).json
    (rating,) = cast("list[dict[str, object]]", read["ratings"])
    assert (rating["stars"], rating["words"]) == (5, "")


async def test_who_has_unsubscribed_gets_tickets_and_no_thanks_until_subscribed_again(
    farm: Farm,
) -> None:
    """By one request of the mail program, which follows no redirect and asks nothing."""
    await farm.thanks(1)
    for days in range(4):
        await farm.book(await farm.slot(DAY + timedelta(days=days)))
    farm.at(DAY + timedelta(hours=2))
    await farm.thank()
    (email,) = await farm.sent()
    url = email.unsubscribe_url
    assert url in email.text
    assert url.replace("&", "&amp;") in email.html
    assert {one.unsubscribe_url for one in farm.mailbox.emails} == {"", url}
    assert (await farm.ask("POST", url[:-3] + "AAA", b"List-Unsubscribe=One-Click"))[0] == 404
    status, page = await farm.ask("GET", url)
    assert (status, "Subscribe again" in page) == (200, False)
    farm.at(DAY + timedelta(days=1, hours=2))
    assert await farm.thank() == 1
    for _ in range(2):
        status, page = await farm.ask("POST", url, b"List-Unsubscribe=One-Click")
        assert (status, "Subscribe again" in page) == (200, True)
    assert len(await farm.sent()) == 1, "honoured at the moment of sending"
    token = url.partition("?t=")[2]
    again = url.replace("?", "/again?")
    assert (await farm.ask("POST", again, f"t={token}".encode()))[0] == 200
    farm.at(DAY + timedelta(days=2, hours=2))
    assert await farm.thank() == 1
    assert len(await farm.sent()) == 2


async def test_a_report_of_a_mail_server_is_taken_by_the_return_address_alone_and_told_once(
    farm: Farm, database_url: str
) -> None:
    """What is forged changes nothing."""
    await farm.thanks(1)
    booking_id = await farm.book(await farm.slot(DAY))
    await farm.book(await farm.slot(DAY + timedelta(days=1)))
    first, second = await farm.return_paths()
    app = farm.app
    metrics = app.metrics.get(MessageMetrics)
    take = TakeReturnedMail(app.unit_of_work, app.tokens, RecordBounce(), metrics)
    forged = first[:-22] + ("b" if first[-22] == "a" else "a") + first[-21:]
    assert not await take(a_report(to=forged))
    assert not await take(b"Subject: Away\r\n\r\nBack on Monday.", first)
    for _ in range(2):
        assert await take(a_report(to=first))
    history = await app.bookings.history(farm.business.org_id, booking_id)
    assert [one.kind for one in history] == ["Booked", "EmailBounced"]
    async with app.database.unrestricted.session() as session:
        told = await session.connection.fetchval(
            "SELECT count(*) FROM effect WHERE payload->>'kind' = 'email_bounced'"
        )
    assert told == 1
    settings = Settings(database_url=database_url)
    by_pipe = await take_bounce(settings, a_report(to="x@y.example", status="5.2.2"), second)
    assert by_pipe.is_ours


async def test_an_address_that_does_not_exist_is_not_thanked_for_half_a_year_and_programs_see_why(
    farm: Farm,
) -> None:
    await farm.thanks(1)
    org_id, key = farm.business.org_id, farm.api.key
    booking_id = await farm.book(await farm.slot(DAY))
    await farm.sent()
    (email,) = farm.mailbox.emails
    async with farm.app.unit_of_work(farm.context, org_id) as uow:
        await RecordBounce()(uow, email.message_id, Bounce("5.1.1", "User unknown"))
    farm.at(DAY + timedelta(hours=2))
    assert await farm.thank() == 1
    assert await farm.sent() == [], "the address is dead"
    await farm.shows(booking_id, "came back: it did not arrive", "User unknown")
    by_status = (await farm.api.get("/messages?status=bounced", key=key)).json
    first = (await farm.api.get("/messages?limit=1", key=key)).json
    second = (await farm.api.get(f"/messages?cursor={quote(str(first['next']))}", key=key)).json
    about = (await farm.api.get(f"/bookings/{await farm.ref(booking_id)}/messages", key=key)).json
    assert [statuses_of(one) for one in (by_status, first, second, about)] == [
        ["bounced"],
        ["suppressed"],
        ["bounced"],
        ["bounced", "suppressed"],
    ]
    assert (await farm.api.get("/messages?cursor=x", key=key)).status == 422
    async with farm.app.database.session() as session:
        against = partial(reasons_against, session, org_id, email.recipient)
        now = farm.app.clock.now()
        assert list(await against(now=now)) == ["bounced"]
        assert await against(now=now + timedelta(days=181)) == {}


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ({"status": "bounced", "code": "5.1.1", "detail": "No such\0user"}, ["bounced"]),
        ({"status": "bounced", "code": "5.2.2", "detail": "Mailbox full"}, []),
        ({"status": "complained"}, ["unsubscribed"]),
        ({"status": "failed", "detail": "\0"}, []),
    ],
)
async def test_a_mail_service_reports_bounces_and_complaints_by_webhook(
    farm: Farm, said: dict[str, str], reasons: list[str]
) -> None:
    await farm.book(await farm.slot(DAY))
    await farm.sent()
    (email,) = farm.mailbox.emails
    take, org_id = TakeDeliveryReport(AcknowledgeMessage(), RecordBounce()), farm.business.org_id
    for message_id, is_known in ((email.message_id, True), (uuid4(), False)):
        body = json.dumps({**said, "message_id": f"<{message_id}@farm.example>"}).encode()
        webhook = WebhookToProcess(
            org_id, uuid4(), "delivery-reports", "1", body, farm.app.clock.now()
        )
        async with farm.app.unit_of_work(farm.context, org_id) as uow:
            assert await take(uow, webhook) is is_known
    async with farm.app.database.session() as session:
        found = await suppressions_of(session, org_id, address_id_of(org_id, email.recipient))
    assert list(found) == reasons
