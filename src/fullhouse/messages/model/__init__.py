"""Letters: what is told of which event, to whom, in which words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from fullhouse.kernel.ids import OrgId, derived_id

LetterKind = Literal["confirmation", "rescheduling", "cancellation", "restoration", "offer"]
MessageStatus = Literal["due", "sent", "kept", "failed"]
Delivery = Literal["sent", "kept"]

TELL: Final = "message"
"""The kind of job that tells a customer of an event; its subject is the booking."""

LETTER_OF_EVENT: Final[dict[str, LetterKind]] = {
    "Booked": "confirmation",
    "Rescheduled": "rescheduling",
    "Cancelled": "cancellation",
    "BookingRestored": "restoration",
    "PlaceOffered": "offer",
}

_STILL_TRUE_IN: Final[dict[LetterKind, frozenset[str]]] = {
    "confirmation": frozenset({"confirmed", "checked_in"}),
    "rescheduling": frozenset({"confirmed", "checked_in"}),
    "restoration": frozenset({"confirmed", "checked_in"}),
    "cancellation": frozenset({"cancelled"}),
    "offer": frozenset({"held"}),
}


@dataclass(frozen=True, slots=True)
class Message:
    """A letter as kept. Its words never change once written; `calendar` is an iCalendar file."""

    org_id: OrgId
    message_id: UUID
    kind: LetterKind
    subject_id: UUID
    recipient: str
    subject: str
    body_text: str
    body_html: str
    calendar: str | None
    status: MessageStatus
    created_at: datetime
    sent_at: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mailer is given. The same `message_id` is the same letter, however often it is given.

    `sender_name` is the business; answers go to `reply_to` when it has an address of its own.
    """

    message_id: UUID
    recipient: str
    subject: str
    text: str
    html: str
    calendar: str | None
    sender_name: str
    reply_to: str


def tell_key(seq: int) -> str:
    """The effect's key: one letter an event."""
    return f"{TELL}/{seq}"


def event_told(key: str) -> int:
    """The number of the event that an effect's key names."""
    return int(key.removeprefix(f"{TELL}/"))


def message_id_of(org_id: OrgId, key: str) -> UUID:
    """Written twice, it is the same message."""
    return derived_id("message", str(org_id), key)


def is_still_true(kind: LetterKind, status: str) -> bool:
    """Whether a letter of this kind says what is so, for a booking in this status.

    A letter is written some time after its event. When the booking has moved on, the later event's
    letter says what is so now, and this one would only confuse.
    """
    return status in _STILL_TRUE_IN[kind]


def calendar_method(calendar: str) -> str:
    """The iTIP method (RFC 5546) that a calendar file states; mail programs want it beside it."""
    for line in calendar.splitlines():
        if line.startswith("METHOD:"):
            return line.removeprefix("METHOD:")
    return "PUBLISH"
