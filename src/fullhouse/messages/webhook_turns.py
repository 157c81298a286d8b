"""Whose turn it is: events of one subject reach an endpoint in their order, each once it is due."""

from uuid import UUID

from msgspec import Struct

from fullhouse.jobs.effects import EffectRequest, Priority, enqueue
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.errors import UnknownWebhook
from fullhouse.messages.limits import WEBHOOK_FIRST_ATTEMPTS_AT_ONCE_MAX
from fullhouse.messages.model.webhooks import (
    SEND_WEBHOOK,
    EndpointId,
    LockedEndpoint,
    WebhookPayload,
)
from fullhouse.storage.database import Session


class _GivenTurn(Struct, frozen=True):
    event_seq: int
    subject: UUID
    turns: int


async def lock_endpoint(session: Session, org_id: OrgId, endpoint_id: EndpointId) -> LockedEndpoint:
    """Raises `UnknownWebhook`."""
    found = await session.fetch_one(
        "messages.lock_webhook_endpoint", LockedEndpoint, org_id=org_id, endpoint_id=endpoint_id
    )
    if found is None:
        raise UnknownWebhook(webhook=endpoint_id)
    return found


async def give_turns(
    session: Session, org_id: OrgId, endpoint_id: EndpointId, *, correlation_id: UUID
) -> None:
    """Enqueue what may be sent now; the endpoint is locked and enabled."""
    turns = await session.fetch(
        "messages.give_webhook_turns",
        _GivenTurn,
        org_id=org_id,
        endpoint_id=endpoint_id,
        due_max=WEBHOOK_FIRST_ATTEMPTS_AT_ONCE_MAX,
    )
    await enqueue(
        session,
        [
            EffectRequest(
                org_id,
                effect_key(endpoint_id, turn.event_seq, turn.turns),
                SEND_WEBHOOK,
                turn.subject,
                correlation_id=correlation_id,
                payload=WebhookPayload(endpoint_id, turn.event_seq, turn.turns),
                priority=Priority.BULK,
            )
            for turn in turns
        ],
    )


def effect_key(endpoint_id: EndpointId, event_seq: int, turn: int) -> str:
    return f"webhook/{endpoint_id}/{event_seq}/{turn}"
