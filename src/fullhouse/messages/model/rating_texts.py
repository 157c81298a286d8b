"""Texts about ratings."""

from collections.abc import Mapping, Sequence
from typing import Final

from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import Translations, ngettext_noop
from fullhouse.localisation.translations import gettext_noop as _

STAR_NAMES: Final[Mapping[int, str]] = {
    5: _("Very good"),
    4: _("Good"),
    3: _("All right"),
    2: _("Not so good"),
    1: _("Bad"),
}
_AVERAGE: Final = ngettext_noop(
    "%(average)s of 5 stars by %(n)s rating of the last year.",
    "%(average)s of 5 stars by %(n)s ratings of the last year.",
)
_STAR: Final = "\N{BLACK STAR}"
_NO_STAR: Final = "\N{WHITE STAR}"


def stars_text(stars: int) -> str:
    """`★★★★☆`."""
    return _STAR * stars + _NO_STAR * (max(STAR_NAMES) - stars)


def star_choices(translations: Translations) -> Sequence[tuple[str, str]]:
    """Value and text of each answer, the best first."""
    return [
        (str(stars), f"{translations.gettext(name)} {stars_text(stars)}")
        for stars, name in STAR_NAMES.items()
    ]


def rating_text(stars: int, formatter: LocaleFormatter) -> str:
    """`★★★★☆ Good`."""
    return f"{stars_text(stars)} {formatter.translations.gettext(STAR_NAMES[stars])}"


def average_text(ratings: int, average: float | None, formatter: LocaleFormatter) -> str:
    """The mean of so many ratings; empty without any."""
    if average is None:
        return ""
    shown = formatter.figure(round(average, 1))
    return formatter.translations.ngettext(*_AVERAGE, ratings, average=shown)
