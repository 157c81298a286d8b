"""A picture of an offering, by the name under which the business keeps it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from fullhouse.kernel.text import one_line
from fullhouse.people.limits import PICTURE_NAME_CHARACTERS_MAX, SUMMARY_CHARACTERS_MAX
from fullhouse.people.model.translated_texts import (
    Language,
    cleaned_texts,
    given_texts,
    of_language,
)


class PictureTexts(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture shows, in one language."""

    language: Language
    alt: Annotated[
        str, Meta(max_length=SUMMARY_CHARACTERS_MAX, examples=["Ein Picknick zwischen den Reihen."])
    ] = ""


class OfferingPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture beside the first; `alt` says what it shows, empty for one that only decorates."""

    name: Annotated[str, Meta(max_length=PICTURE_NAME_CHARACTERS_MAX, pattern="^[a-z0-9._-]*$")]
    alt: Annotated[str, Meta(max_length=SUMMARY_CHARACTERS_MAX)] = ""
    translations: tuple[PictureTexts, ...] = ()

    def in_language(self, language: str) -> "OfferingPicture":
        """The picture as guests of a language read it."""
        own = of_language(self.translations, language)
        return msgspec.structs.replace(self, **given_texts(own)) if own else self


def cleaned_picture(picture: OfferingPicture) -> OfferingPicture:
    """The picture without what pasting its texts brought along."""
    return OfferingPicture(
        name=picture.name,
        alt=one_line(picture.alt),
        translations=cleaned_texts(PictureTexts, picture.translations),
    )
