"""Texts about channels, for those who set them up."""

from collections.abc import Mapping
from typing import Final

from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop
from fullhouse.messages.model import Message
from fullhouse.messages.model.channels import (
    SMS_KINDS,
    ChannelName,
    ChannelSettings,
    ChannelTestOutcome,
)
from fullhouse.messages.model.names import KIND_NAMES, ROUTE_NAMES

CHANNELS_LEAD: Final = _(
    "E-mails to guests go by the mail server of this site. You can send them by a scenario of "
    "Make.com instead, and tell guests the most important things by SMS as well."
)
NO_CHANNELS: Final = _("Nothing is set up here. E-mails go by the mail server.")
CHANNEL_NAMES: Final[Mapping[ChannelName, str]] = {
    "make": _("E-mails by Make.com"),
    "sms": _("SMS gateway"),
}
SERVICE_NAMES: Final[Mapping[ChannelName, str]] = {"make": "Make.com", "sms": "SMS"}
CHANNEL_CHOICES: Final = tuple(CHANNEL_NAMES.items())
URL_HINT: Final = _(
    "Of the webhook with which your scenario begins, or of your SMS gateway. It begins with "
    "https://."
)
URL_REFUSED: Final = _(
    "Enter a whole address that begins with https://, without a user name or a password."
)
CHANNEL_REFUSED: Final = _("This is set up already. Change it instead.")
KEY_HINT: Final = _("If the service asks for one. Leave this empty to keep the key that it has.")
KEY_REFUSED: Final = _("Enter the key as the service shows it, without spaces and accents.")
ENABLED: Final = _("Send by it")
MINUTES_HINT: Final = _(
    "Your scenario says of each e-mail that it was sent. When it has not in this time, the mail "
    "server sends it. With 0 it need not say so, and what Make.com loses stays lost."
)
KINDS_HINT: Final = _("Guests with a phone number get these as an SMS as well.")
SMS_PER_DAY_HINT: Final = _(
    "What guests and reminders cause. What you or your team send, and the news of a closed time, "
    "goes on beyond it. You get an e-mail when it is reached."
)
SMS_CHOICES: Final = tuple((kind, KIND_NAMES[kind]) for kind in SMS_KINDS)
REMOVE_LEAD: Final = _(
    "E-mails go by the mail server again, and no SMS is sent. The address and the key are "
    "forgotten."
)
REMOVED: Final = ngettext_noop("%(n)s channel was removed.", "%(n)s channels were removed.")
TESTED: Final = ngettext_noop("%(n)s test is on its way.", "%(n)s tests are on their way.")
HOW_MAKE: Final = _(
    "1. Begin your scenario with a custom webhook, and enter its address here.\n"
    "2. Add your e-mail module: send the webhook's html, or its text, to its recipient, with its "
    "subject and its attachments.\n"
    '3. End with an HTTP module that posts {"status": "delivered"} as JSON to the webhook\'s '
    "acknowledge_url.\n"
    "4. Send a test."
)
HOW_SMS: Final = _(
    "Each SMS is posted to the address as JSON with to, text and reference, and the key as a "
    'bearer token. A gateway that knows whether it arrived posts {"status": "delivered"} or '
    '{"status": "failed"} to its acknowledge_url.'
)
TEST_REFUSED: Final[Mapping[ChannelTestOutcome, str]] = {
    "no_address": _("Confirm your own e-mail address first: the test goes there."),
    "no_phone": _("Enter a phone number under Settings first: the test goes there."),
    "too_many": _("You have sent many tests. Wait an hour."),
}


def state_text(channel: ChannelSettings, text: LocaleFormatter) -> str:
    """How it goes, in a few words."""
    gettext = text.translations.gettext
    if not channel.is_enabled:
        return gettext("Off")
    if channel.failing_since is not None:
        since = text.listed_time(channel.failing_since)
        return gettext("Fails since %(time)s") % {"time": since}
    return gettext("Works")


def state_tone(channel: ChannelSettings) -> str:
    if not channel.is_enabled:
        return "muted"
    return "good" if channel.failing_since is None else "bad"


def limit_text(channel: ChannelSettings, text: LocaleFormatter) -> str:
    """When guests had as many SMS as they may; empty for never, and for what is no SMS."""
    if channel.channel != "sms" or channel.limited_at is None:
        return ""
    return text.translations.gettext(
        "The limit of %(n)s SMS within a day was reached %(time)s. What was not sent is under "
        "Messages.",
        n=str(channel.sms_per_day_max),
        time=text.listed_time(channel.limited_at),
    )


def test_text(channel: ChannelSettings, text: LocaleFormatter) -> str:
    """How the latest test went."""
    gettext = text.translations.gettext
    if channel.tested_at is None:
        return gettext("None was sent yet.")
    sent = gettext("Sent %(time)s.", time=text.listed_time(channel.tested_at))
    answer = gettext("No answer yet.")
    if channel.test_answer:
        answer = gettext("Answer: %(answer)s", answer=channel.test_answer)
    arrived = gettext("It was not confirmed yet.")
    if channel.test_acknowledged_at is not None:
        time = text.listed_time(channel.test_acknowledged_at)
        arrived = gettext("Confirmed %(time)s.", time=time)
    return f"{sent} {answer}\n{arrived}"


def way_text(message: Message, text: LocaleFormatter) -> str:
    """Which way a message went, and when a gateway said that it had arrived.

    So it is seen when Make.com reports late what the mail server had sent meanwhile.
    """
    gettext = text.translations.gettext
    if message.sent_at is None or not message.route:
        return ""
    route = gettext(ROUTE_NAMES[message.route])
    sent = gettext("%(route)s: sent %(time)s.", route=route, time=text.listed_time(message.sent_at))
    if message.acknowledged_at is None:
        return sent
    time = text.listed_time(message.acknowledged_at)
    reported = gettext("Reported as delivered %(time)s.", time=time)
    return f"{sent} {reported}"
