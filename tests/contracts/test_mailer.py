"""Contract of `Mailer`, for the SMTP mailer and for the one that only stores."""

import base64
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import dkim  # type: ignore[import-untyped]  # untyped upstream
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from msgspec.structs import replace
from tests.builders.mail_server import Postmaster, a_mail_server, an_smtp_mailer

from fullhouse.integrations.dkim_signing import read_dkim_key
from fullhouse.integrations.smtp import OutboxOnlyMailer, SmtpMailer
from fullhouse.integrations.smtp_settings import smtp_settings
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import one_line
from fullhouse.messages.errors import (
    EmailRejected,
    MailServerUnavailable,
    RecipientDeferred,
    RecipientRejected,
    SmtpAnswer,
)
from fullhouse.messages.model import Email
from fullhouse.messages.ports import Mailer

CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"
EMAIL = Email(
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


@pytest.fixture(params=["smtp", "outbox"])
def mailer(request: pytest.FixtureRequest, postmaster: Postmaster, clock: ManualClock) -> Mailer:
    if request.param == "outbox":
        return OutboxOnlyMailer()
    return an_smtp_mailer(postmaster.url, clock)


@pytest.fixture
def smtp(postmaster: Postmaster, clock: ManualClock) -> SmtpMailer:
    return an_smtp_mailer(postmaster.url, clock)


async def test_send_returns_whether_the_email_was_sent_or_stored(
    mailer: Mailer, postmaster: Postmaster
) -> None:
    delivery = await mailer.send(EMAIL)
    assert delivery == ("stored" if isinstance(mailer, OutboxOnlyMailer) else "sent")
    assert len(postmaster.taken) == (delivery == "sent")


async def test_an_invented_address_is_never_written_to(
    mailer: Mailer, postmaster: Postmaster
) -> None:
    assert await mailer.send(replace(EMAIL, recipient="ada@guest.example")) == "stored"
    assert postmaster.taken == []


async def test_every_mailer_has_a_sender_address(mailer: Mailer) -> None:
    assert "@" in mailer.address


async def test_email_without_a_calendar_file_is_sent(mailer: Mailer) -> None:
    assert await mailer.send(replace(EMAIL, calendar=None)) in {"sent", "stored"}


async def test_an_email_comes_back_to_its_return_path_and_unsubscribes_with_one_request(
    smtp: SmtpMailer, postmaster: Postmaster
) -> None:
    """RFC 8058 wants both headers."""
    url = "https://farm.example/meadow/u/01890000-0000-7000-8000-00000000000b?t=token"
    await smtp.send(replace(EMAIL, return_path="b2@bounces.example.org", unsubscribe_url=url))
    await smtp.send(EMAIL)
    assert postmaster.senders == ["b2@bounces.example.org", "bookings@farm.example"]
    optional, needed = postmaster.taken
    assert optional["From"] == "Meadow Farm <bookings@farm.example>"
    assert optional["List-Unsubscribe"] == f"<{url}>"
    assert optional["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "List-Unsubscribe" not in needed


async def test_email_arrives_with_every_header_and_part(
    smtp: SmtpMailer, postmaster: Postmaster
) -> None:
    await smtp.send(EMAIL)
    (mail,) = postmaster.taken
    assert mail["From"] == "Meadow Farm <bookings@farm.example>"
    assert mail["To"] == "ada@example.org"
    assert mail["Reply-To"] == "Meadow Farm <farm@example.org>"
    assert mail["Subject"] == EMAIL.subject
    assert mail["Message-ID"] == f"<{EMAIL.message_id}@farm.example>"
    assert mail["Date"] == "Sat, 12 Jun 2027 08:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert text.get_content().replace("\r\n", "\n") == EMAIL.text
    assert EMAIL.html in html.get_content()
    assert "References" not in mail
    (entry,) = (part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert entry["Content-Type"].params["method"] == "CANCEL"
    assert not entry.is_attachment(), "Outlook would take it for a file"
    assert entry["Content-Disposition"] is None
    (calendar,) = mail.iter_attachments()
    assert calendar.get_content_type() == "application/ics"
    assert calendar.get_filename() == "booking.ics"
    assert calendar.get_content() == CALENDAR.encode()


async def test_emails_about_one_booking_are_one_conversation(
    smtp: SmtpMailer, postmaster: Postmaster
) -> None:
    thread = UUID("01890000-0000-7000-8000-00000000000c")
    await smtp.send(replace(EMAIL, thread_id=thread))
    (mail,) = postmaster.taken
    assert mail["References"] == f"<{thread}@farm.example>"
    assert mail["In-Reply-To"] is None, "it answers nothing"


async def test_an_email_is_signed_and_no_change_on_its_way_stays_unseen(
    postmaster: Postmaster, clock: ManualClock, tmp_path: Path
) -> None:
    """What was taken is verified by dkimpy, with the public key as the DNS would have it."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path / "dkim.pem"
    path.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        del timeout
        asked.append(name)
        return record

    key = read_dkim_key("june", path)
    assert b"PRIVATE" not in repr(key).encode()
    smtp = an_smtp_mailer(postmaster.url, clock, key)
    url = "https://farm.example/meadow/u/1?t=token"
    await smtp.send(replace(EMAIL, unsubscribe_url=url, thread_id=EMAIL.message_id))
    (raw,) = postmaster.raw
    assert dkim.verify(raw, dnsfunc=dns)
    assert set(asked) == {b"june._domainkey.farm.example."}
    for before, after in (
        (b"Subject: ", b"Subject: X"),
        (b"List-Unsubscribe-Post: List-", b"List-Unsubscribe-Post: Lost-"),
        (b"method=", b"method=X"),
        (b"Message-ID:", b"Reply-To: <eve@example.org>\r\nMessage-ID:"),
        (b"Message-ID:", b"Subject: another\r\nMessage-ID:"),
    ):
        assert before in raw
        assert not dkim.verify(raw.replace(before, after, 1), dnsfunc=dns), after


def test_file_without_a_key_that_signs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("secret")
    for wrong in (path, tmp_path / "none", tmp_path):
        with pytest.raises(InvalidInput, match="openssl genrsa"):
            read_dkim_key("june", wrong)


@pytest.mark.parametrize(
    ("name", "encoded_words"),
    [
        (
            "The Old Orchard Pick-Your-Own Farm, Garden Centre and Tea Room at Lower Whitfield",
            False,
        ),
        ('A "B" C, D', False),
        ("H\u00f6f, G\u00e4rten & S\u00f6hne; " * 6, True),
        ("Hof Gr\u00fcn, Garden Centre <and> Tea Room (at) Lower Whitfield, and more: of it", True),
        ("a" * 200, True),
        ("=?utf-8?q?x?= Hof", False),
        ("Farm, " * 33, False),
    ],
)
async def test_every_name_of_a_business_is_one_sender(
    smtp: SmtpMailer, postmaster: Postmaster, name: str, *, encoded_words: bool
) -> None:
    await smtp.send(replace(EMAIL, sender_name=name))
    (mail,) = postmaster.taken
    for header, address in (("From", "bookings@farm.example"), ("Reply-To", "farm@example.org")):
        (sender,) = mail[header].addresses
        assert sender.addr_spec == address
        shown, meant = sender.display_name, one_line(name)
        if encoded_words:  # Python keeps the spaces between several, which RFC 2047 leaves out
            shown, meant = shown.replace(" ", ""), meant.replace(" ", "")
        assert shown == meant


async def test_email_sent_again_has_the_same_message_id(
    smtp: SmtpMailer, postmaster: Postmaster
) -> None:
    await smtp.send(EMAIL)
    await smtp.send(EMAIL)
    assert len(set(postmaster.ids())) == 1


@pytest.mark.parametrize(
    ("command", "answer", "kind", "summary"),
    [
        ("RCPT", "550 no <ada@example.org> here", RecipientRejected, "RecipientRejected 550"),
        (
            "RCPT",
            "550 5.1.1 no <ada@example.org>",
            RecipientRejected,
            "RecipientRejected 550 5.1.1",
        ),
        ("RCPT", "553 5.1.3 spelling", RecipientRejected, "RecipientRejected 553 5.1.3"),
        ("RCPT", "450 4.2.1 try later", RecipientDeferred, "RecipientDeferred 450 4.2.1"),
        ("RCPT", "530 5.7.0 sign in", MailServerUnavailable, "MailServerUnavailable 530 5.7.0"),
        ("DATA", "554 5.7.1 ada@example.org", EmailRejected, "EmailRejected 554 5.7.1"),
        ("DATA", "550 5.1.1 no such user", RecipientRejected, "RecipientRejected 550 5.1.1"),
        ("DATA", "552 5.2.2 mailbox full", RecipientRejected, "RecipientRejected 552 5.2.2"),
        ("DATA", "451 try later", MailServerUnavailable, "MailServerUnavailable 451"),
        (
            "MAIL",
            "550 5.7.1 not from you",
            MailServerUnavailable,
            "MailServerUnavailable 550 5.7.1",
        ),
        ("MAIL", "451 4.3.0 try later", MailServerUnavailable, "MailServerUnavailable 451 4.3.0"),
    ],
)
async def test_answer_says_whether_the_recipient_or_the_server_is_concerned(
    smtp: SmtpMailer,
    postmaster: Postmaster,
    command: str,
    answer: str,
    kind: type[SmtpAnswer],
    summary: str,
) -> None:
    match command:
        case "RCPT":
            postmaster.answer_to_recipient = answer
        case "MAIL":
            postmaster.answer_to_sender = answer
        case _:
            postmaster.answer = answer
    with pytest.raises(SmtpAnswer) as caught:
        await smtp.send(EMAIL)
    assert type(caught.value) is kind
    assert caught.value.summary == summary
    assert caught.value.reply == answer, "the words are for staff"
    assert "ada" not in str(caught.value)
    assert postmaster.taken == []


@pytest.mark.parametrize(
    ("address", "spelled"),
    [
        ("info@xn--bcher-kva.example", "info@xn--bcher-kva.example"),
        ("try..this..0511@docomo.ne.jp", '"try..this..0511"@docomo.ne.jp'),
        ("xxx.yyy.@docomo.ne.jp", '"xxx.yyy."@docomo.ne.jp'),
        ("o'neil+x@example.org", "o'neil+x@example.org"),
    ],
)
async def test_address_is_spelled_as_mail_servers_take_it(
    smtp: SmtpMailer, postmaster: Postmaster, address: str, spelled: str
) -> None:
    assert await smtp.send(replace(EMAIL, recipient=address)) == "sent"
    assert postmaster.recipients == [address], "the server takes the quotes off"
    assert dict(postmaster.taken[0].raw_items())["To"] == spelled


async def test_what_no_attempt_could_write_is_refused_at_once(
    smtp: SmtpMailer, postmaster: Postmaster
) -> None:
    with pytest.raises(RecipientRejected):
        await smtp.send(replace(EMAIL, recipient="j\u00f6rg@example.org"))
    with pytest.raises(EmailRejected):
        await smtp.send(replace(EMAIL, reply_to="j\u00f6rg@example.org"))
    assert postmaster.asked == 0


async def test_a_server_that_lacks_what_the_settings_demand_is_our_fault(
    postmaster: Postmaster, clock: ManualClock
) -> None:
    url = postmaster.url.replace("smtp://", "smtp+starttls://")
    with pytest.raises(MailServerUnavailable):
        await an_smtp_mailer(url, clock).send(EMAIL)


async def test_unreachable_server_and_lost_answer_are_transient(
    smtp: SmtpMailer, postmaster: Postmaster
) -> None:
    postmaster.drops_after_taking = True
    with pytest.raises(MailServerUnavailable):
        await smtp.send(EMAIL)
    gone = replace(smtp.server, port=1)
    with pytest.raises(MailServerUnavailable):
        await replace(smtp, server=gone).send(EMAIL)


async def test_line_breaks_in_subject_and_name_add_no_header(
    smtp: SmtpMailer, postmaster: Postmaster
) -> None:
    await smtp.send(
        replace(EMAIL, subject="Booked\r\nBcc: all@example.org", sender_name="Farm\nX-Evil: 1")
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
def test_password_is_sent_over_tls_only(
    url: str, port: int, *, use_tls: bool, start_tls: bool | None
) -> None:
    server = smtp_settings(url)
    assert (server.port, server.use_tls, server.start_tls) == (port, use_tls, start_tls)
    assert server.password in {None, "p@ss"}
    assert server.sender == "a@example.org"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example?from=a@b.example",
        "smtp://mail.example",
        "smtp://mail.example?from=nobody",
        "smtp://mail.example?from=j%C3%B6rg@example.org",
    ],
)
def test_invalid_server_url_is_rejected(url: str) -> None:
    with pytest.raises(InvalidInput):
        smtp_settings(url)
