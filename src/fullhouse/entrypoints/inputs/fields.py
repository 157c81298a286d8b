"""Types of fields with their limits."""

from datetime import date
from typing import Annotated, Final

from msgspec import Meta

from fullhouse.booking.limits import PARTY_MAX
from fullhouse.entrypoints.inputs.limits import SOURCE_FIELDS_MAX
from fullhouse.people.limits import (
    DESCRIPTION_CHARACTERS_MAX,
    EMAIL_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    PHONE_CHARACTERS_MAX,
    PICTURE_NAME_CHARACTERS_MAX,
    SLUG_CHARACTERS_MAX,
    SUMMARY_CHARACTERS_MAX,
)
from fullhouse.people.model import SLUG

LINE: Final = r"^ *[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
"""One line of text that is not blank; a line break at its end is trimmed when it is read."""

Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=NAME_CHARACTERS_MAX,
        pattern=LINE,
        description="A name, as one line of text.",
    ),
]
Slug = Annotated[str, Meta(min_length=1, max_length=SLUG_CHARACTERS_MAX, pattern=SLUG)]
Email = Annotated[
    str,
    Meta(min_length=3, max_length=EMAIL_CHARACTERS_MAX, extra_json_schema={"format": "email"}),
]
Phone = Annotated[
    str,
    Meta(
        max_length=PHONE_CHARACTERS_MAX,
        description="International with a plus, or as it is dialled where you are. May be empty.",
    ),
]
Locale = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}(?!\n)$",
        max_length=35,
        description="BCP 47, such as `en` or `de-AT`: the language of mails and tickets.",
        examples=["en-US"],
    ),
]
Currency = Annotated[
    str, Meta(pattern="^[A-Za-z]{3}$", description="ISO 4217, such as `USD`.", examples=["USD"])
]
Party = Annotated[int, Meta(ge=1, le=PARTY_MAX, description="How many people come.")]
Summary = Annotated[str, Meta(max_length=SUMMARY_CHARACTERS_MAX)]
Description = Annotated[str, Meta(max_length=DESCRIPTION_CHARACTERS_MAX)]
PictureName = Annotated[
    str,
    Meta(
        max_length=PICTURE_NAME_CHARACTERS_MAX,
        pattern="^[a-z0-9._-]*$",
        description="The name of a picture that was sent, or of one that comes with Fullhouse.",
    ),
]
Cursor = Annotated[str, Meta(max_length=200, description="`next` of the page before.")]
FromDay = Annotated[
    date,
    Meta(description="The first day, at the venue. Today when left out.", examples=["2027-06-12"]),
]
ToDay = Annotated[
    date, Meta(description="The last day, included, at the venue.", examples=["2027-06-13"])
]
Source = Annotated[
    dict[
        Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}(?!\n)$")],
        Annotated[str, Meta(max_length=NAME_CHARACTERS_MAX)],
    ],
    Meta(
        max_length=SOURCE_FIELDS_MAX,
        description="Where the customer came from: `utm_source`, `utm_campaign`…",
    ),
]
