"""Names of the kinds of e-mails, and of how their delivery stands."""

from collections.abc import Mapping
from typing import Final

from fullhouse.localisation.translations import gettext_noop
from fullhouse.messages.model import (
    EmailKind,
    MessageChannel,
    MessageStatus,
    Route,
    SuppressionReason,
)
from fullhouse.people.model.contact import is_invented, phone_text, readable_address

KIND_NAMES: Final[Mapping[EmailKind, str]] = {
    "confirmation": gettext_noop("Confirmation"),
    "rescheduling": gettext_noop("New time"),
    "party_change": gettext_noop("Guests changed"),
    "address_change": gettext_noop("E-mail address changed"),
    "cancellation": gettext_noop("Cancellation"),
    "restoration": gettext_noop("Confirmed again"),
    "offer": gettext_noop("Offer from the waiting list"),
    "ticket": gettext_noop("Ticket sent again"),
    "waiting": gettext_noop("On the waiting list"),
    "closing": gettext_noop("Closed"),
    "reopening": gettext_noop("Open after all"),
    "message": gettext_noop("Message to the guest"),
    "reminder": gettext_noop("Reminder"),
    "thanks": gettext_noop("Thanks, and how was it"),
}
DELIVERY_NAMES: Final[Mapping[MessageStatus, str]] = {
    "due": gettext_noop("about to be sent"),
    "handed_over": gettext_noop("handed over, not confirmed yet"),
    "sent": gettext_noop("sent"),
    "stored": gettext_noop("not sent: no mail server"),
    "failed": gettext_noop("failed"),
    "undeliverable": gettext_noop("cannot be delivered to this address"),
    "bounced": gettext_noop("came back: it did not arrive"),
    "rate_limited": gettext_noop("not sent: too many in a short time"),
    "suppressed": gettext_noop("not sent: unsubscribed, or e-mails to this address came back"),
    "discarded": gettext_noop("not sent"),
}
REFUSAL_NAMES: Final[Mapping[SuppressionReason, str]] = {
    "unsubscribed": gettext_noop("Unsubscribed"),
    "bounced": gettext_noop("An e-mail came back: no such mailbox"),
}
ROUTE_NAMES: Final[Mapping[Route, str]] = {
    "": "",
    "make": "Make.com",
    "smtp": gettext_noop("Mail server"),
    "sms": gettext_noop("SMS gateway"),
}
EXAMPLE_ADDRESS: Final = gettext_noop("not sent: example address")
ARRIVED: Final = gettext_noop("delivered")
_TONES: Final[Mapping[MessageStatus, str]] = {
    "handed_over": "warn",
    "sent": "good",
    "failed": "bad",
    "undeliverable": "bad",
    "bounced": "bad",
    "rate_limited": "bad",
}


def delivery_name(status: MessageStatus, recipient: str, *, has_arrived: bool = False) -> str:
    """The untranslated name of a delivery's state; `has_arrived` if a gateway said so."""
    if status == "sent" and has_arrived:
        return ARRIVED
    is_example = status == "stored" and is_invented(recipient)
    return EXAMPLE_ADDRESS if is_example else DELIVERY_NAMES[status]


def recipient_text(channel: MessageChannel, recipient: str) -> str:
    """The address or the phone number as people write it."""
    return phone_text(recipient) if channel == "sms" else readable_address(recipient)


def delivery_tone(status: MessageStatus) -> str:
    return _TONES.get(status, "muted")
