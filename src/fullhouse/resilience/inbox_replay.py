"""What was received by webhook, for screens and commands, and its processing anew."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from fullhouse.jobs import dead_letters
from fullhouse.jobs.effects import enqueue
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.events import WebhookReplayed
from fullhouse.resilience.inbox import WebhookStatus, effect_key, process_request
from fullhouse.resilience.limits import RECEIVED_WEBHOOKS_AT_ONCE_MAX
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork


class WebhookSource(Struct, frozen=True):
    """A provider whose webhooks are received; an earlier secret is valid until `previous_until`."""

    provider: str
    previous_until: datetime | None
    set_at: datetime


class ReceivedWebhook(Struct, frozen=True):
    """A webhook and what became of it, `replays` times anew. Nobody is shown its body."""

    org_id: OrgId
    webhook_id: UUID
    provider: str
    event_id: str
    received_at: datetime
    status: WebhookStatus
    ended_at: datetime | None
    replays: int


class WebhookSearch(Struct, frozen=True):
    """Those received from `since` until before `until`."""

    since: datetime
    until: datetime
    provider: str | None = None
    status: WebhookStatus | None = None
    rows_max: int = RECEIVED_WEBHOOKS_AT_ONCE_MAX


class _Replayed(Struct, frozen=True):
    webhook_id: UUID
    provider: str
    replays: int


async def webhook_sources(session: Session, org_id: OrgId) -> list[WebhookSource]:
    return await session.fetch("resilience.webhook_sources", WebhookSource, org_id=org_id)


async def received_webhooks(
    session: Session, org_id: OrgId, search: WebhookSearch
) -> list[ReceivedWebhook]:
    """The newest, at most `search.rows_max`."""
    return await session.fetch(
        "resilience.received_webhooks", ReceivedWebhook, org_id=org_id, **_parameters(search)
    )


async def received_webhook(
    session: Session, org_id: OrgId, webhook_id: UUID
) -> ReceivedWebhook | None:
    return await session.fetch_one(
        "resilience.received_webhook", ReceivedWebhook, org_id=org_id, webhook_id=webhook_id
    )


async def received_webhooks_of_all(
    session: Session, search: WebhookSearch
) -> list[ReceivedWebhook]:
    """As above, of all organisations."""
    return await session.fetch(
        "resilience.received_webhooks_of_all", ReceivedWebhook, **_parameters(search)
    )


async def replay(uow: UnitOfWork, webhook_ids: Sequence[UUID]) -> int:
    """Have webhooks processed anew, whatever became of them; how many there are.

    A dead letter of one is replaced, so that it is not retried beside. Raises `InvalidInput` for
    more than `RECEIVED_WEBHOOKS_AT_ONCE_MAX`.
    """
    if len(webhook_ids) > RECEIVED_WEBHOOKS_AT_ONCE_MAX:
        raise InvalidInput(
            f"At most {RECEIVED_WEBHOOKS_AT_ONCE_MAX} are processed anew at once.", field="ids"
        )
    replayed = await uow.session.fetch(
        "resilience.replay_webhooks", _Replayed, org_id=uow.org_id, webhook_ids=list(webhook_ids)
    )
    for one in replayed:
        await dead_letters.replace(
            uow.session, uow.org_id, effect_key(one.webhook_id, one.replays - 1)
        )
        uow.record(one.webhook_id, WebhookReplayed(provider=one.provider, replays=one.replays))
    await enqueue(
        uow.session,
        [process_request(uow, one.webhook_id, replay=one.replays) for one in replayed],
    )
    return len(replayed)


async def replay_found(uow: UnitOfWork, search: WebhookSearch) -> int:
    """As `replay`, those that a search finds: the newest, at most `search.rows_max`."""
    found = await received_webhooks(uow.session, uow.org_id, search)
    return await replay(uow, [one.webhook_id for one in found])


def _parameters(search: WebhookSearch) -> dict[str, object]:
    return {
        "since": search.since,
        "until": search.until,
        "provider": search.provider,
        "status": search.status,
        "rows_max": search.rows_max,
    }
