"""Retry a message that was not sent: by staff from its booking, by an operator for many."""

from uuid import UUID

from fullhouse.jobs import dead_letters
from fullhouse.jobs.effects import EffectRequest, enqueue
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.errors import MessageNotRetryable, UnknownMessage
from fullhouse.messages.model import (
    SEND_MESSAGE,
    SEND_SMS,
    Message,
    MessagePayload,
    effect_key,
)
from fullhouse.storage.database import Session


async def retry_message(
    session: Session, org_id: OrgId, message_id: UUID, *, correlation_id: UUID
) -> Message:
    """Make the message due by a new effect; it replaces a dead letter of it.

    It is not limited again: a person has decided. Raises `UnknownMessage`, `MessageNotRetryable`.
    """
    message = await session.fetch_one(
        "messages.retry_message", Message, org_id=org_id, message_id=message_id
    )
    if message is None:
        known = await session.fetch_one(
            "messages.message_by_id", Message, org_id=org_id, message_id=message_id
        )
        raise UnknownMessage if known is None else MessageNotRetryable
    channel = message.channel
    before = effect_key(message.event_seq, message.retries - 1, channel)
    await dead_letters.replace(session, org_id, before)
    request = EffectRequest(
        org_id=org_id,
        key=effect_key(message.event_seq, message.retries, channel),
        kind=SEND_SMS if channel == "sms" else SEND_MESSAGE,
        subject=message.subject_id,
        correlation_id=correlation_id,
        payload=MessagePayload(message.event_seq, channel),
    )
    await enqueue(session, [request])
    return message
