"""Choice of a supported language for a visitor (RFC 9110 §12.5.4) or for a stored locale."""

from typing import Final

from babel import Locale, UnknownLocaleError, negotiate_locale

from fullhouse.localisation.territories import countries
from fullhouse.localisation.translations import DEFAULT_LANGUAGE, LANGUAGES

_HEADER_CHARACTERS_MAX: Final = 400


def negotiate_language(*, requested: str | None, accept: str | None, fallback: str) -> str:
    """The requested language, else the best accepted one, else `fallback`'s, else English.

    `accept` is an `Accept-Language` header; `fallback` is the organisation's locale.
    """
    preferred = [requested or "", *_accepted(accept or ""), fallback.replace("_", "-")]
    found = negotiate_locale([tag.lower() for tag in preferred], LANGUAGES, sep="-")
    return found or DEFAULT_LANGUAGE


def accepted_country(accept: str | None, language: str) -> str:
    """The country of the best accepted tag of a language (`US` of `en-US`), empty for none."""
    for tag in _accepted(accept or ""):
        of_language, _, region = tag.partition("-")
        if of_language.lower() == language and region.upper() in countries():
            return region.upper()
    return ""


def supported_locale(tag: str) -> Locale:
    """The locale of a tag such as `de-AT`; plain English for a language without a catalogue."""
    try:
        locale = Locale.parse(tag.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale(DEFAULT_LANGUAGE)
    return locale if locale.language in LANGUAGES else Locale(DEFAULT_LANGUAGE)


def _accepted(header: str) -> list[str]:
    """The language tags of an `Accept-Language` header, the highest weight first."""
    weighted: list[tuple[float, str]] = []
    for part in header[:_HEADER_CHARACTERS_MAX].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((-float(weight or 1), tag.strip()))
        except ValueError:
            continue
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]
