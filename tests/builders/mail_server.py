"""A real mail server on loopback that can reject, stall and disconnect."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from types import SimpleNamespace
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from fullhouse.integrations.dkim_signing import DkimKey
from fullhouse.integrations.limits import SMTP_MESSAGE_SECONDS_MAX
from fullhouse.integrations.outbound import OutboundService
from fullhouse.integrations.smtp import SmtpMailer, is_mail_server_failure
from fullhouse.integrations.smtp_settings import smtp_settings
from fullhouse.kernel.clock import Clock
from fullhouse.resilience.breaker import CircuitBreaker
from fullhouse.resilience.circuits import LocalCircuits
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.telemetry.metrics import MetricRegistry


@lru_cache(maxsize=2_000)
def _read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


@dataclass(slots=True)
class Postmaster:
    """The server's behaviour and the e-mails it accepted. `answer` ends every DATA command."""

    answer: str = "250 taken"
    answer_to_recipient: str = "250 known"
    answer_to_sender: str = "250 known"
    answers_to: dict[str, str] = field(default_factory=dict)
    """Answers to single recipients, before `answer_to_recipient`."""
    recipients: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    """Where the e-mails come back to."""
    raw: list[bytes] = field(default_factory=list)
    """What was taken, as it came."""
    drops_after_taking: bool = False
    stalls: asyncio.Event = field(default_factory=asyncio.Event)
    """While cleared, every e-mail waits before it is answered."""
    asked: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        self.stalls.set()

    @property
    def taken(self) -> list[EmailMessage]:
        """The e-mails that it accepted, read only now: of a rush nobody reads each."""
        return [_read(content) for content in self.raw]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own form
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        answer = self.answers_to.get(address, self.answer_to_recipient)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
            self.recipients.append(address)
        return answer

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's own form
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.answer_to_sender.startswith("250"):
            envelope.mail_from = address
            self.senders.append(address)
            envelope.mail_options.extend(options)
        return self.answer_to_sender

    async def handle_DATA(  # noqa: N802 - aiosmtpd's own form
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.asked += 1
        await self.stalls.wait()
        content = envelope.content
        assert isinstance(content, bytes)
        if self.answer.startswith("250"):
            self.raw.append(content)
        if self.drops_after_taking:
            # uvloop's own transports are none of asyncio's
            cast("asyncio.Transport", server.transport).abort()
        return self.answer

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=bookings@farm.example"

    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.taken]


def an_smtp_mailer(url: str, clock: Clock, dkim: DkimKey | None = None) -> SmtpMailer:
    """A mailer with a circuit of its own."""
    service = OutboundService(
        CircuitBreaker("mail-server", LocalCircuits(clock), clock),
        CircuitMetrics(MetricRegistry()),
        seconds_max=SMTP_MESSAGE_SECONDS_MAX,
        is_failure=is_mail_server_failure,
    )
    return SmtpMailer(smtp_settings(url), clock, service, dkim)


@asynccontextmanager
async def a_mail_server(postmaster: Postmaster) -> AsyncIterator[Postmaster]:
    """Listens while the block lasts; entered again, on the same port with the same postmaster."""
    loop = asyncio.get_running_loop()
    # At each connection aiosmtpd reads every member of its handler: of a postmaster all its e-mails
    handler = SimpleNamespace(
        handle_RCPT=postmaster.handle_RCPT,
        handle_MAIL=postmaster.handle_MAIL,
        handle_DATA=postmaster.handle_DATA,
    )
    server = await loop.create_server(
        lambda: SMTP(handler, loop=loop, hostname="mail.example"),
        "127.0.0.1",
        postmaster.port,
    )
    postmaster.port = server.sockets[0].getsockname()[1]
    try:
        yield postmaster
    finally:
        server.close()
        await server.wait_closed()
