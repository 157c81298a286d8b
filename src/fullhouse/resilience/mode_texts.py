"""The operating modes as operators read them."""

from collections.abc import Mapping
from typing import Final

from fullhouse.localisation.translations import Translations, gettext_noop
from fullhouse.resilience.operating_mode import ModeSetting, OperatingMode

MODE_NAMES: Final[Mapping[OperatingMode, str]] = {
    OperatingMode.FULL: gettext_noop("Everything works"),
    OperatingMode.ESSENTIAL: gettext_noop("Essential: no reports, no exports"),
    OperatingMode.READ_ONLY: gettext_noop("Read-only: nothing can be booked or changed"),
    OperatingMode.MAINTENANCE: gettext_noop("Maintenance: visitors are asked to come back soon"),
}


def mode_text(setting: ModeSetting, translations: Translations) -> str:
    """The mode, how long it still lasts, and why."""
    name = translations.gettext(MODE_NAMES[setting.mode])
    if setting.seconds_left is not None:
        minutes = max(1, round(setting.seconds_left / 60))
        left = translations.ngettext("%(n)s minute left", "%(n)s minutes left", minutes)
        name = f"{name} ({left})"
    return f"{name}. {setting.reason}".strip() if setting.reason else f"{name}."
