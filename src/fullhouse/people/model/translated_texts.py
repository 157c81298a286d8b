"""Texts in the further languages of a business; an empty one is as in the main language.

They are tuples of structs, so that what they belong to can still be hashed.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Protocol, TypeVar

import msgspec
from msgspec import Meta, structs

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import one_line
from fullhouse.kernel.typed_text import text_as_meant
from fullhouse.people.limits import (
    DESCRIPTION_CHARACTERS_MAX,
    LEGAL_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    SUMMARY_CHARACTERS_MAX,
)

Language = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]{2,3}(?!\n)$",
        description="One of the further `languages` of the business.",
        examples=["de"],
    ),
]


_Line = Annotated[str, Meta(max_length=SUMMARY_CHARACTERS_MAX)]
_Legal = Annotated[
    str, Meta(max_length=LEGAL_CHARACTERS_MAX, examples=["Wir halten Ihre Plätze frei."])
]


class OrganisationTexts(msgspec.Struct, frozen=True, kw_only=True):
    """What a business says of itself in one language."""

    language: Language
    tagline: Annotated[_Line, Meta(examples=["Blumen zum Selberpflücken"])] = ""
    cover_alt: Annotated[_Line, Meta(examples=["Blumenreihen vor einer Scheune."])] = ""
    terms: _Legal = ""
    privacy: _Legal = ""
    imprint: _Legal = ""
    consent: Annotated[_Line, Meta(examples=["Mit der Buchung gelten unsere AGB."])] = ""


class VenueTexts(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue is called and how to get there, in one language."""

    language: Language
    name: Annotated[str, Meta(max_length=NAME_CHARACTERS_MAX, examples=["Das Nordfeld"])] = ""
    directions: Annotated[
        str,
        Meta(
            max_length=DESCRIPTION_CHARACTERS_MAX,
            examples=["Parken Sie an der Scheune; das Tor ist dahinter."],
        ),
    ] = ""


class OfLanguage(Protocol):
    """What is said in one language."""

    @property
    def language(self) -> str: ...


_Texts = TypeVar("_Texts", bound=msgspec.Struct)
_Translated = TypeVar("_Translated", bound=OfLanguage)
_BLOCKS: Final = frozenset(
    {"description", "directions", "how_to_pay", "terms", "privacy", "imprint"}
)
"""Texts of several lines."""


def of_language(translations: Sequence[_Translated], language: str) -> _Translated | None:
    return next((one for one in translations if one.language == language), None)


def given_texts(texts: msgspec.Struct | None) -> dict[str, str]:
    """The texts that are not empty, by field."""
    fields = {} if texts is None else structs.asdict(texts)
    return {name: text for name, text in fields.items() if text and name != "language"}


def cleaned_texts(kind: type[_Texts], translations: Sequence[msgspec.Struct]) -> tuple[_Texts, ...]:
    """The translations without what pasting brought along, and without those that say nothing.

    All are of the `kind` that is stored, also those of a request.
    """
    cleaned = tuple(
        kind(**{name: _cleaned(name, getattr(one, name)) for name in kind.__struct_fields__})
        for one in translations
    )
    return tuple(one for one in cleaned if given_texts(one))


def _cleaned(name: str, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(value, tuple):
        return tuple(map(one_line, value))
    return text_as_meant(value) if name in _BLOCKS else one_line(value)


def check_languages(used: Sequence[OfLanguage], allowed: Sequence[str], *, field: str) -> None:
    """Raise `InvalidInput` for a language that occurs twice, or that the business has not."""
    languages = [one.language for one in used]
    if len(set(languages)) < len(languages):
        raise InvalidInput("Send each language once.", field=field)
    unknown = sorted({*languages} - {*allowed})
    if unknown:
        detail = f"{unknown[0]} is not among the further languages of the business. Add it first."
        raise InvalidInput(detail, field=field)
