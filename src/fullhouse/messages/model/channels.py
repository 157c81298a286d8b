"""Channels of a business's own: a Make.com scenario for its e-mails, a gateway for SMS.

A gateway is called at an address that the business names, and what it answers is judged by a table
of its kind. Make.com's 200 says that a message was queued, not that it arrived: its scenario
acknowledges that. What is not acknowledged in time goes by the mail server.
"""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.limits import (
    CHANNEL_KEY_CHARACTERS_MAX,
    CHANNEL_MESSAGES_PER_SECOND,
    SMS_CHARACTERS_MAX,
)
from fullhouse.messages.model import Email, EmailKind, Message, calendar_method
from fullhouse.people.model import Organisation
from fullhouse.people.model.contact import is_premium_number

ChannelName = Literal["make", "sms"]
CHANNELS: Final[tuple[ChannelName, ...]] = ("make", "sms")

TEST_CHANNEL: Final = "test_channel"
"""Kind of the effect that sends a test through a channel; its subject is the test's id."""

TURN: Final = timedelta(seconds=1 / CHANNEL_MESSAGES_PER_SECOND)
"""Make.com takes 300 requests of a hook in 10 s (help.make.com/webhooks); some room is left."""

SMS_KINDS: Final[tuple[EmailKind, ...]] = (
    "confirmation",
    "rescheduling",
    "party_change",
    "cancellation",
    "restoration",
    "closing",
    "reopening",
    "message",
    "reminder",
)
"""What may be told by SMS too. An offer ends soon after it was made, and has a page of its own."""
SMS_KINDS_FIRST: Final[tuple[EmailKind, ...]] = ("closing", "reopening", "message", "reminder")
"""What is proposed: what a business or the time causes. With the others, whoever books has SMS sent
to any number, at the cost of the business."""

Verdict = Literal["accepted", "unknown", "unavailable", "rejected", "refused"]
"""`unknown`: it may have been taken. `unavailable`: it was not, and may be in a moment. `rejected`:
this message will never be. `refused`: none is, until somebody changes something.
"""


class ChannelSettings(Struct, frozen=True):
    """A channel and how it goes. `acknowledge_minutes` of 0: what is accepted counts as sent."""

    org_id: OrgId
    channel: ChannelName
    url: str
    has_key: bool
    is_enabled: bool
    kinds: tuple[EmailKind, ...]
    acknowledge_minutes: int
    failing_since: datetime | None
    failure: str
    tested_at: datetime | None
    test_answer: str
    test_acknowledged_at: datetime | None
    version: int
    sms_per_day_max: int
    limited_at: datetime | None
    """When guests had last caused as many SMS as they may; None since it was changed."""


class OpenChannel(Struct, frozen=True):
    """A channel as it is called; `key` is encrypted."""

    org_id: OrgId
    channel: ChannelName
    url: str
    key: bytes | None
    acknowledge_minutes: int
    failing_since: datetime | None
    test_id: UUID | None


ChannelTestOutcome = Literal["asked", "no_address", "no_phone", "too_many"]


class ChannelTestPayload(Struct, frozen=True):
    """Of the job that sends a test."""

    channel: ChannelName
    recipient: str


class GatewayRequest(Struct, frozen=True):
    """What a gateway is asked to send; `key` proves that it is the business that asks."""

    org_id: OrgId
    message_id: UUID
    url: str
    key: str
    body: bytes


class GatewayAnswer(Struct, frozen=True):
    """What came of it, with the gateway's words, or why there are none."""

    verdict: Verdict
    text: str
    retry_after_seconds: int = 0


class Attachment(Struct, frozen=True):
    """A file of an e-mail; its HTML shows an image by its `content_id`."""

    filename: str
    content_type: str
    content_id: str
    data: str


