"""E-mails that were kept for want of a mail server go out when there is one."""

from datetime import timedelta

import asyncpg
import pytest
from tests.builders.account_emails import Mailbox
from tests.builders.business import Business, a_booking_of, a_guest
from tests.builders.delivery import a_sender, deliver

from fullhouse.bootstrap.application import Application
from fullhouse.integrations.smtp import OutboxOnlyMailer
from fullhouse.kernel.clock import ManualClock
from fullhouse.messages.actions.send_kept_messages import SendKeptMessages


async def booked(app: Application, business: Business, name: str, *, days: int = 7) -> None:
    slot = await business.a_slot(starts_in=timedelta(days=days, minutes=len(name)))
    await app.booking.place_booking(
        business.org_id, a_booking_of(slot, name=name), context=a_guest()
    )


async def test_the_newest_of_each_booking_to_come_is_sent_once(
    app: Application, business: Business
) -> None:
    await booked(app, business, "Ada Lovelace")
    await booked(app, business, "Emmy Noether", days=1)
    slot = await business.a_slot(starts_in=timedelta(days=9))
    result = await app.booking.place_booking(
        business.org_id, a_booking_of(slot, name="Grace Hopper"), context=a_guest()
    )
    later = await business.a_slot(starts_in=timedelta(days=10))
    await deliver(app, a_sender(app, OutboxOnlyMailer()))
    await app.booking.move_booking(
        business.org_id, result.outcome.booking_id, (later,), context=a_guest()
    )
    await deliver(app, a_sender(app, OutboxOnlyMailer()))
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(days=2))  # Emmy's time has passed
    send = SendKeptMessages(app.database, app.clock, app.ids)
    assert await send() == 2
    mailbox = Mailbox()
    await deliver(app, a_sender(app, mailbox))
    subjects = sorted(one.subject.partition(":")[0] for one in mailbox.emails)
    assert subjects == ["New time", "You're booked"]
    assert await send() == 0


async def test_what_is_not_true_any_more_is_not_sent(app: Application, business: Business) -> None:
    slot = await business.a_slot()
    result = await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    await deliver(app, a_sender(app, OutboxOnlyMailer()))
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "UPDATE booking SET status = 'no_show' WHERE booking_id = $1",
            result.outcome.booking_id,
        )
    assert await SendKeptMessages(app.database, app.clock, app.ids)() == 0


async def test_an_e_mail_that_cannot_be_sent_keeps_no_other(
    app: Application, business: Business
) -> None:
    last_retry = 2**31 - 1
    await booked(app, business, "Ada Lovelace")
    await booked(app, business, "Emmy Noether", days=8)
    await deliver(app, a_sender(app, OutboxOnlyMailer()))
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "UPDATE message SET retries = $1 WHERE recipient LIKE 'ada%'", last_retry
        )
    with pytest.RaisesGroup(pytest.RaisesGroup(asyncpg.NumericValueOutOfRangeError)):
        await SendKeptMessages(app.database, app.clock, app.ids)()
    mailbox = Mailbox()
    await deliver(app, a_sender(app, mailbox))
    assert [one.recipient for one in mailbox.emails] == ["emmy.noether@example.org"]
