"""Webhooks for screens and programs: endpoints, deliveries with their attempts, secrets."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from fullhouse.kernel.ids import OrgId
from fullhouse.messages.errors import UnknownWebhook
from fullhouse.messages.model.webhooks import (
    DeliveryStatus,
    EndpointId,
    WebhookEndpoint,
)
from fullhouse.storage.database import Session


class WebhookAttempt(Struct, frozen=True):
    """An attempt; without a `status_code` the answer says why there was none."""

    event_seq: int
    at: datetime
    seconds: float
    status_code: int | None
    answer: str


class WebhookDelivery(Struct, frozen=True):
    """An event at an endpoint; `attempts` counts since it was last sent anew."""

    event_seq: int
    kind: str
    subject: UUID
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    ended_at: datetime | None


class DeliverySearch(Struct, frozen=True):
    """Which deliveries: those of events before `before`, the newest first."""

    limit: int
    status: DeliveryStatus | None = None
    before: int | None = None


async def webhook_endpoints(session: Session, org_id: OrgId) -> list[WebhookEndpoint]:
    """The organisation's endpoints, the oldest first."""
    return await session.fetch("messages.webhook_endpoints", WebhookEndpoint, org_id=org_id)


async def webhook_endpoint(
    session: Session, org_id: OrgId, endpoint_id: EndpointId
) -> WebhookEndpoint:
    """Raises `UnknownWebhook`."""
    for endpoint in await webhook_endpoints(session, org_id):
        if endpoint.endpoint_id == endpoint_id:
            return endpoint
    raise UnknownWebhook(webhook=endpoint_id)


async def webhook_deliveries(
    session: Session, endpoint: WebhookEndpoint, search: DeliverySearch
) -> list[tuple[WebhookDelivery, Sequence[WebhookAttempt]]]:
    """A page of deliveries, each with all its attempts, the oldest first."""
    about = {"org_id": endpoint.org_id, "endpoint_id": endpoint.endpoint_id}
    deliveries = await session.fetch(
        "messages.webhook_deliveries",
        WebhookDelivery,
        **about,
        before=search.before,
        status=search.status,
        limit=search.limit,
    )
    attempts: dict[int, list[WebhookAttempt]] = defaultdict(list)
    for attempt in await session.fetch(
        "messages.webhook_attempts",
        WebhookAttempt,
        **about,
        event_seqs=[delivery.event_seq for delivery in deliveries],
    ):
        attempts[attempt.event_seq].append(attempt)
    return [(delivery, attempts[delivery.event_seq]) for delivery in deliveries]
