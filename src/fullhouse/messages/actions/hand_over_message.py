"""Have a gateway of the business send the message about an event."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from fullhouse.booking.model.urls import SignedUrls
from fullhouse.jobs.effects import Effect, EffectRequest, enqueue
from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.errors import ServiceUnavailable
from fullhouse.messages.actions.prepare_message import PrepareMessage
from fullhouse.messages.actions.send_message import give_up
from fullhouse.messages.channel_store import note_failure, open_channel, record_health
from fullhouse.messages.errors import GatewayUnavailable
from fullhouse.messages.limits import CHANNEL_ATTEMPTS_MAX
from fullhouse.messages.model import (
    SEND_MESSAGE,
    Message,
    MessagePayload,
    MessageStatus,
    effect_key,
)
from fullhouse.messages.model.channels import (
    ChannelName,
    GatewayAnswer,
    GatewayRequest,
    OpenChannel,
    make_body,
    sms_body,
)
from fullhouse.messages.ports import MessageGateway
from fullhouse.messages.store import MessageContext, event_seq_of
from fullhouse.people.model.contact import is_invented
from fullhouse.storage.database import Session
from fullhouse.storage.sealing import Sealer
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("channels")
_CIRCUIT_OPEN: Final = GatewayAnswer("refused", "It failed several times, and rests for a while.")
_ANSWER_LOST: Final = GatewayAnswer("unknown", "An earlier attempt may have been taken.")


@dataclass(frozen=True, slots=True)
class HandOverMessage:
    """Executes effects of the kinds `hand_over` and `sms`. Safe to repeat after any outcome.

    An e-mail that Make.com does not take goes by the mail server, where there is one; so does one
    that is not acknowledged in time, since it may have been lost. An SMS has only its gateway.
    """

    prepare: PrepareMessage
    gateway: MessageGateway
    unit_of_work: UnitOfWorkFactory
    sealer: Sealer
    urls: SignedUrls
    has_mail_server: bool

    async def __call__(self, effect: Effect) -> None:
        """Raises `GatewayUnavailable` for another attempt."""
        prepared = await self.prepare(effect)
        if prepared is None or has_gone_on(prepared[0]):
            return
        message, context = prepared
        name = channel_for(message)
        if name == "make" and is_invented(message.recipient):
            await self.prepare.record(message, "stored")
            return
        async with self.unit_of_work.database.session() as session:
            channel = await open_channel(session, effect.org_id, name)
        if channel is None:  # off by now
            await self._end_without_channel(effect, message)
            return
        request = self._request(channel, message, context)
        answer = await self._send(channel, request, message)
        if is_taken(channel, answer):
            await self._record_taken(effect, message, channel)
        else:
            await self._record_refusal(effect, message, answer)

    async def give_up(self, session: Session, effect: Effect, error: Exception) -> None:
        """Record on the message that there is no further attempt."""
        await give_up(session, effect, error)
        self.prepare.metrics.outcomes.labels("any", "failed").inc()

    def _request(
        self, channel: OpenChannel, message: Message, context: MessageContext
    ) -> GatewayRequest:
        url = self.urls.acknowledge(
            context.organisation.slug, org_id=message.org_id, message_id=message.message_id
        )
        organisation = context.organisation
        if channel.channel == "make":
            email = self.prepare.email_of(message, context)
            body = make_body(email, organisation, about=message, acknowledge_url=url)
        else:
            body = sms_body(
                message.recipient,
                message.body_text,
                message_id=message.message_id,
                acknowledge_url=url,
            )
        return gateway_request(channel, self.sealer, message.message_id, body=body)

    async def _send(
        self, channel: OpenChannel, request: GatewayRequest, message: Message
    ) -> GatewayAnswer:
        """Send once what is acknowledged: an attempt whose answer was lost may have been taken."""
        if is_awaited(channel) and not await self._begin(message):
            return _ANSWER_LOST
        try:
            return await self.gateway.send(channel.channel, request)
        except ServiceUnavailable:
            return _CIRCUIT_OPEN

    async def _begin(self, message: Message) -> bool:
        """False where an earlier attempt has begun, and has not said what it was answered."""
        async with self.unit_of_work.database.session() as session:
            return bool(
                await session.execute(
                    "messages.begin_hand_over",
                    org_id=message.org_id,
                    message_id=message.message_id,
                )
            )

    async def _record_taken(self, effect: Effect, message: Message, channel: OpenChannel) -> None:
        """Sent, or to be acknowledged: then the mail server's turn comes when that is not done."""
        awaits = is_awaited(channel)
        status: MessageStatus = "handed_over" if awaits else "sent"
        async with self.unit_of_work(_context_of(effect), effect.org_id) as uow:
            await uow.session.execute(
                "messages.hand_over_message",
                org_id=message.org_id,
                message_id=message.message_id,
                status=status,
                route=channel.channel,
                at=uow.now,
            )
            if awaits:
                await _enqueue_email(uow, effect, message, minutes=channel.acknowledge_minutes)
            if channel.failing_since is not None:
                await record_health(uow, channel.channel, is_failing=False)
        self.prepare.metrics.outcomes.labels(message.kind, status).inc()
        _LOG.info("channels.handed_over", kind=message.kind, channel=channel.channel)

    async def _record_refusal(
        self, effect: Effect, message: Message, answer: GatewayAnswer
    ) -> None:
        is_tried = is_used_up(answer, tries=effect.tries)
        falls_back = self.has_mail_server and has_another_way(message, answer, is_tried=is_tried)
        async with self.unit_of_work(_context_of(effect), effect.org_id) as uow:
            await uow.session.execute(
                "messages.note_message_failure",
                org_id=message.org_id,
                message_id=message.message_id,
                error=answer.text,
            )
            if falls_back:
                await _leave_to_mail_server(uow, effect, message)
            if answer is not _CIRCUIT_OPEN:
                await note_failure(uow, channel_for(message), answer.text)
            if is_tried and answer.verdict != "rejected":
                await record_health(uow, channel_for(message), is_failing=True)
        if falls_back:
            self.prepare.metrics.outcomes.labels(message.kind, "fell_back").inc()
            _LOG.info("channels.fell_back", kind=message.kind)
        elif answer.verdict == "rejected":
            await self.prepare.record(message, "undeliverable", answer.text)
        else:
            raise GatewayUnavailable(retry_after_seconds=max(1, answer.retry_after_seconds))

    async def _end_without_channel(self, effect: Effect, message: Message) -> None:
        if message.channel == "sms":
            await self.prepare.record(message, "discarded")
            return
        async with self.unit_of_work(_context_of(effect), effect.org_id) as uow:
            await _leave_to_mail_server(uow, effect, message)


