"""Prepare the message about an event: once, while what it says is still true."""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.events import (
    PartyChanged,
    ReminderDue,
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
from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.ids import OrgId, derived_id
from fullhouse.messages.channel_store import note_sms_limit
from fullhouse.messages.email_text_store import note_failed_text
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import (
    EMAIL_OF_EVENT,
    OPTIONAL_KINDS,
    Email,
    EmailKind,
    InlineImage,
    Message,
    MessageChannel,
    MessagePayload,
    Outcome,
    fits_status,
    is_limited,
    message_id_of,
    qr_content_id,
)
from fullhouse.messages.model.bounces import ReturnKey, return_local_part, return_mac
from fullhouse.messages.model.channels import is_sms_number
from fullhouse.messages.model.email_texts import EmailTextKey
from fullhouse.messages.qr import qr_png
from fullhouse.messages.rendering import (
    MessageRenderer,
    RenderContext,
    RenderedMessage,
)
from fullhouse.messages.store import MessageContext, MessageStore, OutcomeRecord
from fullhouse.messages.waiting_rendering import WaitingRenderer
from fullhouse.people.model.contact import mailbox_of
from fullhouse.resilience.flags import AlwaysOn, FeatureSwitch
from fullhouse.storage.unit_of_work import UnitOfWorkFactory
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("messages")


class PrepareMessage(Struct, frozen=True):
    """Loads the message of an effect, rendered and stored by the first attempt."""

    store: MessageStore
    render: MessageRenderer
    unit_of_work: UnitOfWorkFactory
    metrics: MessageMetrics
    bounce_domain: str = ""
    """Of the addresses to which e-mails come back; without one they are the sender's own."""
    return_addresses: FeatureSwitch = AlwaysOn()
    """Which e-mails have one, where there is a domain."""

    async def __call__(self, effect: Effect) -> tuple[Message, MessageContext] | None:
        """None when there is nothing to send, or nothing any more."""
        context = await self.store.load(effect)
        channel = effect.payload_as(MessagePayload).channel
        message = context.message or await self._create(context, channel)
        if message is None or message.status not in {"due", "handed_over", "failed"}:
            return None
        if context.event is not None and await self.store.is_withdrawn(context.event):
            await self.record(message, "discarded")
            return None
        if message.kind in OPTIONAL_KINDS:
            now = self.unit_of_work.clock.now()
            if reason := await self.store.suppressed_for(message, now=now):
                await self.record(message, "suppressed", reason)
                return None
        return message, context

    def email_of(self, message: Message, context: MessageContext) -> Email:
        """The message as it is sent."""
        organisation, view = context.organisation, context.view
        images: tuple[InlineImage, ...] = ()
        if message.qr and view is not None:
            images = (InlineImage(qr_content_id(view.booking.ref), partial(qr_png, message.qr)),)
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
            thread_id=derived_id("thread", str(message.subject_id)),
            return_path=self._return_path(message),
            unsubscribe_url=self.render.unsubscribe_url(
                organisation, message.kind, message.recipient
            ),
        )

    def _return_path(self, message: Message) -> str:
        """An address of this message alone (VERP), by which it is known when it comes back."""
        is_on = self.return_addresses.is_on(message.org_id, message.message_id)
        if not (self.bounce_domain and is_on):
            return ""
        signer, org_id = self.render.urls.signer, message.org_id
        mac = return_mac(signer.token("bounce", org_id, message.message_id))
        key = ReturnKey(org_id, message.message_id, mac)
        return f"{return_local_part(key)}@{self.bounce_domain}"

    def note_sending(self, message: Message, *, succeeded: bool) -> None:
        """Count whether the mail server took the e-mail, for the rollout of return addresses."""
        if self.bounce_domain:
            about = message.org_id, message.message_id
            self.return_addresses.observe(*about, succeeded=succeeded)

    async def record(self, message: Message, outcome: Outcome, error: str = "") -> None:
        """Record how the message fared."""
        record = OutcomeRecord(
            message.org_id, message.message_id, outcome, self.unit_of_work.clock.now(), error=error
        )
        await self.store.record(record)
        self.metrics.outcomes.labels(message.kind, outcome).inc()

    async def _create(self, context: MessageContext, channel: MessageChannel) -> Message | None:
        """Render and store the message; None when it is no longer relevant, or one too many."""
        event, view = context.event, context.view
        if event is not None and event.kind == WaitingListJoined.kind():
            return await self._create_for_waiting(event, context)
        if event is None or view is None or not await self._is_relevant(event, view, channel):
            self.metrics.outcomes.labels("any", "superseded").inc()
            return None
        recipient = await self._recipient(event, view.booking, channel)
        if not recipient:
            self.metrics.outcomes.labels("any", "superseded").inc()
            return None
        render_context = RenderContext(
            EMAIL_OF_EVENT[event.kind],
            context.organisation,
            view,
            self.unit_of_work.clock.now(),
            event=history_event(event.kind, event.payload),
            by_staff=not is_limited(event.actor, event.payload),
            texts=context.texts,
        )
        rendered = self.render(render_context)
        await self._note_failed_text(render_context.kind, rendered, event)
        if channel == "sms":
            rendered = RenderedMessage(rendered.subject, rendered.sms, "", calendar=None, qr="")
        message = message_of(render_context, rendered, event, recipient=recipient, channel=channel)
        return await self._stored(message)

    async def _recipient(
        self, event: RelayedEvent, booking: Booking, channel: MessageChannel
    ) -> str:
        """Nobody if empty."""
        if channel == "email":
            return await self.store.recipient_of(event, booking)
        return booking.customer_phone if is_sms_number(booking.customer_phone) else ""

    async def _is_relevant(
        self, event: RelayedEvent, view: BookingView, channel: MessageChannel
    ) -> bool:
        if (
            event.kind == ReminderDue.kind()
            and view.booking.starts_at <= self.unit_of_work.clock.now()
        ):
            return False
        if not is_still_relevant(event, view) or await self.store.is_withdrawn(event):
            return False
        if event.kind != TimeReopened.kind():
            return True
        return await self.store.told_of_closure(event, channel)

    async def _create_for_waiting(
        self, event: RelayedEvent, context: MessageContext
    ) -> Message | None:
        """Tell a guest of joining a waiting list, unless places are offered or it was left."""
        view = await self.store.waiting_view(event)
        if view is None or not fits_status("waiting", view.entry.status):
            self.metrics.outcomes.labels("any", "superseded").inc()
            return None
        now = self.unit_of_work.clock.now()
        rendered = WaitingRenderer(self.render)(
            context.organisation, view, now=now, texts=context.texts
        )
        await self._note_failed_text("waiting", rendered, event)
        about = MessageSubject(
            view.entry.org_id, view.entry.entry_id, "waiting", view.entry.customer_email
        )
        return await self._stored(new_message(about, rendered, event, now=now))

    async def _note_failed_text(
        self, kind: EmailKind, rendered: RenderedMessage, event: RelayedEvent
    ) -> None:
        """The guest gets the default text; the owners are told that theirs could not be used."""
        if not rendered.failed_text:
            return
        context = RequestContext(SYSTEM, event.correlation_id)
        async with self.unit_of_work(context, event.org_id) as uow:
            await note_failed_text(uow, EmailTextKey(kind, rendered.failed_text))

    async def _stored(self, message: Message) -> Message | None:
        if await self.store.store(message) == "rate_limited":
            self.metrics.outcomes.labels(message.kind, "rate_limited").inc()
            _LOG.info("messages.rate_limited", kind=message.kind)
            if message.channel == "sms":
                async with self.unit_of_work.by_system(message.org_id) as uow:
                    await note_sms_limit(uow)
            return None
        return message


