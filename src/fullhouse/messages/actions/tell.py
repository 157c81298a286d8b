"""Tell a customer of an event: write the letter once, keep it, send it, note where it went."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from fullhouse.booking.reads.bookings import Bookings, BookingView
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.events import Event, event_of
from fullhouse.kernel.clock import Clock
from fullhouse.messages.actions.writing import Occasion, Writer, Written
from fullhouse.messages.model import (
    LETTER_OF_EVENT,
    Letter,
    Message,
    event_told,
    is_still_true,
    message_id_of,
)
from fullhouse.messages.ports import Mailer
from fullhouse.people.model import Organisation
from fullhouse.people.reads.organisations import organisation_by_id
from fullhouse.storage.database import Database, Session
from fullhouse.telemetry.log import get_logger
from fullhouse.telemetry.metrics import MessageMetrics

_LOG: Final = get_logger("messages")


@dataclass(frozen=True, slots=True)
class Told:
    """What a call finds: the event, whose it is, and the letter if it was written before."""

    event: Event | None
    organisation: Organisation
    message: Message | None


@dataclass(frozen=True, slots=True)
class Tell:
    """Does an effect of kind `message`: safe to call again, whatever became of earlier calls."""

    database: Database
    bookings: Bookings
    writer: Writer
    mailer: Mailer
    clock: Clock
    metrics: MessageMetrics

    async def __call__(self, effect: Effect) -> None:
        """Raises what `Mailer.send` raises. A letter that is no longer true is not written."""
        told = await self._look(effect)
        message = told.message or await self._written(effect, told)
        if message is None or message.status in {"sent", "kept"}:
            return
        delivery = await self.mailer.send(letter_of(message, told.organisation))
        async with self.database.session() as session:  # one statement: its own transaction
            await session.execute(
                "messages.delivered",
                org_id=message.org_id,
                message_id=message.message_id,
                status=delivery,
                at=self.clock.now(),
            )
        self.metrics.outcomes.labels(message.kind, delivery).inc()
        _LOG.info("a letter went out", kind=message.kind, delivery=delivery)

    async def give_up(self, session: Session, effect: Effect, error: str) -> None:
        """Note on the letter that it will not be tried again."""
        await session.execute(
            "messages.not_delivered",
            org_id=effect.org_id,
            message_id=message_id_of(effect.org_id, effect.key),
            error=error,
        )
        self.metrics.outcomes.labels("any", "failed").inc()

    async def _look(self, effect: Effect) -> Told:
        """What there is: the letter, when an earlier call wrote it, and else its event."""
        org_id = effect.org_id
        async with self.database.session() as session:
            message = await session.fetch_one(
                "messages.message_by_id",
                Message,
                org_id=org_id,
                message_id=message_id_of(org_id, effect.key),
            )
            event = await event_of(
                session, org_id, subject=effect.subject, seq=event_told(effect.key)
            )
            organisation = await organisation_by_id(session, org_id)
        assert organisation is not None, "a booking's organisation exists"
        return Told(event, organisation, message)

    async def _written(self, effect: Effect, told: Told) -> Message | None:
        """The letter, newly written and kept; `None` when there is nothing to tell any more."""
        event = told.event
        view = await self.bookings.by_id(effect.org_id, effect.subject)
        if event is None or view is None or not tells(event, view):
            self.metrics.outcomes.labels("any", "superseded").inc()
            return None
        occasion = Occasion(
            LETTER_OF_EVENT[event.kind], told.organisation, view, written_at=self.clock.now()
        )
        message = message_of(
            occasion, self.writer(occasion), message_id_of(effect.org_id, effect.key)
        )
        async with self.database.session() as session:  # one statement: its own transaction
            await keep(session, message)
        return message


def tells(event: Event, view: BookingView) -> bool:
    """Whether the event's letter would still say what is so, to somebody with an address."""
    booking = view.booking
    moved_to = event.data.get("starts_at") if event.kind == "Rescheduled" else None
    moved_on = isinstance(moved_to, str) and datetime.fromisoformat(moved_to) != booking.starts_at
    return (
        bool(booking.customer_email)
        and not moved_on
        and is_still_true(LETTER_OF_EVENT[event.kind], booking.status)
    )


def message_of(occasion: Occasion, written: Written, message_id: UUID) -> Message:
    booking = occasion.view.booking
    return Message(
        org_id=booking.org_id,
        message_id=message_id,
        kind=occasion.kind,
        subject_id=booking.booking_id,
        recipient=booking.customer_email,
        subject=written.subject,
        body_text=written.text,
        body_html=written.html,
        calendar=written.calendar,
        status="due",
        created_at=occasion.written_at,
        sent_at=None,
        last_error="",
    )


async def keep(session: Session, message: Message) -> None:
    """Keep a letter's words; one that is kept already stays as it is."""
    await session.execute(
        "messages.keep_message",
        org_id=message.org_id,
        message_id=message.message_id,
        kind=message.kind,
        subject_id=message.subject_id,
        recipient=message.recipient,
        subject=message.subject,
        body_text=message.body_text,
        body_html=message.body_html,
        calendar=message.calendar,
        created_at=message.created_at,
    )


def letter_of(message: Message, organisation: Organisation) -> Letter:
    return Letter(
        message_id=message.message_id,
        recipient=message.recipient,
        subject=message.subject,
        text=message.body_text,
        html=message.body_html,
        calendar=message.calendar,
        sender_name=organisation.name,
        reply_to=organisation.email,
    )
