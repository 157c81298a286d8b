"""Names of the statuses of bookings, as pages show them."""

from collections.abc import Mapping
from typing import Final

from fullhouse.localisation.translations import Translations, pgettext_noop

_NAMES: Final[Mapping[str, str]] = {
    "held": pgettext_noop("booking status", "Reserved"),
    "confirmed": pgettext_noop("booking status", "Booked"),
    "checked_in": pgettext_noop("booking status", "Arrived"),
    "no_show": pgettext_noop("booking status", "No-show"),
    "cancelled": pgettext_noop("booking status", "Cancelled"),
    "released": pgettext_noop("booking status", "Released"),
    "expired": pgettext_noop("booking status", "Expired"),
}


def status_name(status: str, translations: Translations) -> str:
    """The translated name; the status itself when it has none."""
    name = _NAMES.get(status)
    return translations.pgettext("booking status", name) if name else status


def status_tone(status: str) -> str:
    """The tone of a status: `good` for an arrival, `muted` for a booking that is over."""
    return {"checked_in": "good", "confirmed": ""}.get(status, "muted")