class MakeMessage(Struct, frozen=True):
    """The body that a Make.com scenario receives.

    Messages about one booking have its `subject_id`, and a later one a higher `sequence`. The same
    `dedupe_key` is the same message.
    """

    message_id: UUID
    dedupe_key: UUID
    kind: str
    subject_id: UUID | None
    sequence: int
    organisation: str
    sender_name: str
    reply_to: str
    recipient: str
    subject: str
    text: str
    html: str
    attachments: Sequence[Attachment]
    acknowledge_url: str
    unsubscribe_url: str


class SmsMessage(Struct, frozen=True):
    """The body that an SMS gateway receives; `reference` is the same for the same message."""

    to: str
    text: str
    reference: UUID
    acknowledge_url: str


def make_body(
    email: Email,
    organisation: Organisation,
    *,
    about: Message | None,
    acknowledge_url: str,
) -> bytes:
    """An e-mail as Make.com gets it, as JSON; without `about` it is a test."""
    return msgspec.json.encode(
        MakeMessage(
            message_id=email.message_id,
            dedupe_key=email.message_id,
            kind="test" if about is None else about.kind,
            subject_id=None if about is None else about.subject_id,
            sequence=0 if about is None else about.event_seq,
            organisation=organisation.slug,
            sender_name=email.sender_name,
            reply_to=email.reply_to,
            recipient=email.recipient,
            subject=email.subject,
            text=email.text,
            html=email.html,
            attachments=_attachments(email),
            acknowledge_url=acknowledge_url,
            unsubscribe_url=email.unsubscribe_url,
        )
    )


def sms_body(phone: str, text: str, *, message_id: UUID, acknowledge_url: str) -> bytes:
    """An SMS as its gateway gets it, as JSON; `phone` is E.164."""
    return msgspec.json.encode(SmsMessage(phone, text, message_id, acknowledge_url))


def sms_text(business: str, sentences: Sequence[str], url: str) -> str:
    """What an SMS says: the link stays whole, sentences before it are cut where they are long."""
    said = f"{business}: {' '.join(filter(None, sentences))}"
    room = SMS_CHARACTERS_MAX - len(url) - 1
    if len(said) > room:
        said = said[: room - 1].rstrip() + "…"
    return f"{said} {url}"


def is_sms_number(phone: str) -> bool:
    """Whether it is a whole number (E.164), to which an SMS can be sent at an ordinary price."""
    return phone.startswith("+") and phone[1:].isdecimal() and not is_premium_number(phone)


def channel_key(text: str) -> str:
    """A gateway's key as it is sent in a header; raises `InvalidInput`."""
    key = text.strip()
    if not key.isascii() or not key.isprintable() or len(key) > CHANNEL_KEY_CHARACTERS_MAX:
        raise InvalidInput(
            f"Enter the key as the service shows it: at most {CHANNEL_KEY_CHARACTERS_MAX} letters, "
            "digits and signs.",
            field="key",
        )
    return key


def sms_kinds(kinds: Sequence[str]) -> tuple[EmailKind, ...]:
    """The kinds without repetition; raises `InvalidInput` for one that is not told by SMS."""
    known = {kind: kind for kind in SMS_KINDS}
    for kind in kinds:
        if kind not in known:
            raise InvalidInput(f"Choose among these: {', '.join(SMS_KINDS)}.", field="kinds")
    return tuple(dict.fromkeys(known[kind] for kind in kinds if kind in known))


def breaker_name(org_id: OrgId, channel: ChannelName) -> str:
    """The circuit of a gateway: what fails for one business closes nothing for another."""
    return f"{channel}:{org_id}"


def _attachments(email: Email) -> tuple[Attachment, ...]:
    images = tuple(
        Attachment("qr.png", "image/png", image.content_id, base64.b64encode(image.draw()).decode())
        for image in email.images
    )
    if email.calendar is None:
        return images
    kind = f"text/calendar; charset=utf-8; method={calendar_method(email.calendar)}"
    data = base64.b64encode(email.calendar.encode()).decode()
    return (*images, Attachment("booking.ics", kind, "", data))
