"""Contract of `Mailer` on the sandbox's mail server, in each of its modes."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from tests.builders.mail_server import an_smtp_mailer
from tests.builders.sandbox import RunningSandbox, a_sandbox

from fullhouse.integrations.smtp import SmtpMailer
from fullhouse.kernel.clock import ManualClock
from fullhouse.messages.errors import (
    MailServerUnavailable,
    RecipientDeferred,
    RecipientRejected,
    SmtpAnswer,
)
from fullhouse.messages.model import Email

EMAIL = Email(
    message_id=UUID("01890000-0000-7000-8000-00000000000a"),
    recipient="ada@example.org",
    subject="Gebucht: Sonnenblumen für Ada",
    text="Schön, dass Sie kommen.\n",
    html="<p>Schön, dass Sie kommen.</p>",
    calendar="BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n",
    sender_name="Meadow Farm",
    reply_to="farm@example.org",
)


@pytest.fixture
async def box() -> AsyncIterator[RunningSandbox]:
    async with a_sandbox() as box:
        yield box


@pytest.fixture
def mailer(box: RunningSandbox, clock: ManualClock) -> SmtpMailer:
    return an_smtp_mailer(f"{box.addresses.smtp}?from=bookings@farm.example", clock)


async def test_an_email_arrives_with_its_parts(mailer: SmtpMailer, box: RunningSandbox) -> None:
    assert await mailer.send(EMAIL) == "sent"
    (message,) = await box.messages("smtp")
    assert message.recipient == "ada@example.org"
    assert message.subject == EMAIL.subject
    assert message.text.replace("\r\n", "\n") == EMAIL.text
    assert message.html.strip() == EMAIL.html
    assert message.message_id == f"<{EMAIL.message_id}@farm.example>"
    assert message.attachments == ("booking.ics",)
    (call,) = await box.log("smtp")
    assert (call.method, call.status) == ("DATA", 250)


@pytest.mark.parametrize(
    ("mode", "error", "delivered"),
    [
        ("down", MailServerUnavailable, 0),
        ("reset", MailServerUnavailable, 0),
        ("rate_limited", RecipientDeferred, 0),
        ("queue_full", SmtpAnswer, 0),
        ("gone", RecipientRejected, 0),
        ("lying", MailServerUnavailable, 0),
        ("timeout_after_effect", MailServerUnavailable, 1),
    ],
)
async def test_each_failure_is_told_apart(
    mailer: SmtpMailer,
    box: RunningSandbox,
    mode: str,
    error: type[SmtpAnswer],
    delivered: int,
) -> None:
    await box.set("smtp", mode=mode)
    with pytest.raises(error):
        await mailer.send(EMAIL)
    assert len(await box.messages("smtp")) == delivered
    assert (await box.log("smtp"))[-1].fault == mode
    await box.set("smtp", mode="ok")
    assert await mailer.send(EMAIL) == "sent"


@pytest.mark.parametrize(("mode", "delivered"), [("doubled", 2), ("lost", 0), ("slow_close", 1)])
async def test_a_server_may_accept_and_do_otherwise(
    mailer: SmtpMailer, box: RunningSandbox, mode: str, delivered: int
) -> None:
    await box.set("smtp", mode=mode)
    assert await mailer.send(EMAIL) == "sent"
    assert len(await box.messages("smtp")) == delivered


async def test_a_share_of_the_emails_fails_by_chance(
    mailer: SmtpMailer, box: RunningSandbox
) -> None:
    await box.set("smtp", error_rate=1)
    with pytest.raises(MailServerUnavailable):
        await mailer.send(EMAIL)
    await box.set("smtp", error_rate=0)
    assert await mailer.send(EMAIL) == "sent"


async def test_one_recipient_is_rejected_and_others_are_not(
    mailer: SmtpMailer, box: RunningSandbox
) -> None:
    await box.set("smtp", rejected=["ada@example.org"])
    with pytest.raises(RecipientRejected):
        await mailer.send(EMAIL)
    assert await box.messages("smtp") == []
