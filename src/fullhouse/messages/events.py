"""Events of messages.

The subject of those about a webhook is its endpoint, of those about a channel the business.
"""

from datetime import time

from fullhouse.kernel.events import Event
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.channels import ChannelName
from fullhouse.messages.model.reminders import ReminderName


class EmailTested(Event, frozen=True):
    """A person had an e-mail to guests sent to herself; the subject is her account."""

    email_kind: EmailKind
    language: str


class EmailTextChanged(Event, frozen=True):
    """A business has another text for a kind of e-mail; the subject is the business."""

    email_kind: EmailKind
    language: str
    is_default: bool


class EmailTextFailed(Event, frozen=True):
    """A text of a business could not be used; its owners are told, and guests get the default."""

    email_kind: EmailKind
    language: str


class WebhookAdded(Event, frozen=True):
    """Events are sent to an endpoint from now on."""

    host: str


class WebhookChanged(Event, frozen=True):
    """An endpoint has another address, other kinds of events or another secret, or is enabled."""

    fields: tuple[str, ...]


class WebhookDisabled(Event, frozen=True):
    """Events wait and are not sent to an endpoint; `reason` is `gone`, `failing` or `manual`."""

    reason: str


class WebhookRemoved(Event, frozen=True):
    """No event is sent to an endpoint any more."""


class RemindersChanged(Event, frozen=True):
    """Guests are reminded and thanked at other times; the subject is the business."""

    reminders: tuple[ReminderName, ...]
    thanks_hours: int = 0
    quiet_from: time | None = None
    quiet_until: time | None = None


class DigestReadersChanged(Event, frozen=True):
    """Others get the overview of the morning: so many; the subject is the business."""

    readers: int


class Unsubscribed(Event, frozen=True):
    """An address gets only what it needs from now on; the subject is an id derived from it."""


class Resubscribed(Event, frozen=True):
    """An address gets everything again; the subject is an id derived from it."""


class ChannelSet(Event, frozen=True):
    """A channel was set up or changed; `fields` says what, without any value."""

    channel: ChannelName
    fields: tuple[str, ...]


class ChannelRemoved(Event, frozen=True):
    """Messages do not go by a channel any more."""

    channel: ChannelName


class ChannelTested(Event, frozen=True):
    """A person had a test sent through a channel."""

    channel: ChannelName


class ChannelFailing(Event, frozen=True):
    """A channel takes no messages; its owners are told."""

    channel: ChannelName


class SmsLimitReached(Event, frozen=True):
    """Guests are sent no more SMS of their own making for now; the owners are told."""

    sms_per_day_max: int


class ChannelRecovered(Event, frozen=True):
    """A channel that failed takes messages again."""

    channel: ChannelName
