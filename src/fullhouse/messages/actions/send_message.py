"""Send the e-mail about an event: render it once, store it, send it, record the delivery."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.events import (
    PartyChanged,
    Rescheduled,
    TimeClosed,
    TimeReopened,
    WaitingListJoined,
    history_event,
)
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.price_categories import numbers_of
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.events import RelayedEvent
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.errors import RecipientDeferred, RecipientRejected, SmtpAnswer
from fullhouse.messages.limits import MESSAGE_ATTEMPTS_MAX, REPLY_CHARACTERS_MAX
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import (
    EMAIL_OF_EVENT,
    Email,
    EmailKind,
    InlineImage,
    Message,
    Outcome,
    fits_status,
    is_limited,
    message_id_of,
    qr_content_id,
)
from fullhouse.messages.ports import Mailer
from fullhouse.messages.qr import qr_png
from fullhouse.messages.rendering import MessageRenderer, RenderContext, RenderedMessage
from fullhouse.messages.store import MessageContext, MessageStore, OutcomeRecord, event_seq_of
from fullhouse.messages.waiting_rendering import WaitingRenderer
from fullhouse.people.model import Organisation
from fullhouse.people.model.contact import mailbox_of
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
        """Send once. Raises what concerns the mail server; an irrelevant e-mail is not rendered.

        The refusal of a recipient is the outcome of its e-mail and no failure of the job: guests
        type the addresses, and an alarm on jobs must not be theirs to raise.
        """
        context = await self.store.load(effect)
        message = context.message or await self._create(context)
        if message is None or message.status not in {"due", "failed"}:
            return
        if context.event is not None and await self.store.is_withdrawn(context.event):
            await self._record(message, "discarded")
            return
        try:
            delivery = await self.mailer.send(email_of(message, context))
        except RecipientRejected as error:
            await self._record_undeliverable(message, error)
        except RecipientDeferred as error:
            if effect.tries < MESSAGE_ATTEMPTS_MAX:
                raise
            await self._record_undeliverable(message, error)
        else:
            await self._record(message, delivery)
            _LOG.info("messages.delivered", kind=message.kind, delivery=delivery)

    async def give_up(self, session: Session, effect: Effect, error: Exception) -> None:
        """Record on the e-mail that there is no further attempt."""
        await session.execute(
            "messages.mark_failed",
            org_id=effect.org_id,
            message_id=message_id_of(effect.org_id, event_seq_of(effect)),
            error=reply_of(error) if isinstance(error, SmtpAnswer) else summary_of(error),
        )
        self.metrics.outcomes.labels("any", "failed").inc()

    async def _record_undeliverable(self, message: Message, error: SmtpAnswer) -> None:
        await self._record(message, "undeliverable", reply_of(error))
        self.metrics.undeliverable.labels(str(error.smtp_code or "none")).inc()
        _LOG.info("messages.undeliverable", kind=message.kind, error=error)

    async def _record(self, message: Message, outcome: Outcome, error: str = "") -> None:
        record = OutcomeRecord(
            message.org_id, message.message_id, outcome, self.clock.now(), error=error
        )
        await self.store.record(record)
        self.metrics.outcomes.labels(message.kind, outcome).inc()

    async def _create(self, context: MessageContext) -> Message | None:
        """Render and store the e-mail; None when it is no longer relevant, or one too many."""
        event, view = context.event, context.view
        if event is not None and event.kind == WaitingListJoined.kind():
            return await self._create_for_waiting(event, context.organisation)
        if event is None or view is None or not await self._is_relevant(event, view):
            self.metrics.outcomes.labels("any", "superseded").inc()
            return None
        recipient = await self.store.recipient_of(event, view.booking)
        if not recipient:
            self.metrics.outcomes.labels("any", "superseded").inc()
            return None
        render_context = RenderContext(
            EMAIL_OF_EVENT[event.kind],
            context.organisation,
            view,
            self.clock.now(),
            event=history_event(event.kind, event.payload),
            by_staff=not is_limited(event.actor, event.payload),
        )
        message = message_of(
            render_context, self.render(render_context), event, recipient=recipient
        )
        return await self._stored(message)

    async def _is_relevant(self, event: RelayedEvent, view: BookingView) -> bool:
        if not is_still_relevant(event, view) or await self.store.is_withdrawn(event):
            return False
        return event.kind != TimeReopened.kind() or await self.store.told_of_closure(event)

    async def _create_for_waiting(
        self, event: RelayedEvent, organisation: Organisation
    ) -> Message | None:
        """Tell a guest of joining a waiting list, unless places are offered or it was left."""
        view = await self.store.waiting_view(event)
        if view is None or not fits_status("waiting", view.entry.status):
            self.metrics.outcomes.labels("any", "superseded").inc()
            return None
        now = self.clock.now()
        rendered = WaitingRenderer(self.render)(organisation, view, now=now)
        about = MessageSubject(
            view.entry.org_id, view.entry.entry_id, "waiting", view.entry.customer_email
        )
        return await self._stored(new_message(about, rendered, event, now=now))

    async def _stored(self, message: Message) -> Message | None:
        if await self.store.store(message) == "rate_limited":
            self.metrics.outcomes.labels(message.kind, "rate_limited").inc()
            _LOG.info("messages.rate_limited", kind=message.kind)
            return None
        return message


def is_still_relevant(event: RelayedEvent, view: BookingView) -> bool:
    """Whether the event's e-mail is true of the booking as it is now."""
    booking = view.booking
    payload = history_event(event.kind, event.payload)
    moved_on = (
        (isinstance(payload, Rescheduled) and payload.starts_at != booking.starts_at)
        or (isinstance(payload, PartyChanged) and not _is_for_its_guests(payload, booking))
        or (isinstance(payload, TimeClosed) and payload.slots != tuple(booking.slots))
    )
    return not moved_on and fits_status(EMAIL_OF_EVENT[event.kind], booking.status)


