"""Webhooks that providers send: verified, stored, answered, and then processed once, in any order.

A request is answered when its row and its job are committed, and no earlier. What is wrong with a
handler makes a dead letter; the webhook is replayed when it is mended. A provider is registered
with a scheme of signatures and a handler, in `bootstrap/inbox.py`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from fullhouse.jobs.effects import Effect, EffectRequest, enqueue
from fullhouse.jobs.kinds import JobKind, RecurringJob
from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids, OrgId, derived_id
from fullhouse.resilience.errors import UnknownWebhookSource, WebhookNotSigned
from fullhouse.resilience.events import (
    WebhookProcessed,
    WebhookReceived,
    WebhookSourceRemoved,
    WebhookSourceSet,
)
from fullhouse.resilience.limits import (
    RECEIVED_WEBHOOKS_KEPT_DAYS,
    RECEIVED_WEBHOOKS_PRUNED_AT_ONCE_MAX,
    WEBHOOK_SECRET_CHARACTERS_MAX,
    WEBHOOK_SECRET_CHARACTERS_MIN,
    WEBHOOK_SECRETS_OVERLAP_HOURS,
)
from fullhouse.resilience.metrics import InboxMetrics
from fullhouse.resilience.webhook_signatures import (
    SECRET_PREFIX,
    IncomingWebhook,
    SignatureScheme,
)
from fullhouse.storage.database import Database, Session
from fullhouse.storage.sealing import Sealer
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

PROCESS_WEBHOOK: Final = "received_webhook"
"""Kind of the effect that processes one; its subject is the webhook's id."""
_SECRET_WANTED: Final = (
    "Send the secret as the provider shows it, "
    f"of at least {WEBHOOK_SECRET_CHARACTERS_MIN} characters."
)

WebhookStatus = Literal["waiting", "processed", "ignored", "failed"]


class WebhookToProcess(Struct, frozen=True):
    """A webhook as its handler gets it; its signature was valid."""

    org_id: OrgId
    webhook_id: UUID
    provider: str
    event_id: str
    body: bytes
    received_at: datetime


HandleWebhook = Callable[[UnitOfWork, WebhookToProcess], Awaitable[bool]]
"""Does what a webhook asks for, in the transaction that ends it: rows, events and effects, and no
call to anybody. False when it is about nothing of ours. A permanent error ends it as failed."""


class InboxProvider(Struct, frozen=True):
    """Whose webhooks are received, how they are signed, and what is done about each."""

    name: str
    scheme: SignatureScheme
    handle: HandleWebhook


class _Secrets(Struct, frozen=True):
    secret: bytes
    previous_secret: bytes | None


