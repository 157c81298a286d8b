"""Mailers: implement `messages.ports.Mailer` by SMTP (RFC 5321, aiosmtplib) or by the outbox."""

import re
import ssl
from email.utils import format_datetime
from typing import Final

import aiosmtplib
from msgspec import Struct

from fullhouse.integrations.dkim_signing import DkimKey
from fullhouse.integrations.limits import SMTP_SECONDS_MAX
from fullhouse.integrations.mime import mime_message
from fullhouse.integrations.outbound import OutboundService
from fullhouse.integrations.smtp_settings import SmtpSettings, domain_of
from fullhouse.kernel.clock import Clock
from fullhouse.messages.errors import (
    EmailRejected,
    MailServerUnavailable,
    RecipientDeferred,
    RecipientRejected,
    SmtpAnswer,
)
from fullhouse.messages.model import Delivery, Email
from fullhouse.people.model.contact import is_invented, smtp_address

_PERMANENT: Final = 500
_NOT_AUTHENTICATED: Final = 530
_ENHANCED_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_ABOUT_RECIPIENT: Final = re.compile(r"5\.[12]\.")
"""RFC 3463 §3: the status of an address or of a mailbox."""


class SmtpMailer(Struct, frozen=True):
    """Sends each e-mail on a connection of its own; `service` is the server's circuit.

    With `dkim` each is signed.
    """

    server: SmtpSettings
    clock: Clock
    service: OutboundService
    dkim: DkimKey | None = None

    @property
    def address(self) -> str:
        return self.server.sender

    async def send(self, email: Email) -> Delivery:
        """See the port. A 5xx answer to recipient or content is final, other errors pass."""
        if is_invented(email.recipient):
            return "stored"
        recipient = smtp_address(email.recipient)
        if not recipient.isascii():
            raise RecipientRejected("E-mail is sent to addresses in ASCII.")
        try:
            message = mime_message(email, self.address, date=format_datetime(self.clock.now()))
            if self.dkim is not None:
                message = self.dkim.signed(message, domain=domain_of(self.address))
        except ValueError as error:  # no later attempt would write it either
            raise EmailRejected("A header of this e-mail cannot be written.") from error
        try:
            sender = email.return_path or self.server.sender
            await self.service.call(lambda: self._hand_over(message, sender, recipient))
        except TimeoutError as error:
            raise MailServerUnavailable(reply="The mail server took too long.") from error
        return "sent"

    async def _hand_over(self, message: bytes, sender: str, recipient: str) -> None:
        server = self.server
        try:
            await aiosmtplib.send(
                message,
                sender=sender,
                recipients=[recipient],
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
            raise _recipient_error(error.recipients[0]) from error
        except aiosmtplib.SMTPDataError as error:
            raise _data_error(error) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _answer(MailServerUnavailable, error) from error
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            raise MailServerUnavailable(reply=f"{type(error).__name__}: {error}") from error


def is_mail_server_failure(error: Exception) -> bool:
    """What recipients or e-mails are refused for says nothing about the server."""
    return isinstance(error, MailServerUnavailable)


class OutboxOnlyMailer(Struct, frozen=True):
    """Mailer of an installation without a mail server: e-mails stay in the outbox."""

    address: str = "bookings@localhost"

    async def send(self, email: Email) -> Delivery:
        assert email.recipient, "an e-mail has a recipient"
        return "stored"


def _recipient_error(error: aiosmtplib.SMTPResponseException) -> SmtpAnswer:
    """An answer to RCPT is about the recipient, but for one that asks us to sign in."""
    if error.code == _NOT_AUTHENTICATED:
        return _answer(MailServerUnavailable, error)
    return _answer(RecipientRejected if error.code >= _PERMANENT else RecipientDeferred, error)


def _data_error(error: aiosmtplib.SMTPResponseException) -> SmtpAnswer:
    """An answer to DATA is about the e-mail, unless its status names the recipient's mailbox."""
    if error.code < _PERMANENT:
        return _answer(MailServerUnavailable, error)
    is_about_recipient = _ABOUT_RECIPIENT.match(error.message) is not None
    return _answer(RecipientRejected if is_about_recipient else EmailRejected, error)


def _answer(kind: type[SmtpAnswer], error: aiosmtplib.SMTPResponseException) -> SmtpAnswer:
    status = _ENHANCED_STATUS.match(error.message)
    return kind(
        smtp_code=error.code,
        enhanced_status=status.group() if status else "",
        reply=f"{error.code} {error.message}",
    )
