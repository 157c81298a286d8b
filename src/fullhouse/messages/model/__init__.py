"""E-mails to customers: their kinds, their stored form, and when one is still relevant."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Literal, NewType
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.events import (
    Booked,
    BookingLinkRenewed,
    BookingRestored,
    Cancelled,
    ContactChanged,
    GuestWrittenTo,
    PartyChanged,
    PlaceOffered,
    ReminderDue,
    Rescheduled,
    ThanksDue,
    TicketRequested,
    TimeClosed,
    TimeReopened,
    WaitingListJoined,
)
from fullhouse.kernel.ids import OrgId, derived_id

MessageId = NewType("MessageId", UUID)
EmailKind = Literal[
    "confirmation",
    "rescheduling",
    "party_change",
    "address_change",
    "cancellation",
    "restoration",
    "offer",
    "ticket",
    "waiting",
    "closing",
    "reopening",
    "message",
    "reminder",
    "thanks",
]
Delivery = Literal["sent", "stored"]
Outcome = Literal["sent", "stored", "undeliverable", "suppressed", "discarded"]
UnsentStatus = Literal[
    "due",
    "handed_over",
    "stored",
    "failed",
    "undeliverable",
    "bounced",
    "rate_limited",
    "suppressed",
    "discarded",
]
MessageStatus = Literal["sent"] | UnsentStatus
"""`handed_over`: to a gateway, which acknowledges later that it has arrived. `failed`: by the mail
server or by us. `undeliverable`: the server refused the recipient. `bounced`: it was sent and came
back. `rate_limited`: not sent, since the mailbox has got as many as it may. `suppressed`: not sent,
since the recipient wants none of its kind or earlier ones came back. `discarded`: by an operator,
or since what it says was taken back.
"""

RETRYABLE: Final[frozenset[MessageStatus]] = frozenset(
    {"failed", "undeliverable", "bounced", "rate_limited"}
)
"""The statuses of e-mails that did not arrive, and could."""

OPTIONAL_KINDS: Final[frozenset[EmailKind]] = frozenset({"thanks"})
"""What a guest can unsubscribe from. A reminder is part of what was booked, and is not."""

SEND_MESSAGE: Final = "message"
"""Kind of the effect that sends the e-mail about an event; its subject is that of the event."""
HAND_OVER: Final = "hand_over"
"""Of that which has a gateway of the business send it."""
SEND_SMS: Final = "sms"

EMAILED_EVENTS: Final = (
    Booked,
    Rescheduled,
    PartyChanged,
    Cancelled,
    BookingRestored,
    PlaceOffered,
    TicketRequested,
    ContactChanged,
    BookingLinkRenewed,
    WaitingListJoined,
    TimeClosed,
    TimeReopened,
    GuestWrittenTo,
    ReminderDue,
    ThanksDue,
)
"""Customers get an e-mail about each of these."""

EMAIL_OF_EVENT: Final[dict[str, EmailKind]] = {
    Booked.kind(): "confirmation",
    Rescheduled.kind(): "rescheduling",
    PartyChanged.kind(): "party_change",
    Cancelled.kind(): "cancellation",
    BookingRestored.kind(): "restoration",
    PlaceOffered.kind(): "offer",
    TicketRequested.kind(): "ticket",
    ContactChanged.kind(): "address_change",
    BookingLinkRenewed.kind(): "ticket",
    WaitingListJoined.kind(): "waiting",
    TimeClosed.kind(): "closing",
    TimeReopened.kind(): "reopening",
    GuestWrittenTo.kind(): "message",
    ReminderDue.kind(): "reminder",
    ThanksDue.kind(): "thanks",
}

_RELEVANT_STATUSES: Final[dict[EmailKind, frozenset[str]]] = {
    "confirmation": frozenset({"confirmed", "checked_in"}),
    "rescheduling": frozenset({"confirmed", "checked_in"}),
    "party_change": frozenset({"confirmed", "checked_in"}),
    "restoration": frozenset({"confirmed", "checked_in"}),
    "cancellation": frozenset({"cancelled"}),
    "offer": frozenset({"held"}),
    "address_change": frozenset({"confirmed", "checked_in"}),
    "ticket": frozenset({"confirmed", "checked_in"}),
    "waiting": frozenset({"waiting"}),
    "closing": frozenset({"confirmed"}),
    "reopening": frozenset({"confirmed", "checked_in"}),
    "message": frozenset({"confirmed", "checked_in"}),
    "reminder": frozenset({"confirmed"}),
    "thanks": frozenset({"confirmed", "checked_in"}),
}


SuppressionReason = Literal["unsubscribed", "bounced"]
"""Why an address gets only what it needs."""
MessageChannel = Literal["email", "sms"]
Route = Literal["", "make", "smtp", "sms"]


class Message(Struct, frozen=True):
    """An e-mail or an SMS as a row. Its texts never change; `calendar` is iCalendar, `qr` a text.

    `mailbox` is what messages are limited by, None for one that staff caused. `last_error` may hold
    the mail server's words. `event_seq` and `retries` lead to the effect that sends it.
    `route` is what took it last, and `acknowledged_at` when a gateway said that it has arrived.
    """

    org_id: OrgId
    message_id: UUID
    kind: EmailKind
    subject_id: UUID
    event_seq: int
    recipient: str
    mailbox: str | None
    subject: str
    body_text: str
    body_html: str
    calendar: str | None
    qr: str
    status: MessageStatus
    created_at: datetime
    sent_at: datetime | None
    last_error: str
    retries: int = 0
    channel: MessageChannel = "email"
    route: Route = ""
    acknowledged_at: datetime | None = None


class Email(Struct, frozen=True):
    """What a mailer sends. The same `message_id` is the same e-mail, however often it is sent.

    `sender_name` is the business; answers go to `reply_to` when the business has an address.
    """

    message_id: UUID
    recipient: str
    subject: str
    text: str
    html: str
    calendar: str | None
    sender_name: str
    reply_to: str
    images: tuple["InlineImage", ...] = ()
    unsubscribe_url: str = ""
    """Where one request unsubscribes its recipient (RFC 8058), of what is not needed."""
    thread_id: UUID | None = None
    """The same for all e-mails about one booking."""
    return_path: str = ""
    """Where it comes back to when it cannot be delivered; without one to the sender."""


class InlineImage(Struct, frozen=True):
    """A PNG that the HTML shows as `cid:` and its id; drawn for an e-mail that is sent."""

    content_id: str
    draw: Callable[[], bytes]


def effect_key(event_seq: int, retries: int = 0, channel: MessageChannel = "email") -> str:
    """Key of the effect: one message for each event, and an effect of its own for each retry."""
    key = f"{SEND_SMS if channel == 'sms' else SEND_MESSAGE}/{event_seq}"
    return f"{key}/{retries}" if retries else key


def hand_over_key(event_seq: int, retries: int = 0) -> str:
    """Key of the effect that has a gateway send the e-mail."""
    key = f"{HAND_OVER}/{event_seq}"
    return f"{key}/{retries}" if retries else key


class MessagePayload(Struct, frozen=True, omit_defaults=True):
    """Payload of effects that send: the number of the event to tell of, and by what."""

    event_seq: int
    channel: MessageChannel = "email"


def message_id_of(org_id: OrgId, event_seq: int, channel: MessageChannel = "email") -> UUID:
    """Id derived from the event, so that a message rendered twice is stored once."""
    return derived_id("message", str(org_id), effect_key(event_seq, channel=channel))


def is_by_staff(actor: str) -> bool:
    """Whether a person at work caused an event.

    Everybody else, a program with a key too, passes on addresses that nobody has proved to own.
    """
    return actor == "operator" or actor.startswith("account:")


def is_limited(
    actor: str, payload: Mapping[str, object], channel: MessageChannel = "email"
) -> bool:
    """Whether the message about an event counts against the limits of its mailbox or number.

    Not what staff do, nor what a closure or a reminder does: of it each guest must hear. A reminder
    by SMS counts, since it costs the business; its e-mail is sent all the same.
    """
    is_exempt = payload.get("closure_id") or (channel == "email" and payload.get("reminder"))
    return not (is_by_staff(actor) or is_exempt)


def fits_status(kind: EmailKind, status: str) -> bool:
    """Whether an e-mail of this kind is true of a booking, or waiting-list entry, in this status.

    E-mails are rendered some time after their event. When the booking has changed again, the e-mail
    of the later event is the true one, and an earlier one would only confuse.
    """
    return status in _RELEVANT_STATUSES[kind]


def has_ticket(kind: EmailKind) -> bool:
    """Whether an e-mail of this kind shows the code of a booking with which people can come."""
    return kind not in {
        "cancellation",
        "offer",
        "address_change",
        "waiting",
        "closing",
        "message",
        "thanks",
    }


def qr_content_id(ref: str) -> str:
    """Content-ID (RFC 2392) of the code's image in the e-mails about a booking."""
    return f"qr-{ref}@fullhouse"


def calendar_method(calendar: str) -> str:
    """The iTIP method (RFC 5546) that a calendar file states; mail programs want it beside it."""
    for line in calendar.splitlines():
        if line.startswith("METHOD:"):
            return line.removeprefix("METHOD:")
    return "PUBLISH"
