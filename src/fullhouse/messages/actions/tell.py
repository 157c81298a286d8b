"""Tell a customer of an event: write the letter once, keep it, send it, note where it went."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from fullhouse.booking.reads.bookings import BookingView
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.events import Event
from fullhouse.kernel.clock import Clock
from fullhouse.messages.actions.letters import Delivered, Letters, Told
from fullhouse.messages.actions.writing import Occasion, Writer, Written
from fullhouse.messages.model import (
    LETTER_OF_EVENT,
    Letter,
    Message,
    is_still_true,
    message_id_of,
)
from fullhouse.messages.ports import Mailer
from fullhouse.people.model import Organisation
from fullhouse.storage.database import Session
from fullhouse.telemetry.log import get_logger
from fullhouse.telemetry.metrics import MessageMetrics

_LOG: Final = get_logger("messages")


@dataclass(frozen=True, slots=True)
class Tell:
    """Does an effect of kind `message`: safe to call again, whatever became of earlier calls."""

    letters: Letters
    writer: Writer
    mailer: Mailer
    clock: Clock
    metrics: MessageMetrics

    async def __call__(self, effect: Effect) -> None:
        """Raises what `Mailer.send` raises. A letter that is no longer true is not written."""
        told = await self.letters.look(effect)
        message = told.message or await self._written(effect, told)
        if message is None or message.status in {"sent", "kept"}:
            return
        delivery = await self.mailer.send(letter_of(message, told.organisation))
        await self.letters.deliver(
            Delivered(message.org_id, message.message_id, delivery, self.clock.now())
        )
        self.metrics.outcomes.labels(message.kind, delivery).inc()
        _LOG.info(f"a letter was {delivery}", kind=message.kind)

    async def give_up(self, session: Session, effect: Effect, error: str) -> None:
        """Note on the letter that it will not be tried again."""
        await session.execute(
            "messages.not_delivered",
            org_id=effect.org_id,
            message_id=message_id_of(effect.org_id, effect.key),
            error=error,
        )
        self.metrics.outcomes.labels("any", "failed").inc()

    async def _written(self, effect: Effect, told: Told) -> Message | None:
        """The letter, newly written and kept; `None` when there is nothing to tell any more."""
        event, view = told.event, told.view
        if event is None or view is None or not tells(event, view):
            self.metrics.outcomes.labels("any", "superseded").inc()
            return None
        occasion = Occasion(
            LETTER_OF_EVENT[event.kind], told.organisation, view, written_at=self.clock.now()
        )
        message = message_of(
            occasion, self.writer(occasion), message_id_of(effect.org_id, effect.key)
        )
        await self.letters.keep(message)
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
