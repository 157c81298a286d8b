"""E-mails about closed times: each once, none after the closure was taken back."""

from dataclasses import dataclass, field

import pytest
from tests.builders.business import Business, a_guest
from tests.builders.closures import close, reopen, tell
from tests.builders.delivery import a_sender
from tests.builders.schedules import added, book, slots_of
from tests.builders.stored_messages import stored_messages

from fullhouse.booking.model.booking import BookingId
from fullhouse.bootstrap.application import Application
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.jobs.notifications import NotificationListener
from fullhouse.jobs.relay import Relay
from fullhouse.messages.errors import EarlierMessageDue, MailServerUnavailable
from fullhouse.messages.model import Delivery, Email, Message
from fullhouse.messages.reactions import messages_subscriber


@dataclass(slots=True)
class RecordingMailer:
    """Takes e-mails, unless it is down."""

    address: str = "farm@farm.example"
    is_down: bool = False
    taken: list[Email] = field(default_factory=list)

    async def send(self, email: Email) -> Delivery:
        if self.is_down:
            raise MailServerUnavailable
        self.taken.append(email)
        return "sent"


@dataclass(slots=True)
class Site:
    """A business with schedules, whose e-mails are sent when a test says so."""

    app: Application
    business: Business
    mailer: RecordingMailer = field(default_factory=RecordingMailer)

    async def relay(self) -> None:
        relay = Relay(
            self.app.database,
            (messages_subscriber(),),
            NotificationListener(self.app.connect),
            LoadMonitor(self.app.clock),
            self.app.metrics.get(RelayMetrics),
        )
        await relay.catch_up()

    async def send(self) -> list[str]:
        """Run every effect of e-mails anew; the kinds in the outbox, oldest first."""
        await self.relay()
        send = a_sender(self.app, self.mailer)
        async with self.app.database.unrestricted.session() as session:
            rows = await session.connection.fetch(
                "SELECT org_id, key, kind, subject, payload, correlation_id FROM effect"
                " WHERE kind = 'message' ORDER BY (payload->>'event_seq')::bigint"
            )
        for row in rows:
            try:
                await send(Effect(**row, attempt=1, tries=1))
            except MailServerUnavailable:
                assert self.mailer.is_down
        return [f"{message.kind} {message.status}" for message in await self.outbox()]

    async def outbox(self) -> list[Message]:
        async with self.app.database.session() as session:
            found = await stored_messages(session, self.business.org_id)
        return sorted(found, key=lambda message: message.event_seq)

    async def booked(self) -> BookingId:
        await added(self.app, self.business)
        booking_id = await book(self.app, self.business, (await slots_of(self.app))[0][0])
        assert await self.send() == ["confirmation sent"]
        return booking_id


@pytest.fixture
def site(app: Application, business: Business) -> Site:
    return Site(app, business)


async def test_closing_is_told_with_its_reason_and_the_way_to_another_time(site: Site) -> None:
    await site.booked()
    await close(site.app, site.business, "move")
    await tell(site.app)
    assert await site.send() == ["confirmation sent", "closing sent"]
    email = site.mailer.taken[-1]
    assert email.subject == "We are closed: Sunflower morning, Mon 14 June, 10:00"
    for text in (email.text, email.html):
        assert "Thunderstorm" in text
        assert "/change?t=" in text
    assert email.calendar is None
    assert "Show this at the entrance" not in email.html


async def test_cancellation_by_a_closure_says_why(site: Site) -> None:
    await site.booked()
    await close(site.app, site.business, "cancel")
    await tell(site.app)
    await site.send()
    (email,) = [email for email in site.mailer.taken if "Cancelled" in email.subject]
    assert "Thunderstorm" in email.text
    assert "We are sorry" in email.text


async def test_closing_is_not_limited_by_the_number_of_e_mails_to_the_mailbox(
    site: Site,
) -> None:
    await site.booked()
    await close(site.app, site.business, "move")
    await tell(site.app)
    await site.send()
    (message,) = [message for message in await site.outbox() if message.kind == "closing"]
    assert message.mailbox is None


async def test_e_mail_is_stopped_by_undo_before_it_is_written(site: Site) -> None:
    await site.booked()
    closed = await close(site.app, site.business, "move")
    await tell(site.app)
    await reopen(site.app, site.business, closed)
    assert await site.send() == ["confirmation sent"]


async def test_e_mail_that_waits_for_the_mail_server_is_stopped_by_undo(site: Site) -> None:
    await site.booked()
    closed = await close(site.app, site.business, "move")
    await tell(site.app)
    site.mailer.is_down = True
    assert await site.send() == ["confirmation sent", "closing due"]
    await reopen(site.app, site.business, closed)
    site.mailer.is_down = False
    assert await site.send() == ["confirmation sent", "closing discarded"]
    assert len(site.mailer.taken) == 1


async def test_guest_who_was_told_is_told_that_it_is_open_after_all(site: Site) -> None:
    await site.booked()
    closed = await close(site.app, site.business, "move")
    await tell(site.app)
    await site.send()
    await reopen(site.app, site.business, closed)
    assert (await site.send())[-1] == "reopening sent"
    assert (await site.send())[-1] == "reopening sent"
    assert len(site.mailer.taken) == 3


async def test_reopening_waits_for_an_e_mail_that_may_be_on_its_way(site: Site) -> None:
    await site.booked()
    closed = await close(site.app, site.business, "move")
    await tell(site.app)
    await site.send()
    await reopen(site.app, site.business, closed)
    async with site.app.database.unrestricted.transaction() as session:
        await session.connection.execute("UPDATE message SET status = 'due' WHERE kind = 'closing'")
        await session.connection.execute("DELETE FROM effect WHERE kind = 'message'")
    with pytest.raises(EarlierMessageDue):
        await site.send()


async def test_guest_who_has_moved_meanwhile_is_not_told_of_the_old_time(site: Site) -> None:
    booking_id = await site.booked()
    await close(site.app, site.business, "move")
    await tell(site.app)
    later = (await slots_of(site.app))[4][0]
    await site.app.booking.move_booking(
        site.business.org_id, booking_id, (later,), context=a_guest()
    )
    assert await site.send() == ["confirmation sent", "rescheduling sent"]