def has_gone_on(message: Message) -> bool:
    """Whether an earlier run of this job has handed it over, or left it to the mail server.

    Its outcome may have been lost after that: a message that has a way takes no second one.
    """
    return message.status == "handed_over" or message.route == "smtp"


def is_awaited(channel: OpenChannel) -> bool:
    """Whether a message that it takes is to be acknowledged."""
    return channel.channel == "make" and channel.acknowledge_minutes > 0


def is_taken(channel: OpenChannel, answer: GatewayAnswer) -> bool:
    """Whether the message is out of our hands.

    One that may have been taken is, if it is to be acknowledged; else it is sent again, by the key
    of which a gateway knows a repetition.
    """
    if answer.verdict == "unknown":
        return is_awaited(channel)
    return answer.verdict == "accepted"


def is_used_up(answer: GatewayAnswer, *, tries: int) -> bool:
    """Whether the gateway has had all the attempts that it gets."""
    return answer.verdict == "refused" or tries >= CHANNEL_ATTEMPTS_MAX


def has_another_way(message: Message, answer: GatewayAnswer, *, is_tried: bool) -> bool:
    """Whether it is the mail server's turn, where there is one: an SMS has only its gateway."""
    return message.channel == "email" and (is_tried or answer.verdict == "rejected")


def channel_for(message: Message) -> ChannelName:
    return "make" if message.channel == "email" else "sms"


def gateway_request(
    channel: OpenChannel, sealer: Sealer, message_id: UUID, *, body: bytes
) -> GatewayRequest:
    """Raises `EncryptionKeyMissing` and `EncryptionKeyWrong`."""
    key = "" if channel.key is None else sealer.open(channel.key).decode()
    return GatewayRequest(
        org_id=channel.org_id, message_id=message_id, url=channel.url, key=key, body=body
    )


async def _leave_to_mail_server(uow: UnitOfWork, effect: Effect, message: Message) -> None:
    await uow.session.execute(
        "messages.leave_to_mail_server", org_id=message.org_id, message_id=message.message_id
    )
    await _enqueue_email(uow, effect, message)


async def _enqueue_email(
    uow: UnitOfWork, effect: Effect, message: Message, *, minutes: int = 0
) -> None:
    """Have the mail server send the e-mail in so many minutes, unless it has arrived by then."""
    event_seq = event_seq_of(effect)
    request = EffectRequest(
        org_id=effect.org_id,
        key=effect_key(event_seq, message.retries),
        kind=SEND_MESSAGE,
        subject=effect.subject,
        correlation_id=effect.correlation_id,
        due_at=uow.now + timedelta(minutes=minutes) if minutes else None,
        payload=MessagePayload(event_seq),
    )
    await enqueue(uow.session, [request])


def _context_of(effect: Effect) -> RequestContext:
    return RequestContext(SYSTEM, effect.correlation_id)