def is_still_relevant(event: RelayedEvent, view: BookingView) -> bool:
    """Whether the message about the event is true of the booking as it is now."""
    booking = view.booking
    payload = history_event(event.kind, event.payload)
    moved_on = (
        (isinstance(payload, Rescheduled) and payload.starts_at != booking.starts_at)
        or (isinstance(payload, PartyChanged) and not _is_for_its_guests(payload, booking))
        or (isinstance(payload, ReminderDue) and payload.starts_at != booking.starts_at)
        or (isinstance(payload, TimeClosed) and payload.slots != tuple(booking.slots))
    )
    return not moved_on and fits_status(EMAIL_OF_EVENT[event.kind], booking.status)


def _is_for_its_guests(changed: PartyChanged, booking: Booking) -> bool:
    """Whether the guests of a change are those that the booking has now."""
    of_now = (booking.party, booking.guest_numbers)
    return (changed.party, numbers_of(changed.guests)) == of_now


class MessageSubject(Struct, frozen=True):
    """What a message is about, and for whom."""

    org_id: OrgId
    subject_id: UUID
    kind: EmailKind
    recipient: str
    channel: MessageChannel = "email"


def message_of(
    context: RenderContext,
    rendered: RenderedMessage,
    event: RelayedEvent,
    *,
    recipient: str,
    channel: MessageChannel = "email",
) -> Message:
    booking = context.view.booking
    about = MessageSubject(booking.org_id, booking.booking_id, context.kind, recipient, channel)
    return new_message(about, rendered, event, now=context.now)


def new_message(
    about: MessageSubject, rendered: RenderedMessage, event: RelayedEvent, *, now: datetime
) -> Message:
    """A message that is due."""
    mailbox = mailbox_of(about.recipient) if about.channel == "email" else about.recipient
    return Message(
        org_id=about.org_id,
        message_id=message_id_of(about.org_id, event.seq, about.channel),
        kind=about.kind,
        subject_id=about.subject_id,
        event_seq=event.seq,
        recipient=about.recipient,
        mailbox=mailbox if is_limited(event.actor, event.payload, about.channel) else None,
        subject=rendered.subject,
        body_text=rendered.text,
        body_html=rendered.html,
        calendar=rendered.calendar,
        qr=rendered.qr,
        status="due",
        created_at=now,
        sent_at=None,
        last_error="",
        channel=about.channel,
    )