class _Replay(Struct, frozen=True):
    """The payload of the job: which time it is processed, from 0."""

    replay: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """Receives and processes webhooks; knows all providers by their name."""

    unit_of_work: UnitOfWorkFactory
    providers: Mapping[str, InboxProvider]
    sealer: Sealer
    ids: Ids
    metrics: InboxMetrics

    async def receive(self, org_id: OrgId, provider: str, webhook: IncomingWebhook) -> None:
        """Store a webhook with its job, or know it by its id as a repetition.

        Raises `UnknownWebhookSource`, `WebhookNotSigned`, and `InvalidInput` without an id.
        """
        known = self._provider(provider)
        context = RequestContext(SYSTEM, self.ids.uuid())
        try:
            async with self.unit_of_work(context, org_id) as uow:
                event_id = known.scheme(webhook, await self._secrets(uow, provider))
                is_new = await self._store(uow, provider, event_id, body=webhook.body)
        except WebhookNotSigned:
            self.metrics.received.labels(provider, "not_signed").inc()
            raise
        self.metrics.received.labels(provider, "stored" if is_new else "repeated").inc()

    async def set_secret(self, uow: UnitOfWork, provider: str, secret: str) -> None:
        """Receive a provider's webhooks; a secret before this one is valid for a day more.

        Raises `UnknownWebhookSource`, `InvalidInput` and `EncryptionKeyMissing`.
        """
        self._provider(provider)
        given = secret.strip()
        is_text = given.isascii() and given.isprintable()
        is_guessed = len(given.removeprefix(SECRET_PREFIX)) < WEBHOOK_SECRET_CHARACTERS_MIN
        if not is_text or is_guessed or len(given) > WEBHOOK_SECRET_CHARACTERS_MAX:
            raise InvalidInput(_SECRET_WANTED, field="secret")
        await uow.session.execute(
            "resilience.set_webhook_source",
            org_id=uow.org_id,
            provider=provider,
            secret=self.sealer.seal(given.encode()),
            previous_until=uow.now + timedelta(hours=WEBHOOK_SECRETS_OVERLAP_HOURS),
            at=uow.now,
        )
        uow.record(_source_id(uow.org_id, provider), WebhookSourceSet(provider=provider))

    async def remove(self, uow: UnitOfWork, provider: str) -> None:
        """Receive none of a provider any more. Raises `UnknownWebhookSource`."""
        removed = await uow.session.execute(
            "resilience.remove_webhook_source", org_id=uow.org_id, provider=provider
        )
        if not removed:
            raise UnknownWebhookSource
        uow.record(_source_id(uow.org_id, provider), WebhookSourceRemoved(provider=provider))

    async def process(self, effect: Effect) -> None:
        """Hand a webhook to its provider's handler; one that was processed is left as it is."""
        key, replay = _key_of(effect), effect.payload_as(_Replay).replay
        context = RequestContext(SYSTEM, effect.correlation_id)
        async with self.unit_of_work(context, effect.org_id) as uow:
            webhook = await uow.session.fetch_one(
                "resilience.webhook_to_process", WebhookToProcess, **key, replay=replay
            )
            if webhook is None:
                return
            is_ours = await self._provider(webhook.provider).handle(uow, webhook)
            status: WebhookStatus = "processed" if is_ours else "ignored"
            await _end(uow.session, effect, status, at=uow.now)
            event = WebhookProcessed(provider=webhook.provider, status=status)
            uow.record(webhook.webhook_id, event)
        self.metrics.processed.labels(webhook.provider, status).inc()

    async def give_up(self, session: Session, effect: Effect, _error: Exception) -> None:
        """Note that it has failed, beside its dead letter."""
        await _end(session, effect, "failed", at=self.unit_of_work.clock.now())

    def kind(self) -> JobKind:
        return JobKind(PROCESS_WEBHOOK, self.process, on_dead_letter=self.give_up)

    async def _store(self, uow: UnitOfWork, provider: str, event_id: str, *, body: bytes) -> bool:
        webhook_id = self.ids.uuid()
        is_new = await uow.session.execute(
            "resilience.store_webhook",
            org_id=uow.org_id,
            webhook_id=webhook_id,
            provider=provider,
            event_id=event_id,
            body=body,
            at=uow.now,
        )
        if is_new:
            await enqueue(uow.session, [process_request(uow, webhook_id)])
            uow.record(webhook_id, WebhookReceived(provider=provider))
        return bool(is_new)

    async def _secrets(self, uow: UnitOfWork, provider: str) -> Sequence[str]:
        found = await uow.session.fetch_one(
            "resilience.webhook_source_secrets",
            _Secrets,
            org_id=uow.org_id,
            provider=provider,
            at=uow.now,
        )
        if found is None:
            raise UnknownWebhookSource
        sealed = filter(None, (found.secret, found.previous_secret))
        return [self.sealer.open(one).decode() for one in sealed]

    def _provider(self, name: str) -> InboxProvider:
        provider = self.providers.get(name)
        if provider is None:
            raise UnknownWebhookSource
        return provider


@dataclass(frozen=True, slots=True)
class PruneReceivedWebhooks:
    """Deletes what was received long ago, some rows in each short transaction."""

    database: Database

    async def __call__(self) -> None:
        deleted = rows_max = RECEIVED_WEBHOOKS_PRUNED_AT_ONCE_MAX
        while deleted == rows_max:
            async with self.database.unrestricted.session() as session:
                deleted = await session.execute(
                    "resilience.prune_webhooks",
                    age=timedelta(days=RECEIVED_WEBHOOKS_KEPT_DAYS),
                    rows_max=rows_max,
                )

    def job(self) -> RecurringJob:
        return RecurringJob("prune received webhooks", self, every=timedelta(hours=1))


def process_request(uow: UnitOfWork, webhook_id: UUID, *, replay: int = 0) -> EffectRequest:
    """The job that processes a webhook, the `replay`th time."""
    return EffectRequest(
        uow.org_id,
        effect_key(webhook_id, replay),
        PROCESS_WEBHOOK,
        webhook_id,
        uow.context.correlation_id,
        payload=_Replay(replay),
    )


def effect_key(webhook_id: UUID, replay: int) -> str:
    return f"received_webhook/{webhook_id}/{replay}"


async def _end(session: Session, effect: Effect, status: WebhookStatus, *, at: datetime) -> None:
    replay = effect.payload_as(_Replay).replay
    await session.execute(
        "resilience.end_webhook", **_key_of(effect), replay=replay, status=status, at=at
    )


def _key_of(effect: Effect) -> dict[str, UUID]:
    return {"org_id": effect.org_id, "webhook_id": effect.subject}


def _source_id(org_id: OrgId, provider: str) -> UUID:
    return derived_id(str(org_id), "webhook source", provider)
