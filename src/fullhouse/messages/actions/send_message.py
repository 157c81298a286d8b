"""Send the e-mail about an event: render it once, store it, send it, record the delivery."""

from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.events import Rescheduled, history_event
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.events import RelayedEvent
from fullhouse.kernel.clock import Clock
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import (
    EMAIL_OF_EVENT,
    Email,
    Message,
    fits_status,
    message_id_of,
)
from fullhouse.messages.ports import Mailer
from fullhouse.messages.rendering import MessageRenderer, RenderContext, RenderedMessage
from fullhouse.messages.store import DeliveryRecord, MessageContext, MessageStore
from fullhouse.people.model import Organisation
from fullhouse.storage.database import Session
from fullhouse.telemetry.error_summaries import summary_of
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("messages")


class SendMessage(Struct, frozen=True):
    """Executes effects of the kind `message`. Safe to repeat after any outcome."""

    store: MessageStore
    render: MessageRenderer
    mailer: Mailer
    clock: Clock
    metrics: MessageMetrics

    async def __call__(self, effect: Effect) -> None:
        """Send once. Raises what `Mailer.send` raises; an irrelevant e-mail is not rendered."""
        context = await self.store.load(effect)
        message = context.message or await self._create(effect, context)
        if message is None or message.status in {"sent", "stored"}:
            return
        delivery = await self.mailer.send(email_of(message, context.organisation))
        await self.store.record(
            DeliveryRecord(message.org_id, message.message_id, delivery, self.clock.now())
        )
        self.metrics.outcomes.labels(message.kind, delivery).inc()
        _LOG.info("messages.delivered", kind=message.kind, delivery=delivery)

    async def give_up(self, session: Session, effect: Effect, error: Exception) -> None:
        """Record on the e-mail that there is no further attempt."""
        await session.execute(
            "messages.mark_failed",
            org_id=effect.org_id,
            message_id=message_id_of(effect.org_id, effect.key),
            error=summary_of(error),
        )
        self.metrics.outcomes.labels("any", "failed").inc()

    async def _create(self, effect: Effect, context: MessageContext) -> Message | None:
        """Render and store the e-mail; None when it is no longer relevant."""
        event, view = context.event, context.view
        if event is None or view is None or not is_still_relevant(event, view):
            self.metrics.outcomes.labels("any", "superseded").inc()
            return None
        render_context = RenderContext(
            EMAIL_OF_EVENT[event.kind], context.organisation, view, self.clock.now()
        )
        message_id = message_id_of(effect.org_id, effect.key)
        message = message_of(render_context, self.render(render_context), message_id)
        await self.store.store(message)
        return message


def is_still_relevant(event: RelayedEvent, view: BookingView) -> bool:
    """Whether the event's e-mail has a recipient and is true of the booking as it is now."""
    booking = view.booking
    payload = history_event(event.kind, event.payload)
    moved_on = isinstance(payload, Rescheduled) and payload.starts_at != booking.starts_at
    return (
        bool(booking.customer_email)
        and not moved_on
        and fits_status(EMAIL_OF_EVENT[event.kind], booking.status)
    )


def message_of(context: RenderContext, rendered: RenderedMessage, message_id: UUID) -> Message:
    booking = context.view.booking
    return Message(
        org_id=booking.org_id,
        message_id=message_id,
        kind=context.kind,
        subject_id=booking.booking_id,
        recipient=booking.customer_email,
        subject=rendered.subject,
        body_text=rendered.text,
        body_html=rendered.html,
        calendar=rendered.calendar,
        status="due",
        created_at=context.now,
        sent_at=None,
        last_error="",
    )


def email_of(message: Message, organisation: Organisation) -> Email:
    return Email(
        message_id=message.message_id,
        recipient=message.recipient,
        subject=message.subject,
        text=message.body_text,
        html=message.body_html,
        calendar=message.calendar,
        sender_name=organisation.name,
        reply_to=organisation.email,
    )
