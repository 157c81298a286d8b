"""Texts of an offering in the further languages of its business."""

from typing import Annotated

import msgspec
from msgspec import Meta

from fullhouse.booking import limits
from fullhouse.people.limits import (
    DESCRIPTION_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    SUMMARY_CHARACTERS_MAX,
)
from fullhouse.people.model.translated_texts import Language


def _line(example: str, *, characters_max: int = SUMMARY_CHARACTERS_MAX) -> Meta:
    return Meta(max_length=characters_max, examples=[example])


class OfferingTexts(msgspec.Struct, frozen=True, kw_only=True):
    """What an offering says in one language."""

    language: Language
    name: Annotated[
        str, _line("Morgen im Sonnenblumenfeld", characters_max=NAME_CHARACTERS_MAX)
    ] = ""
    summary: Annotated[str, _line("Eine halbe Stunde im Feld.")] = ""
    description: Annotated[
        str, _line("Scheren hängen am Tor.", characters_max=DESCRIPTION_CHARACTERS_MAX)
    ] = ""
    how_to_pay: Annotated[str, _line("Zahlen Sie am Tor, bar oder mit Karte.")] = ""
    what_to_bring: Annotated[str, _line("Feste Schuhe.")] = ""
    picture_alt: Annotated[str, _line("Ein Feld voller Sonnenblumen.")] = ""


class QuestionTexts(msgspec.Struct, frozen=True, kw_only=True):
    """A question in one language; its `choices` in the order of those of the question."""

    language: Language
    text: Annotated[
        str, _line("Hat jemand eine Allergie?", characters_max=limits.QUESTION_CHARACTERS_MAX)
    ] = ""
    hint: Annotated[
        str, _line("Bienen sind überall.", characters_max=limits.QUESTION_HINT_CHARACTERS_MAX)
    ] = ""
    choices: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=limits.CHOICE_CHARACTERS_MAX)], ...],
        Meta(max_length=limits.CHOICES_MAX, examples=[["Roggen", "Weizen"]]),
    ] = ()


class CategoryTexts(msgspec.Struct, frozen=True, kw_only=True):
    """A price category in one language."""

    language: Language
    name: Annotated[
        str, _line("Erwachsene", characters_max=limits.CATEGORY_NAME_CHARACTERS_MAX)
    ] = ""
