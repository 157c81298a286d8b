"""Types of fields with their limits, and the bases of request structs."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Final, Generic, TypeVar, get_type_hints

import msgspec
from msgspec import Meta

from fullhouse.booking.limits import PARTY_MAX
from fullhouse.entrypoints.inputs.limits import (
    DESCRIPTION_CHARACTERS_MAX,
    SOURCE_FIELDS_MAX,
    SUMMARY_CHARACTERS_MAX,
)
from fullhouse.people.limits import EMAIL_CHARACTERS_MAX, NAME_CHARACTERS_MAX, PHONE_CHARACTERS_MAX

T = TypeVar("T", bound=msgspec.Struct)

LINE: Final = r"^ *[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
"""One line of text that is not blank; a line break at its end is trimmed when it is read."""

Name = Annotated[
    str, Meta(min_length=1, max_length=NAME_CHARACTERS_MAX, pattern=LINE, examples=["Ana"])
]
Email = Annotated[str, Meta(min_length=3, max_length=EMAIL_CHARACTERS_MAX)]
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
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$",
        max_length=35,
        description="BCP 47, such as `en` or `de-AT`: the language of mails and tickets.",
    ),
]
Party = Annotated[int, Meta(ge=1, le=PARTY_MAX, description="How many people come.")]
Summary = Annotated[str, Meta(max_length=SUMMARY_CHARACTERS_MAX)]
Description = Annotated[str, Meta(max_length=DESCRIPTION_CHARACTERS_MAX)]
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
        Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")],
        Annotated[str, Meta(max_length=NAME_CHARACTERS_MAX)],
    ],
    Meta(
        max_length=SOURCE_FIELDS_MAX,
        description="Where the customer came from: `utm_source`, `utm_campaign`…",
    ),
]


class RequestBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of request bodies. Unknown fields are refused: a misspelt one would be ignored."""

    examples: ClassVar[Mapping[str, object]] = {}
    """Bodies that are valid, by a name; the OpenAPI document shows them, the tests send them."""


class Patch(msgspec.Struct, Generic[T], frozen=True):
    """The fields of a request that are to change; those left out stay (RFC 7396)."""

    changes: Mapping[str, object]

    def apply_to(self, current: T) -> T:
        return msgspec.structs.replace(current, **self.changes)


def patch_struct(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A struct with the fields of `kind`, each of which may be left out."""
    hints = get_type_hints(kind, include_extras=True)
    return msgspec.defstruct(
        kind.__name__.removesuffix("Request") + "Patch",
        [(name, hints[name] | msgspec.UnsetType, msgspec.UNSET) for name in kind.__struct_fields__],
        namespace={"__doc__": f"Fields to change; a field left out stays. See `{kind.__name__}`."},
        frozen=True,
        forbid_unknown_fields=True,
    )


def patch_of(fields: msgspec.Struct) -> Patch[msgspec.Struct]:
    """The patch that a decoded `patch_struct` describes."""
    values = {name: getattr(fields, name) for name in fields.__struct_fields__}
    return Patch({name: value for name, value in values.items() if value is not msgspec.UNSET})
