"""Mail: implements `messages.ports.Mailer` by SMTP (RFC 5321, with aiosmtplib) or by keeping it."""

import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from fullhouse.integrations.limits import SMTP_SECONDS_MAX
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.messages.errors import LetterRefused, MailServerUnavailable
from fullhouse.messages.model import Delivery, Letter, calendar_method

_PORTS: Final = {"smtp": 587, "smtp+starttls": 587, "smtps": 465}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over, and as whom. `start_tls` None: when the server offers it."""

    host: str
    port: int
    sender: str
    username: str | None
    password: str | None
    use_tls: bool
    start_tls: bool | None


def mail_server(url: str) -> MailServer:
    """Read `smtp://user:password@host:587?from=bookings@example.org`.

    `smtps` is TLS from the start, `smtp+starttls` TLS or nothing. Plain `smtp` demands TLS too when
    it has a password to send to another machine. Raises `InvalidInput`.
    """
    parts = urlsplit(url)
    sender = parse_qs(parts.query).get("from", [""])[0]
    if parts.scheme not in _PORTS or not parts.hostname or "@" not in sender:
        raise InvalidInput(
            "A mail server is given as smtp://user:password@host:587?from=you@example.org",
            field="smtp_url",
        )
    username = unquote(parts.username) if parts.username else None
    return MailServer(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        sender=sender,
        username=username,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        start_tls=_start_tls(parts.scheme, parts.hostname, with_password=username is not None),
    )


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Hands letters over one by one, each on a connection of its own."""

    server: MailServer
    clock: Clock

    @property
    def address(self) -> str:
        return self.server.sender

    async def send(self, letter: Letter) -> Delivery:
        """See the port. A refused recipient or letter (5xx) is final; all else may pass."""
        server = self.server
        try:
            await aiosmtplib.send(
                mail_of(letter, server.sender, date=format_datetime(self.clock.now())),
                sender=server.sender,
                recipients=[letter.recipient],
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password,
                use_tls=server.use_tls,
                start_tls=server.start_tls,
                local_hostname=domain_of(server.sender),
                timeout=SMTP_SECONDS_MAX,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _judged(error.recipients[0]) from error
        except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as error:
            raise _judged(error) from error
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            raise MailServerUnavailable(f"{type(error).__name__}: {error}") from error
        return "sent"


@dataclass(frozen=True, slots=True)
class KeptMailer:
    """The mailer of an installation without a mail server: every letter stays in the outbox."""

    address: str = "bookings@localhost"

    async def send(self, letter: Letter) -> Delivery:
        assert letter.recipient, "a letter is for somebody"
        return "kept"


def mail_of(letter: Letter, sender: str, *, date: str) -> EmailMessage:
    """The letter as MIME: text, HTML beside it, the calendar file attached."""
    mail = EmailMessage()
    mail["From"] = Address(_one_line(letter.sender_name), addr_spec=sender)
    mail["To"] = Address(addr_spec=letter.recipient)
    if letter.reply_to:
        mail["Reply-To"] = Address(_one_line(letter.sender_name), addr_spec=letter.reply_to)
    mail["Subject"] = _one_line(letter.subject)
    mail["Date"] = date
    mail["Message-ID"] = f"<{letter.message_id}@{domain_of(sender)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    if letter.calendar is not None:
        mail.add_attachment(
            letter.calendar.encode(),
            maintype="text",
            subtype="calendar",
            filename="booking.ics",
            params={"method": calendar_method(letter.calendar), "charset": "utf-8"},
        )
    return mail


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def _start_tls(scheme: str, host: str, *, with_password: bool) -> bool | None:
    if scheme == "smtp+starttls":
        return True
    if scheme == "smtps" or host in _LOOPBACK:
        return False
    return True if with_password else None


def _judged(
    error: aiosmtplib.SMTPResponseException,
) -> LetterRefused | MailServerUnavailable:
    words = f"{error.code} {error.message}"
    return LetterRefused(words) if error.code >= _PERMANENT else MailServerUnavailable(words)


def _one_line(text: str) -> str:
    """What goes into a header must not break it."""
    return " ".join(text.split())
