"""People of a business get an overview of the day each morning, once, and none without news."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.builders.account_emails import Mailbox
from tests.builders.accounts import a_person
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_business, a_guest
from tests.builders.zones import NEW_ZONE, a_new_zone

from fullhouse.booking.model.urls import SignedUrls
from fullhouse.bootstrap.application import Application
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.store import EffectStore
from fullhouse.kernel.clock import ManualClock
from fullhouse.messages.composing import email_templates
from fullhouse.messages.digests import SEND_DIGEST, AskForDigests, SendDigest
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import Email

CLOCKS_GO_BACK = datetime(2027, 10, 31, 7, 0, tzinfo=UTC)
"""Seven in the morning in London, where two o'clock came twice."""


@dataclass(slots=True)
class Office:
    """A business with an owner, and what she gets."""

    app: Application
    business: Business
    mailbox: Mailbox
    api: ApiClient
    cookie: dict[str, str]
    owner: UUID

    def at(self, moment: datetime) -> None:
        assert isinstance(self.app.clock, ManualClock)
        self.app.clock.advance(moment - self.app.clock.now())

    async def book(self, starts_at: datetime, *, party: int = 2) -> None:
        slot = await self.business.a_slot(starts_in=starts_at - self.app.clock.now())
        booking = a_booking_of(slot, party=party, allow_duplicate=True)
        await self.app.booking.place_booking(self.business.org_id, booking, context=a_guest())

    async def morning(self) -> list[Email]:
        """All that was sent, after what is due now."""
        app = self.app
        await AskForDigests(app.unit_of_work)()
        send = SendDigest(
            app.unit_of_work,
            self.mailbox,
            email_templates(),
            SignedUrls(app.tokens, "https://farm.example"),
            app.clock,
            app.metrics.get(MessageMetrics),
        )
        store, kind = EffectStore(app.database), JobKind(SEND_DIGEST, send)
        for effect in await store.lease([kind], room=10):
            await send(effect)
            assert await store.complete(effect)
        return self.mailbox.emails

    async def ask(self, method: str, path: str, content: bytes = b"") -> bytes:
        headers = {"content-type": "application/x-www-form-urlencoded", **self.cookie}
        answer = await self.api.ask(method, f"/{path}", content=content, headers=headers)
        assert answer.status in {200, 303}, answer.body
        return answer.body


@pytest.fixture
async def office(app: Application, business: Business) -> AsyncIterator[Office]:
    api = await an_api_client(app, business)
    async with api.client:
        cookie = await api.staff_cookie("Rosa Whitfield")
        async with app.database.unrestricted.session() as session:
            owner = await session.connection.fetchval(
                "UPDATE account SET email = 'rosa@example.org', email_verified_at = now()"
                " WHERE name = 'Rosa Whitfield' RETURNING account_id"
            )
        yield Office(app, business, Mailbox(), api, cookie, owner)


async def test_the_overview_comes_once_at_seven_also_where_clocks_were_put_back(
    office: Office,
) -> None:
    await office.ask(
        "POST",
        "/admin/meadow/digest",
        f"readers.{office.owner}=yes&version=1".encode(),
    )
    assert b"rosa@example.org" in await office.ask("GET", "/admin/meadow/digest")
    office.at(CLOCKS_GO_BACK - timedelta(days=1))
    await office.book(CLOCKS_GO_BACK + timedelta(hours=2), party=3)
    await office.book(CLOCKS_GO_BACK + timedelta(hours=5))
    assert await office.morning() == [], "nobody comes today"
    office.at(CLOCKS_GO_BACK - timedelta(minutes=1))
    assert await office.morning() == []
    office.at(CLOCKS_GO_BACK)
    (email,) = await office.morning()
    assert await office.morning() == [email]
    assert (email.recipient, email.sender_name) == ("rosa@example.org", "Meadow Farm")
    assert email.subject == "Sunday 31 October: 2 bookings, 5 people"
    for text in (
        "Today: 2 bookings, 5 people, the first at 09:00 and the last at 12:00.",
        "15 of 20 places are left.",
        "https://farm.example/admin/meadow/overview",
    ):
        assert text in email.text
    page = (await office.ask("POST", email.unsubscribe_url.partition(".example")[2])).decode()
    assert "You no longer get this e-mail" in page
    await office.book(CLOCKS_GO_BACK + timedelta(days=1, hours=2))
    office.at(CLOCKS_GO_BACK + timedelta(days=1))
    assert len(await office.morning()) == 1


async def test_a_zone_that_the_database_does_not_know_keeps_nobody_from_the_overview(
    office: Office, tmp_path: Path
) -> None:
    """The business of that zone gets its own, by the clock that this process knows."""
    app = office.app
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    reader = await a_person(app, other.org_id, email="nina@example.org")
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "INSERT INTO digest_reader (org_id, account_id) VALUES ($1, $2), ($3, $4)",
            *(office.business.org_id, office.owner, other.org_id, reader),
        )
        await session.connection.execute(
            "UPDATE account SET email_verified_at = now() WHERE email IS NOT NULL"
        )
    office.at(CLOCKS_GO_BACK - timedelta(days=1))
    for farm in (office.business, other):
        slot = await farm.a_slot(starts_in=CLOCKS_GO_BACK + timedelta(hours=2) - app.clock.now())
        await app.booking.place_booking(farm.org_id, a_booking_of(slot), context=a_guest())
    office.at(CLOCKS_GO_BACK)
    async with app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE venue SET zone = $2 WHERE org_id = $1", other.org_id, NEW_ZONE
        )
    with a_new_zone(tmp_path, like="Europe/London"):
        emails = await office.morning()
    assert {one.recipient: one.subject for one in emails} == dict.fromkeys(
        ("rosa@example.org", "nina@example.org"), "Sunday 31 October: 1 booking, 2 people"
    )
    assert all("8 of 10 places are left." in one.text for one in emails)


async def test_what_needs_a_look_is_news_for_those_who_can_do_something(office: Office) -> None:
    """A job that failed for good, on a day without bookings; after noon it is no morning's."""
    await office.api.ask(
        "PUT", "/digest", json={"readers": [str(office.owner)]}, key=office.api.key
    )
    async with office.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "INSERT INTO effect (org_id, key, kind, subject, status, due_at, correlation_id,"
            " created_at) VALUES ($1, 'k', 'message', $1, 'dead', now(), $1, now())",
            office.business.org_id,
        )
    office.at(datetime(2027, 6, 15, 11, 1, tzinfo=UTC))
    assert await office.morning() == []
    office.at(datetime(2027, 6, 16, 10, 0, tzinfo=UTC))
    (email,) = await office.morning()
    assert email.subject.endswith("no bookings")
    assert "1 job has failed for good." in email.text
    assert "https://farm.example/admin/meadow/dead-letters" in email.text
    async with office.app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE membership SET role = 'staff'")
    office.at(datetime(2027, 6, 17, 10, 0, tzinfo=UTC))
    assert len(await office.morning()) == 1


async def test_only_people_of_the_team_with_a_confirmed_address_are_chosen(office: Office) -> None:
    wrong = await office.api.ask(
        "PUT", "/digest", json={"readers": [str(UUID(int=7))]}, key=office.api.key
    )
    assert wrong.status == 422
    read = await office.api.get("/digest", key=office.api.key)
    assert read.json == {"readers": [], "version": 1}
