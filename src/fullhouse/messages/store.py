"""E-mails as rows. Concurrent jobs share statements: each method is batched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from fullhouse.booking.events import ContactChanged, TimeClosed
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.reads.bookings import Bookings, BookingView, WaitingView
from fullhouse.concurrency.batcher import Batcher
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.events import RelayedEvent, events_of
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.email_text_store import own_texts
from fullhouse.messages.errors import EarlierMessageDue
from fullhouse.messages.limits import (
    MAILBOX_MESSAGES_PER_DAY_MAX,
    MAILBOX_MESSAGES_PER_HOUR_MAX,
    MESSAGES_PER_STATEMENT_MAX,
)
from fullhouse.messages.model import (
    Message,
    MessageChannel,
    MessagePayload,
    MessageStatus,
    Outcome,
    message_id_of,
)
from fullhouse.messages.model.email_texts import EmailTexts
from fullhouse.messages.suppressions import reasons_against
from fullhouse.people.model import Organisation
from fullhouse.people.reads.organisations import organisations_by_ids
from fullhouse.storage.database import Database
from fullhouse.storage.errors import DATABASE_RULES

_ALL_SMS: Final = "sms"
"""Locked as if it were a mailbox, since the SMS of a business are counted together as well."""


class MessageContext(Struct, frozen=True):
    """What an effect is about: event, organisation, booking, and the e-mail if it is stored.

    `texts` are those that the organisation has written itself.
    """

    event: RelayedEvent | None
    organisation: Organisation
    view: BookingView | None
    message: Message | None
    texts: EmailTexts = {}


class StoredStatus(Struct, frozen=True):
    """The status that an e-mail has after it was stored."""

    org_id: OrgId
    message_id: UUID
    status: MessageStatus


class OutcomeRecord(Struct, frozen=True):
    """How and when a stored e-mail was delivered, or why it cannot be."""

    org_id: OrgId
    message_id: UUID
    outcome: Outcome
    at: datetime
    error: str = ""


class MessageStore:
    """Loads and stores e-mails; a failing one fails alone, see `Batcher`."""

    def __init__(self, database: Database, bookings: Bookings) -> None:
        self._database = database
        self._bookings = bookings
        self.load = Batcher(self._load, MESSAGES_PER_STATEMENT_MAX, isolate=DATABASE_RULES)
        self.store = Batcher(self._store, MESSAGES_PER_STATEMENT_MAX, isolate=DATABASE_RULES)
        self.record = Batcher(self._record, MESSAGES_PER_STATEMENT_MAX, isolate=DATABASE_RULES)

    async def _load(self, effects: Sequence[Effect]) -> list[MessageContext]:
        """The context of each effect; `message` is set when an earlier attempt stored it."""
        org_ids = [effect.org_id for effect in effects]
        message_ids = [message_id_of_effect(effect) for effect in effects]
        async with self._database.unrestricted.session() as session:
            messages = await session.fetch(
                "messages.messages_by_ids", Message, org_ids=org_ids, message_ids=message_ids
            )
            events = await events_of(
                session, [(e.org_id, e.subject, event_seq_of(e)) for e in effects]
            )
            organisations = await organisations_by_ids(session, set(org_ids))
            texts = await own_texts(session, set(org_ids))
        views = await self._bookings.by_ids([(e.org_id, e.subject) for e in effects])
        stored = {(message.org_id, message.message_id): message for message in messages}
        return [
            MessageContext(
                events.get((effect.org_id, event_seq_of(effect))),
                organisations[effect.org_id],
                views.get((effect.org_id, effect.subject)),
                stored.get((effect.org_id, message_id)),
                texts.get(effect.org_id, {}),
            )
            for effect, message_id in zip(effects, message_ids, strict=True)
        ]

    async def waiting_view(self, event: RelayedEvent) -> WaitingView | None:
        """The waiting-list entry that an event is about."""
        return await self._bookings.waiting(event.org_id, event.subject)

    async def is_withdrawn(self, event: RelayedEvent) -> bool:
        """Whether what an event says of a closed time was taken back.

        An e-mail is stored before this is asked and sent after it: see `told_of_closure`.
        """
        if event.kind != TimeClosed.kind():
            return False
        closed = msgspec.convert(event.payload, TimeClosed)
        async with self._database.session() as session:
            stands = await session.fetch_value(
                "messages.closure_stands", bool, org_id=event.org_id, closure_id=closed.closure_id
            )
        return not stands

    async def told_of_closure(self, event: RelayedEvent, channel: MessageChannel) -> bool:
        """Whether a message before this event has said that the time is closed.

        Raises `EarlierMessageDue` while one is stored and not settled: it may be on its way. One
        that is stored after the closure was taken back is never sent.
        """
        async with self._database.session() as session:
            status = await session.fetch_value(
                "messages.closing_status",
                str,
                org_id=event.org_id,
                subject_id=event.subject,
                event_seq=event.seq,
                channel=channel,
            )
        if status == "due":
            raise EarlierMessageDue
        return status in {"handed_over", "sent", "stored"}

    async def claim(self, message: Message) -> bool:
        """Take what was handed over back, to be sent another way; False once it has arrived.

        Also what was left to the mail server since it was read: the job under way is its only one.
        """
        async with self._database.transaction() as session:
            return bool(
                await session.execute(
                    "messages.claim_handed_over",
                    org_id=message.org_id,
                    message_id=message.message_id,
                )
            )

    async def suppressed_for(self, message: Message, *, now: datetime) -> str:
        """Why the recipient gets only what is needed; empty for one who gets everything."""
        async with self._database.session() as session:
            found = await reasons_against(session, message.org_id, message.recipient, now=now)
        return ", ".join(found)

    async def recipient_of(self, event: RelayedEvent, booking: Booking) -> str:
        """Whom the e-mail about an event is for; nobody if empty.

        That an address was changed is told the one before, if it got any e-mail about the booking.
        """
        if event.kind != ContactChanged.kind():
            return booking.customer_email
        payload = msgspec.convert(event.payload, ContactChanged)
        if "email" not in payload.fields:
            return ""
        async with self._database.unrestricted.session() as session:
            before = await session.fetch_value(
                "messages.earlier_recipient",
                str,
                org_id=event.org_id,
                subject_id=event.subject,
                event_seq=event.seq,
            )
        return "" if before in {None, booking.customer_email} else str(before)

    async def _store(self, messages: Sequence[Message]) -> list[MessageStatus]:
        """Insert the e-mails; one that is stored already keeps its texts and its status."""
        org_ids = [message.org_id for message in messages]
        mailboxes = [message.mailbox for message in messages]
        counted = [one.org_id for one in messages if one.channel == "sms" and one.mailbox]
        async with self._database.unrestricted.transaction() as session:
            await session.execute(
                "messages.lock_mailboxes",
                org_ids=[*org_ids, *counted],
                mailboxes=[*mailboxes, *[_ALL_SMS] * len(counted)],
            )
            stored = await session.fetch(
                "messages.store_messages",
                StoredStatus,
                per_hour_max=MAILBOX_MESSAGES_PER_HOUR_MAX,
                per_day_max=MAILBOX_MESSAGES_PER_DAY_MAX,
                org_ids=org_ids,
                message_ids=[message.message_id for message in messages],
                kinds=[message.kind for message in messages],
                subject_ids=[message.subject_id for message in messages],
                event_seqs=[message.event_seq for message in messages],
                recipients=[message.recipient for message in messages],
                mailboxes=mailboxes,
                subjects=[message.subject for message in messages],
                body_texts=[message.body_text for message in messages],
                body_htmls=[message.body_html for message in messages],
                calendars=[message.calendar for message in messages],
                qrs=[message.qr for message in messages],
                created_ats=[message.created_at for message in messages],
                channels=[message.channel for message in messages],
            )
        statuses = {(row.org_id, row.message_id): row.status for row in stored}
        return [statuses[message.org_id, message.message_id] for message in messages]

    async def _record(self, records: Sequence[OutcomeRecord]) -> list[None]:
        # One statement is a transaction of its own
        async with self._database.unrestricted.session() as session:
            await session.execute(
                "messages.record_outcomes",
                org_ids=[record.org_id for record in records],
                message_ids=[record.message_id for record in records],
                statuses=[record.outcome for record in records],
                ats=[record.at for record in records],
                errors=[record.error for record in records],
            )
        return [None] * len(records)


def event_seq_of(effect: Effect) -> int:
    """Return the number of the event that the effect tells of."""
    return effect.payload_as(MessagePayload).event_seq


def message_id_of_effect(effect: Effect) -> UUID:
    """Return the id of the message that the effect sends."""
    payload = effect.payload_as(MessagePayload)
    return message_id_of(effect.org_id, payload.event_seq, payload.channel)
