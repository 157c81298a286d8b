"""Reactions of messages to events: an e-mail to the customer, webhooks to the business's programs.

The pattern for every part: the subscriber only enqueues keyed effects, one statement a batch, in
the transaction of its cursor. Everything slow (reading, rendering, sending) is the job's.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from fullhouse.booking.events import ReminderDue, ThanksDue
from fullhouse.jobs.effects import EffectRequest, enqueue
from fullhouse.jobs.events import RelayedEvent, Subscriber
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.channel_store import take_turns
from fullhouse.messages.model import (
    EMAIL_OF_EVENT,
    EMAILED_EVENTS,
    HAND_OVER,
    SEND_MESSAGE,
    SEND_SMS,
    MessageChannel,
    MessagePayload,
    effect_key,
    hand_over_key,
)
from fullhouse.messages.model.channels import TURN
from fullhouse.messages.model.webhooks import PUBLIC_EVENTS, EndpointId
from fullhouse.messages.webhook_turns import give_turns
from fullhouse.storage.database import Session

_UNASKED: Final = frozenset({ReminderDue.kind(), ThanksDue.kind()})
"""What comes by itself, and not in the quiet hours of the business."""


async def enqueue_messages(session: Session, events: Sequence[RelayedEvent]) -> None:
    """Enqueue an e-mail for each event, by Make.com or the mail server, and an SMS for some."""
    turns = {
        (turn.org_id, turn.channel): turn
        for turn in await take_turns(session, [event.org_id for event in events])
    }
    places: Counter[OrgId] = Counter()
    requests = []
    quiet = await _quiet_ends(session, [event for event in events if event.kind in _UNASKED])
    for event in events:
        morning = quiet.get(event.seq)
        wait = TURN * places[event.org_id]
        places[event.org_id] += 1
        make = turns.get((event.org_id, "make"))
        if make is None:
            key = effect_key(event.seq)
            requests.append(_effect_of(event, SEND_MESSAGE, key, due_at=morning))
        else:
            key, due_at = hand_over_key(event.seq), _latest(make.first_at + wait, morning)
            requests.append(_effect_of(event, HAND_OVER, key, due_at=due_at))
        sms = turns.get((event.org_id, "sms"))
        if sms is not None and EMAIL_OF_EVENT[event.kind] in sms.kinds:
            key = effect_key(event.seq, channel="sms")
            due_at = _latest(sms.first_at + wait, morning)
            requests.append(_effect_of(event, SEND_SMS, key, due_at=due_at, channel="sms"))
    await enqueue(session, requests)


class _QuietEnd(Struct, frozen=True):
    seq: int
    due_at: datetime


async def _quiet_ends(session: Session, events: Sequence[RelayedEvent]) -> dict[int, datetime]:
    """Until when those wait that nobody asked for, by event: nobody is woken up by them."""
    if not events:
        return {}
    found = await session.fetch(
        "messages.quiet_ends",
        _QuietEnd,
        org_ids=[event.org_id for event in events],
        subjects=[event.subject for event in events],
        seqs=[event.seq for event in events],
        ats=[event.at for event in events],
    )
    return {one.seq: one.due_at for one in found}


def _latest(turn: datetime, morning: datetime | None) -> datetime:
    return turn if morning is None else max(turn, morning)


def _effect_of(
    event: RelayedEvent,
    kind: str,
    key: str,
    *,
    due_at: datetime | None = None,
    channel: MessageChannel = "email",
) -> EffectRequest:
    return EffectRequest(
        org_id=event.org_id,
        key=key,
        kind=kind,
        subject=event.subject,
        correlation_id=event.correlation_id,
        due_at=due_at,
        payload=MessagePayload(event.seq, channel),
    )


class _EndpointKey(Struct, frozen=True):
    org_id: OrgId
    endpoint_id: EndpointId


async def enqueue_webhooks(session: Session, events: Sequence[RelayedEvent]) -> None:
    """Note each event for each endpoint that wants it, and let the first of each line go."""
    endpoints = await session.fetch(
        "messages.lock_webhook_endpoints",
        _EndpointKey,
        org_ids=sorted({event.org_id for event in events}),
    )
    if not endpoints:
        return
    await session.execute(
        "messages.add_webhook_deliveries",
        org_ids=[event.org_id for event in events],
        seqs=[event.seq for event in events],
        kinds=[event.kind for event in events],
        subjects=[event.subject for event in events],
        ats=[event.at for event in events],
    )
    for endpoint in endpoints:
        await give_turns(
            session,
            endpoint.org_id,
            endpoint.endpoint_id,
            correlation_id=events[-1].correlation_id,
        )


def messages_subscriber() -> Subscriber:
    return Subscriber("messages", EMAILED_EVENTS, enqueue_messages, yields_under_load=True)


def webhooks_subscriber() -> Subscriber:
    return Subscriber("webhooks", PUBLIC_EVENTS, enqueue_webhooks, yields_under_load=True)
