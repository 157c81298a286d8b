"""Translated texts: gettext catalogues, compiled in memory from their `.po` sources.

The message ids are the English texts, so English has no catalogue. See
`docs/decisions/0017-gettext-catalogues.md`; `make translations` collects new ids.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel import Locale
from msgspec import Struct
from typing_extensions import override

DEFAULT_LANGUAGE: Final = "en"
LANGUAGES: Final = (DEFAULT_LANGUAGE, "de")
_SAMPLES_MAX: Final = 200

AMERICAN_SPELLING: Final = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "UM", "PH"})
"""Countries whose English is spelled as in the United States."""

_AMERICAN: Final = {
    "Cancelled": "Canceled",
    "cancelled": "canceled",
    "Cancelling": "Canceling",
    "cancelling": "canceling",
}
BRITISH_SPELLING: Final = re.compile(rf"\b({'|'.join(_AMERICAN)})\b")
"""Words of our texts that are spelled otherwise in America."""

_TEXTS_REMEMBERED: Final = 2_000


class Translations(Struct, frozen=True):
    """The catalogue of one language.

    Values are filled in by name (`%(day)s`); a text that takes values spells a percent sign `%%`.
    """

    language: str
    catalogue: NullTranslations

    @property
    def locale(self) -> Locale:
        return Locale(self.language)

    def gettext(self, message: str, /, **values: object) -> str:
        # The empty text is the key of a catalogue's own head
        text = self.catalogue.gettext(message) if message else ""
        return text % values if values else text

    def ngettext(self, singular: str, plural: str, n: int, /, **values: object) -> str:
        """Text in the plural form of `n`, which is also the value of that name."""
        return self.catalogue.ngettext(singular, plural, n) % {"n": n, **values}

    def pgettext(self, context: str, message: str, /, **values: object) -> str:
        """Text that needs a context, because other languages have several words for it."""
        text = self.catalogue.pgettext(context, message)
        return text % values if values else text

    def plural_forms(self, singular: str, plural: str, /, **values: object) -> Mapping[str, str]:
        """Text of each CLDR plural category, with `{n}` for the number: for the pages' script."""
        return {
            category: self.catalogue.ngettext(singular, plural, sample) % {"n": "{n}", **values}
            for category, sample in _plural_samples(self.language).items()
        }


@cache
def load_translations() -> Mapping[str, Translations]:
    """Translations by language code. The catalogues are read at the first call (15 ms)."""
    return {language: Translations(language, _catalogue(language)) for language in LANGUAGES}


def translations_of(locale: Locale) -> Translations:
    """Translations of the language, spelled as in the locale's country."""
    return _spelled(locale.language, american=locale.territory in AMERICAN_SPELLING)


@cache
def _spelled(language: str, *, american: bool) -> Translations:
    found = load_translations()[language]
    if not american or language != DEFAULT_LANGUAGE:
        return found
    return Translations(language, AmericanEnglish())


class AmericanEnglish(NullTranslations):
    """The English texts, which are British, in American spelling.

    Translates in memory, since the texts differ in a few words only.
    """

    @override
    def gettext(self, message: str) -> str:
        return _american(message)

    @override
    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _american(msgid1 if n == 1 else msgid2)

    @override
    def pgettext(self, context: str, message: str) -> str:
        return _american(message)


@lru_cache(_TEXTS_REMEMBERED)
def _american(text: str) -> str:
    return BRITISH_SPELLING.sub(lambda found: _AMERICAN[found[0]], text)


@cache
def language_names() -> Mapping[str, str]:
    """Each language's own name for itself, by its code."""
    return {one: Locale(one).get_display_name() or one for one in LANGUAGES}


def gettext_noop(message: str) -> str:
    """Mark a text for extraction where it is defined; it is translated where it is used."""
    return message


def ngettext_noop(singular: str, plural: str) -> tuple[str, str]:
    """Mark both forms of a text with a number."""
    return singular, plural


def pgettext_noop(context: str, message: str) -> str:
    """Mark a text with its context. `pgettext` gets the same context where the text is used."""
    assert context, "a message without a context is marked by gettext_noop"
    return message


def _catalogue(language: str) -> NullTranslations:
    if language == DEFAULT_LANGUAGE:
        return NullTranslations()
    # Loaded where they are used: a process that reads a picture needs no text
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    folder = files("fullhouse.localisation") / "catalogues" / language / "LC_MESSAGES"
    with (folder / "fullhouse.po").open("rb") as source:
        catalogue = read_po(source, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _plural_samples(language: str) -> Mapping[str, int]:
    """A number of each plural category; a category of fractions alone has none."""
    category_of = Locale.parse(language).plural_form
    samples: dict[str, int] = {}
    for n in range(1, _SAMPLES_MAX):
        samples.setdefault(category_of(n), n)
    return samples
