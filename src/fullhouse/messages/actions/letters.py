"""Letters as rows: what one is about, its words, where it went; many jobs share a statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fullhouse.booking.reads.bookings import Bookings, BookingView
from fullhouse.concurrency.batcher import Batcher
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.events import Event, events_of
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.limits import LETTERS_AT_ONCE_MAX
from fullhouse.messages.model import Delivery, Message, event_told, message_id_of
from fullhouse.people.model import Organisation
from fullhouse.people.reads.organisations import organisations_by_ids
from fullhouse.storage.database import Database
from fullhouse.storage.errors import DATABASE_RULES


@dataclass(frozen=True, slots=True)
class Told:
    """What a call finds: the event, whose it is, the booking, and the letter if it was written."""

    event: Event | None
    organisation: Organisation
    view: BookingView | None
    message: Message | None


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where a letter has gone, and when."""

    org_id: OrgId
    message_id: UUID
    delivery: Delivery
    at: datetime


class Letters:
    """The rows of letters. Who asks at the same moment shares a statement with the others."""

    def __init__(self, database: Database, bookings: Bookings) -> None:
        self._database = database
        self._bookings = bookings
        self.look = Batcher(self._look, LETTERS_AT_ONCE_MAX, isolate=DATABASE_RULES)
        self.keep = Batcher(self._keep, LETTERS_AT_ONCE_MAX, isolate=DATABASE_RULES)
        self.deliver = Batcher(self._deliver, LETTERS_AT_ONCE_MAX, isolate=DATABASE_RULES)

    async def _look(self, effects: Sequence[Effect]) -> list[Told]:
        """What there is: the letter, when an earlier call wrote it, and what it is about."""
        org_ids = [effect.org_id for effect in effects]
        message_ids = [message_id_of(effect.org_id, effect.key) for effect in effects]
        async with self._database.session() as session:
            messages = await session.fetch(
                "messages.messages_by_ids", Message, org_ids=org_ids, message_ids=message_ids
            )
            events = await events_of(
                session, [(e.org_id, e.subject, event_told(e.key)) for e in effects]
            )
            organisations = await organisations_by_ids(session, set(org_ids))
        views = await self._bookings.by_ids([(e.org_id, e.subject) for e in effects])
        kept = {(message.org_id, message.message_id): message for message in messages}
        return [
            Told(
                events.get((effect.org_id, event_told(effect.key))),
                organisations[effect.org_id],
                views.get((effect.org_id, effect.subject)),
                kept.get((effect.org_id, message_id)),
            )
            for effect, message_id in zip(effects, message_ids, strict=True)
        ]

    async def _keep(self, messages: Sequence[Message]) -> list[None]:
        """Keep their words; a letter that is kept already stays as it is."""
        async with self._database.session() as session:  # one statement: its own transaction
            await session.execute(
                "messages.keep_messages",
                org_ids=[message.org_id for message in messages],
                message_ids=[message.message_id for message in messages],
                kinds=[message.kind for message in messages],
                subject_ids=[message.subject_id for message in messages],
                recipients=[message.recipient for message in messages],
                subjects=[message.subject for message in messages],
                body_texts=[message.body_text for message in messages],
                body_htmls=[message.body_html for message in messages],
                calendars=[message.calendar for message in messages],
                created_ats=[message.created_at for message in messages],
            )
        return [None] * len(messages)

    async def _deliver(self, deliveries: Sequence[Delivered]) -> list[None]:
        """Note where they have gone."""
        async with self._database.session() as session:  # one statement: its own transaction
            await session.execute(
                "messages.delivered",
                org_ids=[delivered.org_id for delivered in deliveries],
                message_ids=[delivered.message_id for delivered in deliveries],
                statuses=[delivered.delivery for delivered in deliveries],
                ats=[delivered.at for delivered in deliveries],
            )
        return [None] * len(deliveries)
