"""Send one event to one endpoint: sign it, post it, record the attempt, and let the next go."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.reads.event_feed import FeedRow
from fullhouse.jobs.effects import Effect, EffectRequest, Priority, enqueue
from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.errors import UnknownWebhook
from fullhouse.messages.events import WebhookDisabled
from fullhouse.messages.limits import (
    WEBHOOK_DELAYS_SECONDS,
    WEBHOOK_FAILING_SECONDS_MAX,
    WEBHOOK_SECONDS_MAX,
)
from fullhouse.messages.metrics import WebhookMetrics
from fullhouse.messages.model.webhooks import (
    SEND_WEBHOOK_AGAIN,
    DeliveryStatus,
    LockedEndpoint,
    SignedRequest,
    WebhookAnswer,
    WebhookPayload,
    body_of,
    sign,
    webhook_id,
)
from fullhouse.messages.ports import WebhookSender
from fullhouse.messages.webhook_turns import effect_key, give_turns, lock_endpoint
from fullhouse.people.account_messages import tell
from fullhouse.people.updates import locked_owners
from fullhouse.storage.database import Session
from fullhouse.storage.sealing import Sealer
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory
from fullhouse.telemetry.error_summaries import summary_of
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("webhooks")
_JITTER: Final = 0.2
_OPEN: Final = {"waiting", "due"}


class _Delivery(FeedRow, frozen=True, kw_only=True):
    """An event and how far it came at an endpoint."""

    status: DeliveryStatus
    attempts: int
    turns: int

    def is_turn(self, turn: int) -> bool:
        """Whether this turn has not ended yet; one that ended as a dead letter may be retried."""
        has_attempts = self.attempts <= len(WEBHOOK_DELAYS_SECONDS)
        is_open = self.status == "due" or (self.status == "failed" and has_attempts)
        return is_open and self.turns == turn


class EventBody(Struct, frozen=True):
    """An event as `GET …/events` lists it."""

    kind: str
    id: str
    at: datetime
    subject: UUID
    ref: str | None
    actor: str
    request_id: UUID
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class SendWebhook:
    """The job. A failed attempt is an outcome of the delivery, and enqueues the next by itself.

    A worker that dies after the endpoint has answered sends the event again, with the same id.
    What fails for our own reason, such as a lost key, is a dead letter: its event gives way to the
    next of its line, and is sent out of turn when the dead letter is retried.
    """

    unit_of_work: UnitOfWorkFactory
    sender: WebhookSender
    sealer: Sealer
    metrics: WebhookMetrics
    random: Random

    async def __call__(self, effect: Effect) -> None:
        payload = effect.payload_as(WebhookPayload)
        context = RequestContext(SYSTEM, effect.correlation_id)
        async with self.unit_of_work(context, effect.org_id) as uow:
            try:
                endpoint = await lock_endpoint(uow.session, uow.org_id, payload.endpoint_id)
            except UnknownWebhook:
                return
            delivery = await _load(uow, payload)
            if delivery is None or not delivery.is_turn(payload.turn):
                return
            if endpoint.disabled_at is not None:
                await _record(
                    uow.session, uow.org_id, payload, status="waiting", at=uow.now, attempts=0
                )
                return
            request = self._request(endpoint, delivery, now=uow.now)
            began = uow.now
        answer = await self.sender.send(request, seconds_max=WEBHOOK_SECONDS_MAX)
        async with self.unit_of_work(context, effect.org_id) as uow:
            await self._settle(uow, payload, delivery, answer=answer, began=began)

    async def give_up(self, session: Session, effect: Effect, error: Exception) -> None:
        """Let the next of the line go: this event failed here, and is a dead letter."""
        payload, now = effect.payload_as(WebhookPayload), self.unit_of_work.clock.now()
        try:
            endpoint = await lock_endpoint(session, effect.org_id, payload.endpoint_id)
        except UnknownWebhook:
            return
        if not await _record(session, effect.org_id, payload, status="failed", at=now, attempts=0):
            return
        answer = WebhookAnswer(None, f"Not sent, for a reason of ours: {summary_of(error)}")
        await _add_attempt(session, effect.org_id, payload, answer=answer, span=(now, now))
        self.metrics.outcomes.labels("failed").inc()
        if endpoint.disabled_at is None:
            await give_turns(
                session,
                effect.org_id,
                payload.endpoint_id,
                correlation_id=effect.correlation_id,
            )

    def _request(
        self, endpoint: LockedEndpoint, delivery: _Delivery, *, now: datetime
    ) -> SignedRequest:
        secrets = [self.sealer.open(endpoint.secret)]
        if endpoint.previous_secret is not None and _is_before(now, endpoint.previous_until):
            secrets.append(self.sealer.open(endpoint.previous_secret))
        event = EventBody(
            kind=delivery.kind,
            id=str(delivery.seq),
            at=delivery.at,
            subject=delivery.subject,
            ref=delivery.ref,
            actor=delivery.actor,
            request_id=delivery.correlation_id,
            data=delivery.payload,
        )
        body = body_of(delivery.kind, delivery.at, event)
        headers = sign(body, message_id=webhook_id(delivery.seq), at=now, secrets=secrets)
        return SignedRequest(endpoint.url, {**headers, "content-type": "application/json"}, body)

    async def _settle(
        self,
        uow: UnitOfWork,
        payload: WebhookPayload,
        delivery: _Delivery,
        *,
        answer: WebhookAnswer,
        began: datetime,
    ) -> None:
        try:
            endpoint = await lock_endpoint(uow.session, uow.org_id, payload.endpoint_id)
        except UnknownWebhook:
            return
        reason = endpoint.disabled_reason or _reason_to_disable(endpoint, answer, now=uow.now)
        status = _status_after(delivery, answer, is_disabled=bool(reason))
        if not await _record(uow.session, uow.org_id, payload, status=status, at=uow.now):
            return
        await _add_attempt(uow.session, uow.org_id, payload, answer=answer, span=(began, uow.now))
        self.metrics.outcomes.labels("retried" if status in _OPEN else status).inc()
        await _record_health(uow, endpoint, answer, reason=reason)
        if status == "due":
            await self._try_again(uow, payload, delivery, answer=answer)
        if not reason:
            await give_turns(
                uow.session,
                uow.org_id,
                payload.endpoint_id,
                correlation_id=uow.context.correlation_id,
            )

    async def _try_again(
        self,
        uow: UnitOfWork,
        payload: WebhookPayload,
        delivery: _Delivery,
        *,
        answer: WebhookAnswer,
    ) -> None:
        """Later, and not before the endpoint asks for it; what was never tried goes first."""
        jitter = self.random.uniform(1 - _JITTER, 1 + _JITTER)
        seconds = WEBHOOK_DELAYS_SECONDS[delivery.attempts] * jitter
        seconds = max(seconds, answer.retry_after_seconds)
        turn = payload.turn + 1
        request = EffectRequest(
            uow.org_id,
            effect_key(payload.endpoint_id, payload.event_seq, turn),
            SEND_WEBHOOK_AGAIN,
            delivery.subject,
            correlation_id=delivery.correlation_id,
            due_at=uow.now + timedelta(seconds=seconds),
            payload=WebhookPayload(payload.endpoint_id, payload.event_seq, turn),
            priority=Priority.BULK,
        )
        await enqueue(uow.session, [request])


def _status_after(
    delivery: _Delivery, answer: WebhookAnswer, *, is_disabled: bool
) -> DeliveryStatus:
    if answer.is_success:
        return "delivered"
    if is_disabled:
        return "waiting"  # until the endpoint is enabled again
    return "due" if delivery.attempts < len(WEBHOOK_DELAYS_SECONDS) else "failed"


def _reason_to_disable(endpoint: LockedEndpoint, answer: WebhookAnswer, *, now: datetime) -> str:
    if answer.is_gone:
        return "gone"
    since = endpoint.failing_since
    if answer.is_success or since is None:
        return ""
    return "failing" if (now - since).total_seconds() >= WEBHOOK_FAILING_SECONDS_MAX else ""


async def _record_health(
    uow: UnitOfWork, endpoint: LockedEndpoint, answer: WebhookAnswer, *, reason: str
) -> None:
    """Keep since when the endpoint fails, and that it is not called any more."""
    since = None if answer.is_success else endpoint.failing_since or uow.now
    is_new = bool(reason) and endpoint.disabled_at is None
    if since == endpoint.failing_since and not is_new:
        return
    await uow.session.execute(
        "messages.record_webhook_health",
        org_id=uow.org_id,
        endpoint_id=endpoint.endpoint_id,
        failing_since=since,
        disabled_at=uow.now if is_new else endpoint.disabled_at,
        disabled_reason=reason,
    )
    if is_new:
        uow.record(endpoint.endpoint_id, WebhookDisabled(reason=reason))
        for owner in await locked_owners(uow.session, uow.org_id):
            await tell(uow, "webhook_disabled", owner, org_id=uow.org_id)
        _LOG.warning("webhooks.disabled", endpoint_id=endpoint.endpoint_id, reason=reason)


async def _load(uow: UnitOfWork, payload: WebhookPayload) -> _Delivery | None:
    return await uow.session.fetch_one(
        "messages.webhook_delivery",
        _Delivery,
        org_id=uow.org_id,
        endpoint_id=payload.endpoint_id,
        event_seq=payload.event_seq,
    )


async def _record(
    session: Session,
    org_id: OrgId,
    payload: WebhookPayload,
    *,
    status: DeliveryStatus,
    at: datetime,
    attempts: int = 1,
) -> bool:
    """False when the event was given another turn since, or has ended."""
    recorded = await session.execute(
        "messages.record_webhook_outcome",
        org_id=org_id,
        endpoint_id=payload.endpoint_id,
        event_seq=payload.event_seq,
        turn=payload.turn,
        turns_more=1 if status == "due" else 0,
        attempts_more=attempts,
        attempts_max=len(WEBHOOK_DELAYS_SECONDS),
        status=status,
        at=at,
    )
    return bool(recorded)


async def _add_attempt(
    session: Session,
    org_id: OrgId,
    payload: WebhookPayload,
    *,
    answer: WebhookAnswer,
    span: tuple[datetime, datetime],
) -> None:
    began, ended = span
    await session.execute(
        "messages.add_webhook_attempt",
        org_id=org_id,
        endpoint_id=payload.endpoint_id,
        event_seq=payload.event_seq,
        at=began,
        seconds=(ended - began).total_seconds(),
        status_code=answer.status_code,
        answer=answer.text,
    )


def _is_before(now: datetime, until: datetime | None) -> bool:
    return until is not None and now < until
