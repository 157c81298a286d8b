"""Price categories, and guests by them, as requests describe them."""

from typing import Annotated

from msgspec import Meta

from fullhouse.booking.limits import (
    PARTY_MAX,
    PRICE_CATEGORIES_MAX,
    READABLE_ID_CHARACTERS_MAX,
)
from fullhouse.booking.model.price_categories import PriceCategory
from fullhouse.booking.model.readable_ids import READABLE_ID
from fullhouse.booking.model.translated_texts import CategoryTexts
from fullhouse.kernel.errors import InvalidInput


class CategoryTextsRequest(CategoryTexts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price category in a further language."""


class PriceCategoryRequest(PriceCategory, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Guests who pay a price of their own."""

    translations: tuple[CategoryTextsRequest, ...] = ()


Guests = Annotated[
    dict[
        Annotated[str, Meta(max_length=READABLE_ID_CHARACTERS_MAX, pattern=READABLE_ID)],
        Annotated[int, Meta(ge=0, le=PARTY_MAX)],
    ],
    Meta(
        min_length=1,
        max_length=PRICE_CATEGORIES_MAX,
        description="How many guests of each of the `price_categories` of the offering come, by "
        "their ids, instead of `party`. A `party` alone is all of the first category.",
        examples=[{"adult": 2, "child": 1}],
    ),
]


def read_party(party: int | None, guests: Guests | None) -> int | None:
    """How many people come, however it is given; raises `InvalidInput` for two numbers."""
    if guests is None:
        return party
    size = sum(guests.values())
    if not size:
        raise InvalidInput("Send at least one guest.", field="guests")
    if party not in {None, size}:
        detail = f"The guests are {size} together. Send the same `party`, or none."
        raise InvalidInput(detail, field="party")
    return size
