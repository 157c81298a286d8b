"""Pictures of an offering in order: the first is on its card, the others are on its page."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import msgspec
from msgspec import Meta, structs

from fullhouse.booking.limits import PICTURES_PER_OFFERING_MAX
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.picture import OfferingPicture, PictureTexts, cleaned_picture
from fullhouse.booking.model.translated_texts import OfferingTexts
from fullhouse.people.limits import SUMMARY_CHARACTERS_MAX
from fullhouse.people.model.translated_texts import cleaned_texts, of_language


class PictureFormTexts(PictureTexts, frozen=True, kw_only=True):
    """What a picture shows in one language, as a form has it."""

    language: str = ""


class PictureForm(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of an offering as its owner describes it."""

    offering: Annotated[str, Meta(min_length=1)]
    picture: Annotated[str, Meta(min_length=1)]
    alt: Annotated[str, Meta(max_length=SUMMARY_CHARACTERS_MAX)] = ""
    texts: dict[str, PictureFormTexts] = msgspec.field(default_factory=dict)
    """By the further languages of the business."""
    replaces: str = ""
    """The name of the picture that is described; empty for a new one."""

    def read(self) -> OfferingPicture:
        texts = (PictureTexts(language=name, alt=one.alt) for name, one in self.texts.items())
        picture = OfferingPicture(name=self.picture, alt=self.alt, translations=tuple(texts))
        return cleaned_picture(picture)


class PictureRow(msgspec.Struct, frozen=True):
    """A picture of the business: of an offering at a `place`, or of none.

    `shown_as` says where the others are shown: `cover`, `logo`, or nowhere.
    """

    picture: OfferingPicture
    offering: Offering | None = None
    place: int = 0
    shown_as: str = ""

    @property
    def key(self) -> str:
        """Of an offering, with its slug before the name."""
        name = self.picture.name
        return f"{self.offering.slug}.{name}" if self.offering else name

    @property
    def form(self) -> PictureForm:
        picture = self.picture
        return PictureForm(
            offering=self.offering.slug if self.offering else "",
            picture=picture.name,
            alt=picture.alt,
            replaces=picture.name,
            texts={
                one.language: PictureFormTexts(language=one.language, alt=one.alt)
                for one in picture.translations
            },
        )


def pictures_of_offering(offering: Offering) -> tuple[OfferingPicture, ...]:
    """All pictures of an offering."""
    if not offering.picture:
        return offering.more_pictures
    texts = (
        PictureTexts(language=one.language, alt=one.picture_alt) for one in offering.translations
    )
    first = OfferingPicture(
        name=offering.picture,
        alt=offering.picture_alt,
        translations=cleaned_texts(PictureTexts, tuple(texts)),
    )
    return (first, *offering.more_pictures)


def with_pictures(offering: Offering, pictures: Sequence[OfferingPicture]) -> Offering:
    """The offering with these pictures."""
    first = pictures[0] if pictures else OfferingPicture(name="")
    stored = [one.language for one in offering.translations]
    languages = dict.fromkeys([*stored, *(one.language for one in first.translations)])
    translations = [
        structs.replace(
            of_language(offering.translations, language) or OfferingTexts(language=language),
            picture_alt=alt.alt if (alt := of_language(first.translations, language)) else "",
        )
        for language in languages
    ]
    return replace(
        offering,
        picture=first.name or None,
        picture_alt=first.alt,
        more_pictures=tuple(pictures[1:]),
        translations=cleaned_texts(OfferingTexts, translations),
    )


def picture_fault(offering: Offering) -> str | None:
    """Why the pictures of an offering cannot be shown; None when they can."""
    names = [one.name for one in pictures_of_offering(offering)]
    if len(names) > PICTURES_PER_OFFERING_MAX:
        return f"Send at most {PICTURES_PER_OFFERING_MAX} pictures."
    if len(set(names)) < len(names):
        return "Send each picture once."
    return None if offering.picture or not names else "Send the first picture as `picture`."