def _is_for_its_guests(changed: PartyChanged, booking: Booking) -> bool:
    """Whether the guests of a change are those that the booking has now."""
    of_now = (booking.party, booking.guest_numbers)
    return (changed.party, numbers_of(changed.guests)) == of_now


class MessageSubject(Struct, frozen=True):
    """What an e-mail is about, and for whom."""

    org_id: OrgId
    subject_id: UUID
    kind: EmailKind
    recipient: str


def message_of(
    context: RenderContext, rendered: RenderedMessage, event: RelayedEvent, *, recipient: str
) -> Message:
    booking = context.view.booking
    about = MessageSubject(booking.org_id, booking.booking_id, context.kind, recipient)
    return new_message(about, rendered, event, now=context.now)


def new_message(
    about: MessageSubject, rendered: RenderedMessage, event: RelayedEvent, *, now: datetime
) -> Message:
    """An e-mail that is due."""
    return Message(
        org_id=about.org_id,
        message_id=message_id_of(about.org_id, event.seq),
        kind=about.kind,
        subject_id=about.subject_id,
        event_seq=event.seq,
        recipient=about.recipient,
        mailbox=mailbox_of(about.recipient) if is_limited(event.actor, event.payload) else None,
        subject=rendered.subject,
        body_text=rendered.text,
        body_html=rendered.html,
        calendar=rendered.calendar,
        qr=rendered.qr,
        status="due",
        created_at=now,
        sent_at=None,
        last_error="",
    )


def reply_of(error: SmtpAnswer) -> str:
    """The codes and the words of a mail server, for staff."""
    return f"{error.summary}: {error.reply or error.detail}"[:REPLY_CHARACTERS_MAX]


def email_of(message: Message, context: MessageContext) -> Email:
    organisation, view = context.organisation, context.view
    images: tuple[InlineImage, ...] = ()
    if message.qr and view is not None:
        images = (InlineImage(qr_content_id(view.booking.ref), qr_png(message.qr)),)
    return Email(
        message_id=message.message_id,
        recipient=message.recipient,
        subject=message.subject,
        text=message.body_text,
        html=message.body_html,
        calendar=message.calendar,
        sender_name=organisation.sender,
        reply_to=organisation.answers_to,
        images=images,
    )
