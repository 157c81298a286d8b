"""Texts about webhooks, for those who set them up."""

from collections.abc import Mapping
from typing import Final

from fullhouse.booking.model.event_texts import AUDIT_TEXTS
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop, pgettext_noop
from fullhouse.messages.model.webhooks import PUBLIC_EVENTS, DeliveryStatus, WebhookEndpoint

WEBHOOKS_LEAD: Final = _(
    "A webhook tells a program of yours at once what happens here, such as a new booking. For a "
    "program that only asks now and then, an API key is enough."
)
NO_WEBHOOKS: Final = _("No program is told of anything yet. Add the address of the first one.")
URL_HINT: Final = _("Where the program receives events, beginning with https://.")
URL_REFUSED: Final = _(
    "Enter a whole address that begins with https://, without a user name or a password."
)
TOO_MANY: Final = _("You have %(limit)s webhooks, which is as many as you can. Remove one first.")
KINDS_HINT: Final = _("Choose none to send everything.")
ENABLED: Final = _("Send events. While this is off they wait.")
SECRET_TEXT: Final = _("The program verifies with it that an event comes from here.")
REMOVE_LEAD: Final = _(
    "The program is told of nothing any more, and what was not sent yet is lost. This cannot be "
    "undone."
)
NEW_SECRET_LEAD: Final = _(
    "Enter the new secret in the program within a day. Until then, events are signed with the old "
    "one as well."
)
REMOVED: Final = ngettext_noop("%(n)s webhook was removed.", "%(n)s webhooks were removed.")
RENEWED: Final = ngettext_noop(
    "%(n)s webhook has a new secret.", "%(n)s webhooks have new secrets."
)
SENT_AGAIN: Final = ngettext_noop(
    "The failed events of %(n)s webhook are sent again.",
    "The failed events of %(n)s webhooks are sent again.",
)
KIND_CHOICES: Final = tuple((event.kind(), AUDIT_TEXTS[event.kind()]) for event in PUBLIC_EVENTS)
DELIVERY_NAMES: Final[Mapping[DeliveryStatus, str]] = {
    "waiting": pgettext_noop("event", "Waiting"),
    "due": pgettext_noop("event", "Being sent"),
    "delivered": pgettext_noop("event", "Delivered"),
    "failed": pgettext_noop("event", "Given up"),
}
DELIVERY_TONES: Final[Mapping[DeliveryStatus, str]] = {
    "waiting": "muted",
    "due": "warn",
    "delivered": "good",
    "failed": "bad",
}
_DISABLED: Final[Mapping[str, str]] = {
    "gone": _("Off: the program says that it takes no more"),
    "failing": _("Off: the program has not answered for three days"),
    "manual": _("Off"),
}


def state_text(endpoint: WebhookEndpoint, text: LocaleFormatter) -> str:
    """How it goes, in a few words."""
    gettext = text.translations.gettext
    if endpoint.disabled_at is not None:
        return gettext(_DISABLED[endpoint.disabled_reason])
    if endpoint.failing_since is not None:
        since = text.listed_time(endpoint.failing_since)
        return gettext("Fails since %(time)s") % {"time": since}
    return gettext("Works")


def state_tone(endpoint: WebhookEndpoint) -> str:
    if endpoint.disabled_reason in {"gone", "failing"}:
        return "bad"
    if endpoint.disabled_at is not None:
        return "muted"
    return "warn" if endpoint.failing_since is not None else "good"


def kinds_text(endpoint: WebhookEndpoint, text: LocaleFormatter) -> str:
    gettext = text.translations.gettext
    named = [gettext(AUDIT_TEXTS[kind]) for kind in endpoint.kinds if kind in AUDIT_TEXTS]
    return ", ".join(named) or gettext("Everything")
