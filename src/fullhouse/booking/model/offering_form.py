"""An offering in the further languages of its business, as its owner writes it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Final

from msgspec import Meta, structs

from fullhouse.booking import limits
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.price_categories import PriceCategory
from fullhouse.booking.model.translated_texts import CategoryTexts, OfferingTexts
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import one_line
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.people.model.translated_texts import cleaned_texts, of_language

_CATEGORIES_TEXT_MAX: Final = limits.PRICE_CATEGORIES_MAX * (
    limits.CATEGORY_NAME_CHARACTERS_MAX + 2
)
CATEGORY_NAMES_HINT: Final = _("One line for each name above, in the same order.")
CATEGORY_NAMES_REFUSED: Final = _("Enter at most one line for each name above.")


class OfferingFormTexts(OfferingTexts, frozen=True, kw_only=True):
    """An offering in one language; the names of its price categories line by line."""

    language: str = ""
    categories: Annotated[str, Meta(max_length=_CATEGORIES_TEXT_MAX)] = ""


def form_texts(offering: Offering) -> dict[str, OfferingFormTexts]:
    """The texts of an offering by language."""
    categories = offering.price_categories
    own = [texts.language for texts in offering.translations]
    others = [texts.language for one in categories for texts in one.translations]
    return {one: _form_texts(offering, one) for one in dict.fromkeys([*own, *others])}


def _form_texts(offering: Offering, language: str) -> OfferingFormTexts:
    own = of_language(offering.translations, language) or OfferingTexts(language=language)
    found = [of_language(one.translations, language) for one in offering.price_categories]
    names = [texts.name if texts else "" for texts in found]
    lines = "\n".join(names) if any(names) else ""
    return OfferingFormTexts(**structs.asdict(own), categories=lines)


def with_form_texts(offering: Offering, texts: Mapping[str, OfferingFormTexts]) -> Offering:
    """The offering with these texts. Raises `InvalidInput` for a name that no category has."""
    own = [
        OfferingTexts(**{**_own_texts(one), "language": language})
        for language, one in texts.items()
    ]
    names = {language: one.categories.splitlines() for language, one in texts.items()}
    for language, lines in names.items():
        if len(lines) > len(offering.price_categories):
            detail = "There are more names than price categories."
            raise InvalidInput(detail, field=f"texts.{language}.categories")
    return replace(
        offering,
        translations=cleaned_texts(OfferingTexts, own),
        price_categories=tuple(
            _with_names(one, place, names) for place, one in enumerate(offering.price_categories)
        ),
    )


def _own_texts(texts: OfferingFormTexts) -> dict[str, str]:
    return {name: getattr(texts, name) for name in OfferingTexts.__struct_fields__}


def _with_names(
    category: PriceCategory, place: int, names: Mapping[str, Sequence[str]]
) -> PriceCategory:
    translations = tuple(
        CategoryTexts(language=language, name=one_line(lines[place]))
        for language, lines in names.items()
        if place < len(lines)
    )
    return structs.replace(category, translations=cleaned_texts(CategoryTexts, translations))
