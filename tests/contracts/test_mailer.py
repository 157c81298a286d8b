"""What every mailer promises, held by the one that sends and the one that keeps."""

from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from uuid import UUID

import pytest
from tests.builders.mail_server import Postmaster, a_mail_server

from fullhouse.integrations.smtp import KeptMailer, SmtpMailer, mail_server
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.messages.errors import LetterRefused, MailServerUnavailable
from fullhouse.messages.model import Letter
from fullhouse.messages.ports import Mailer

CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"
LETTER = Letter(
    message_id=UUID("01890000-0000-7000-8000-00000000000a"),
    recipient="ada@example.org",
    subject="Gebucht: Sonnenblumen für Ada",
    text="Schön, dass Sie kommen.\n",
    html="<p>Schön, dass Sie kommen.</p>",
    calendar=CALENDAR,
    sender_name="Meadow Farm",
    reply_to="farm@example.org",
)


@pytest.fixture
async def postmaster() -> AsyncIterator[Postmaster]:
    async with a_mail_server(Postmaster()) as postmaster:
        yield postmaster


@pytest.fixture(params=["smtp", "kept"])
def mailer(request: pytest.FixtureRequest, postmaster: Postmaster, clock: ManualClock) -> Mailer:
    if request.param == "kept":
        return KeptMailer()
    return SmtpMailer(mail_server(postmaster.url), clock)


@pytest.fixture
def smtp(postmaster: Postmaster, clock: ManualClock) -> SmtpMailer:
    return SmtpMailer(mail_server(postmaster.url), clock)


async def test_a_letter_is_sent_or_kept_and_the_mailer_says_which(
    mailer: Mailer, postmaster: Postmaster
) -> None:
    delivery = await mailer.send(LETTER)
    assert delivery == ("kept" if isinstance(mailer, KeptMailer) else "sent")
    assert len(postmaster.taken) == (delivery == "sent")


async def test_a_mailer_has_an_address(mailer: Mailer) -> None:
    assert "@" in mailer.address


async def test_a_letter_without_a_calendar_goes_too(mailer: Mailer) -> None:
    assert await mailer.send(replace(LETTER, calendar=None)) in {"sent", "kept"}


async def test_a_letter_arrives_whole(smtp: SmtpMailer, postmaster: Postmaster) -> None:
    await smtp.send(LETTER)
    (mail,) = postmaster.taken
    assert mail["From"] == "Meadow Farm <bookings@farm.example>"
    assert mail["To"] == "ada@example.org"
    assert mail["Reply-To"] == "Meadow Farm <farm@example.org>"
    assert mail["Subject"] == LETTER.subject
    assert mail["Message-ID"] == f"<{LETTER.message_id}@farm.example>"
    assert mail["Date"] == "Sat, 12 Jun 2027 08:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert text.get_content().replace("\r\n", "\n") == LETTER.text
    assert LETTER.html in html.get_content()
    (calendar,) = mail.iter_attachments()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar["Content-Type"].params["method"] == "CANCEL"
    assert calendar.get_filename() == "booking.ics"


async def test_a_letter_given_again_is_the_same_letter(
    smtp: SmtpMailer, postmaster: Postmaster
) -> None:
    await smtp.send(LETTER)
    await smtp.send(LETTER)
    assert len(set(postmaster.ids())) == 1


@pytest.mark.parametrize("answer", ["550 no such mailbox", "554 not wanted here"])
async def test_what_will_never_be_taken_is_refused_for_good(
    smtp: SmtpMailer, postmaster: Postmaster, answer: str
) -> None:
    postmaster.answer_to_recipient = answer
    with pytest.raises(LetterRefused, match=answer[:3]):
        await smtp.send(LETTER)
    postmaster.answer_to_recipient, postmaster.answer = "250 known", answer
    with pytest.raises(LetterRefused, match=answer[:3]):
        await smtp.send(LETTER)


async def test_what_may_be_taken_later_is_transient(
    smtp: SmtpMailer, postmaster: Postmaster
) -> None:
    postmaster.answer_to_recipient = "450 try later"
    with pytest.raises(MailServerUnavailable):
        await smtp.send(LETTER)
    postmaster.answer_to_recipient, postmaster.answer = "250 known", "451 try later"
    with pytest.raises(MailServerUnavailable):
        await smtp.send(LETTER)
    assert postmaster.taken == []


async def test_a_server_that_is_not_there_or_breaks_off_is_transient(
    smtp: SmtpMailer, postmaster: Postmaster
) -> None:
    postmaster.drops_after_taking = True
    with pytest.raises(MailServerUnavailable):
        await smtp.send(LETTER)
    gone = replace(smtp.server, port=1)
    with pytest.raises(MailServerUnavailable):
        await replace(smtp, server=gone).send(LETTER)


async def test_a_subject_or_name_cannot_add_a_header(
    smtp: SmtpMailer, postmaster: Postmaster
) -> None:
    await smtp.send(
        replace(LETTER, subject="Booked\r\nBcc: all@example.org", sender_name="Farm\nX-Evil: 1")
    )
    (mail,) = postmaster.taken
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert mail["Subject"] == "Booked Bcc: all@example.org"


@pytest.mark.parametrize(
    ("url", "port", "use_tls", "start_tls"),
    [
        ("smtp://mail.example?from=a@example.org", 587, False, None),
        ("smtp://u:p%40ss@mail.example:2525?from=a@example.org", 2525, False, True),
        ("smtp+starttls://mail.example?from=a@example.org", 587, False, True),
        ("smtps://u:p%40ss@mail.example?from=a@example.org", 465, True, False),
        ("smtp://u:p%40ss@127.0.0.1:25?from=a@example.org", 25, False, False),
    ],
)
def test_a_password_never_travels_in_the_open(
    url: str, port: int, *, use_tls: bool, start_tls: bool | None
) -> None:
    server = mail_server(url)
    assert (server.port, server.use_tls, server.start_tls) == (port, use_tls, start_tls)
    assert server.password in {None, "p@ss"}
    assert server.sender == "a@example.org"


@pytest.mark.parametrize(
    "url", ["", "mail.example", "http://mail.example?from=a@b.example", "smtp://mail.example"]
)
def test_an_address_of_a_server_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        mail_server(url)
