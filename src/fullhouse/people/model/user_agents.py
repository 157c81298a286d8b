"""The browser and the system that a `User-Agent` header names (RFC 9110 §10.1.5), for people."""

from typing import Final

from fullhouse.localisation.translations import Translations

# What a program claims to be like comes behind its own name, so the first that is found is meant
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def program_name(user_agent: str, translations: Translations) -> str:
    """`Firefox on Windows`; of another program what it says, and of none that it is unknown."""
    _ = translations.gettext
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or user_agent or _("Unknown program")
