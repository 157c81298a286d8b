"""Received webhooks as people read them."""

from collections.abc import Mapping
from typing import Final

from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop
from fullhouse.resilience.inbox import WebhookStatus

STATUS_NAMES: Final[Mapping[WebhookStatus, str]] = {
    "waiting": _("To be processed"),
    "processed": _("Processed"),
    "ignored": _("Not about anything here"),
    "failed": _("Failed"),
}
STATUS_TONES: Final[Mapping[WebhookStatus, str]] = {
    "waiting": "muted",
    "processed": "good",
    "ignored": "muted",
    "failed": "bad",
}
LEAD: Final = _(
    "What services have reported to this business in the last thirty days, and what became of it. "
    "At most 200 are shown."
)
EMPTY: Final = _("Nothing was received. What services report will be here.")
REPLAYED: Final = ngettext_noop(
    "%(n)s webhook is processed again.", "%(n)s webhooks are processed again."
)
REPLAY_LEAD: Final = _("They are processed as if they came now, also those that were before.")
