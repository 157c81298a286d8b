"""A mail server: it takes every e-mail, keeps it to be looked at, and fails as SMTP servers do."""

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final, cast

from aiosmtpd.smtp import SMTP, Envelope, Session
from typing_extensions import override

from fullhouse.sandbox.call_log import FinishedCall
from fullhouse.sandbox.deliveries import Content, MessageService
from fullhouse.sandbox.faulty import reset
from fullhouse.sandbox.limits import (
    MESSAGE_CHARACTERS_MAX,
    REQUEST_BYTES_MAX,
    SLOW_CLOSE_SECONDS,
)
from fullhouse.sandbox.modes import Fault, Mode
from fullhouse.sandbox.provider import (
    ProviderAnswer,
    Routes,
    ServiceConfig,
    json_answer,
)

_ACCEPTED: Final = "250 2.0.0 OK: queued"
_AT_CONNECTION: Final = "421 4.3.2 Service not available, closing transmission channel"
_ANSWERS: Final = {
    Mode.RATE_LIMITED: "450 4.2.1 Too many messages, try again later",
    Mode.QUEUE_FULL: "452 4.3.1 Queue is full",
    Mode.GONE: "550 5.1.1 No such recipient here",
}
"""To each recipient."""
_ERROR: Final = "451 4.3.0 Local error in processing"
_RUBBISH: Final = "199 {"


class SmtpConfig(ServiceConfig, frozen=True, forbid_unknown_fields=True):
    """`rejected` recipients are answered with 550, others not."""

    rejected: tuple[str, ...] = ()


@dataclass
class SmtpService(MessageService):
    """Handles the commands of aiosmtpd, which looks at all members: so it has no slots."""

    config: ServiceConfig = field(default_factory=SmtpConfig)

    @property
    @override
    def acts_when_lying(self) -> bool:
        return False

    @override
    def routes(self) -> Routes:
        """Over HTTP it answers nothing."""
        return {}

    @override
    def error(self, status: int, text: str) -> ProviderAnswer:
        return json_answer({"error": text}, status)

    def connection(self) -> "SandboxSmtp":
        """The protocol of a new connection."""
        return SandboxSmtp(self)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own form
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take or refuse a recipient."""
        fault = self.provider.switch.current()
        assert isinstance(self.config, SmtpConfig)
        is_rejected = address in self.config.rejected
        answer = _ANSWERS[Mode.GONE] if is_rejected else _ANSWERS.get(fault.mode)
        if answer is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
            return "250 2.1.5 OK"
        self._record(_Line("RCPT", envelope, answer, to=address), fault)
        return answer

    async def handle_DATA(  # noqa: N802 - aiosmtpd's own form
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take an e-mail, and answer as the mode has it."""
        started = self.provider.clock.monotonic()
        fault = self.provider.switch.current()
        await asyncio.sleep(fault.delay_seconds)
        answer = self._decide(fault)
        if answer in {None, _ACCEPTED}:
            self.deliveries.deliver(_content(envelope), fault)
        milliseconds = int(1000 * (self.provider.clock.monotonic() - started))
        self._record(_Line("DATA", envelope, answer, milliseconds=milliseconds), fault)
        if answer is None:
            reset(cast("asyncio.Transport", server.transport))
        return answer or _ACCEPTED

    async def handle_QUIT(  # noqa: N802 - aiosmtpd's own form
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        """Say goodbye, in a slow close only after a while."""
        if self.provider.switch.current().mode is Mode.SLOW_CLOSE:
            await asyncio.sleep(SLOW_CLOSE_SECONDS)
        return "221 2.0.0 Bye"

    def refuse_connection(self, transport: asyncio.Transport) -> bool:
        """Whether the mode allows no connection, which is then ended."""
        fault = self.provider.switch.current()
        if fault.mode is Mode.DOWN:
            transport.write(f"{_AT_CONNECTION}\r\n".encode())
            transport.close()
        elif fault.mode is Mode.RESET:
            reset(transport)
        else:
            return False
        self._record(_Line("CONNECT", Envelope(), _answer_to_connection(fault)), fault)
        return True

    def _decide(self, fault: Fault) -> str | None:
        """The answer to the end of an e-mail; None drops the connection before it."""
        if self.provider.random.random() < fault.error_rate:
            return _ERROR
        if fault.mode is Mode.TIMEOUT_AFTER_EFFECT:
            return None
        return _RUBBISH if fault.mode is Mode.LYING else _ACCEPTED

    def _record(self, line: "_Line", fault: Fault) -> None:
        envelope, answer = line.envelope, line.answer
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.provider.log.add(
            FinishedCall(
                method=line.command,
                path=f"{envelope.mail_from or ''} > {line.to or ', '.join(envelope.rcpt_tos)}",
                headers={},
                body=content.decode(errors="replace"),
                status=int(answer[:3]) if answer else None,
                answer=answer or "",
                fault=fault.name,
                milliseconds=line.milliseconds,
            )
        )


@dataclass(frozen=True, slots=True)
class _Line:
    command: str
    envelope: Envelope
    answer: str | None
    to: str = ""
    milliseconds: int = 0


class SandboxSmtp(SMTP):
    """One connection of the mail server, which may be refused as a whole."""

    def __init__(self, service: SmtpService) -> None:
        super().__init__(
            service,
            data_size_limit=REQUEST_BYTES_MAX,
            hostname="sandbox.example",
            loop=asyncio.get_running_loop(),
        )
        self._service = service

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own transports are none of asyncio's
        if not self._service.refuse_connection(cast("asyncio.Transport", transport)):
            super().connection_made(transport)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            super().connection_lost(error)


def _answer_to_connection(fault: Fault) -> str | None:
    return _AT_CONNECTION if fault.mode is Mode.DOWN else None


def _content(envelope: Envelope) -> Content:
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=policy.default)
    return Content(
        recipient=", ".join(envelope.rcpt_tos),
        subject=str(message["Subject"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        message_id=str(message["Message-ID"] or ""),
        attachments=tuple(part.get_filename() or "" for part in message.iter_attachments()),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    content = part.get_content()
    return content[:MESSAGE_CHARACTERS_MAX] if isinstance(content, str) else ""
