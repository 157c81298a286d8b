"""Retry a message that was not sent: by staff from its booking, by an operator for many."""

from datetime import datetime
from uuid import UUID

from fullhouse.jobs import dead_letters
from fullhouse.jobs.effects import EffectRequest, enqueue
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.channel_store import open_channel
from fullhouse.messages.errors import MessageNotRetryable, UnknownMessage
from fullhouse.messages.model import (
    HAND_OVER,
    SEND_MESSAGE,
    SEND_SMS,
    Message,
    MessagePayload,
    effect_key,
    hand_over_key,
)
from fullhouse.storage.database import Session


async def retry_message(
    session: Session,
    org_id: OrgId,
    message_id: UUID,
    *,
    correlation_id: UUID,
    due_at: datetime | None = None,
) -> Message:
    """Make the message due by a new effect, now or then; it replaces a dead letter of it.

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
    channel, seq, retries = message.channel, message.event_seq, message.retries
    kind, key = SEND_MESSAGE, effect_key(seq, retries, channel)
    if channel == "sms":
        kind = SEND_SMS
    elif await open_channel(session, org_id, "make") is not None:
        kind, key = HAND_OVER, hand_over_key(seq, retries)
    for before in (effect_key(seq, retries - 1, channel), hand_over_key(seq, retries - 1)):
        await dead_letters.replace(session, org_id, before)
    request = EffectRequest(
        org_id=org_id,
        key=key,
        kind=kind,
        subject=message.subject_id,
        correlation_id=correlation_id,
        due_at=due_at,
        payload=MessagePayload(seq, channel),
    )
    await enqueue(session, [request])
    return message
