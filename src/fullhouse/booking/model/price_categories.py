"""Price categories of an offering, and how many guests of each a booking is for.

Every guest takes one place, whatever the category. A booking keeps its guests with the names and
prices as they were sold. So the owner may change or remove a category at any time: bookings made
before stay what they are.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fullhouse.booking import limits
from fullhouse.booking.model.readable_ids import READABLE_ID
from fullhouse.booking.model.translated_texts import CategoryTexts
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import one_line
from fullhouse.people.model.translated_texts import cleaned_texts, given_texts, of_language

GivenGuests = Mapping[str, int]
"""How many guests of each category a request is for, by the ids of the categories."""
StoredGuests = Sequence[Mapping[str, object]]
"""Guests as the database has them: see `guests_of`."""


TIMES: Final = "\N{MULTIPLICATION SIGN}"


class PriceCategory(msgspec.Struct, frozen=True, kw_only=True):
    """Guests who pay a price of their own; `id` is the part of it that never changes."""

    id: Annotated[str, Meta(max_length=limits.READABLE_ID_CHARACTERS_MAX, pattern=READABLE_ID)]
    name: Annotated[str, Meta(min_length=1, max_length=limits.CATEGORY_NAME_CHARACTERS_MAX)]
    price_amount: Annotated[int, Meta(ge=0, le=limits.PRICE_AMOUNT_MAX)]
    translations: tuple[CategoryTexts, ...] = ()

    def in_language(self, language: str) -> "PriceCategory":
        """The category as guests of a language read it."""
        own = of_language(self.translations, language)
        return msgspec.structs.replace(self, **given_texts(own)) if own else self


class CategoryGuests(msgspec.Struct, frozen=True):
    """The guests of one category, with its name and the price of each as they were sold."""

    category: str
    name: str
    price_amount: int
    number: int


def guests_sold(
    categories: Sequence[PriceCategory], given: GivenGuests | None, *, party: int
) -> tuple[CategoryGuests, ...]:
    """The guests of a party, in the order of the categories: all of the first one if not given."""
    numbers = {categories[0].id: party} if given is None and categories else given or {}
    return tuple(
        CategoryGuests(one.id, one.name, one.price_amount, number)
        for one in categories
        if (number := numbers.get(one.id, 0))
    )


def categories_with(
    categories: Sequence[PriceCategory], sold: Sequence[CategoryGuests]
) -> tuple[PriceCategory, ...]:
    """The categories of now, and those of a booking that are gone, at the price they had then."""
    known = {one.id for one in categories}
    gone = (one for one in sold if one.category not in known)
    return (
        *categories,
        *(PriceCategory(id=o.category, name=o.name, price_amount=o.price_amount) for o in gone),
    )


def guests_repriced(
    categories: Sequence[PriceCategory], sold: Sequence[CategoryGuests], *, party: int
) -> tuple[CategoryGuests, ...]:
    """The same guests at the prices of now; those of a category that is gone keep their price."""
    if not (categories and sold):
        return guests_sold(categories, None, party=party)
    return guests_sold(categories_with(categories, sold), numbers_of(sold), party=party)


def guests_amount(guests: Sequence[CategoryGuests]) -> int:
    """What the guests pay together for one slot, in minor units."""
    return sum(one.price_amount * one.number for one in guests)


def numbers_of(guests: Sequence[CategoryGuests]) -> dict[str, int] | None:
    """How many of each category; None where nothing was sold by category."""
    return {one.category: one.number for one in guests} or None


def guests_line(guests: Sequence[CategoryGuests]) -> str:
    """All guests in a line, in the owner's words."""
    return ", ".join(f"{one.number} {TIMES} {one.name}" for one in guests)


def key_of_guests(given: GivenGuests | None) -> tuple[object, ...]:
    """What tells a request from one for other guests, for its idempotency key."""
    return () if given is None else tuple(sorted((one, n) for one, n in given.items() if n))


def stored_guests(guests: Sequence[CategoryGuests]) -> StoredGuests | None:
    """Guests for the database; None without categories."""
    return msgspec.to_builtins(guests) if guests else None


def guests_of(stored: StoredGuests | None) -> tuple[CategoryGuests, ...]:
    """The guests of a booking by category; none where all pay the same."""
    return msgspec.convert(stored, tuple[CategoryGuests, ...]) if stored else ()


def guests_in(
    stored: StoredGuests | None, categories: Sequence[PriceCategory], language: str
) -> StoredGuests | None:
    """Guests as those of a language read it; the names of categories that are gone stay."""
    names = {one.id: one.in_language(language).name for one in categories}
    guests = guests_of(stored)
    shown = (msgspec.structs.replace(g, name=names.get(g.category, g.name)) for g in guests)
    return stored_guests(tuple(shown))


def cleaned_category(category: PriceCategory) -> PriceCategory:
    """The category without what pasting its name brought along.

    Raises `InvalidInput` when nothing is left of it.
    """
    name = one_line(category.name)
    if not name:
        raise InvalidInput("Send a name that can be seen.", field="price_categories.name")
    return PriceCategory(
        id=category.id,
        name=name,
        price_amount=category.price_amount,
        translations=cleaned_texts(CategoryTexts, category.translations),
    )


def category_fault(
    categories: Sequence[PriceCategory], *, price_amount: int, is_per_person: bool
) -> str | None:
    """The field of an offering that its categories cannot be sold with; None when all can."""
    if not categories:
        return None
    ids = {one.id for one in categories}
    names = {one.name.casefold() for one in categories}
    count = len(categories)
    wrong = {
        "price_categories": not len(ids) == len(names) == count <= limits.PRICE_CATEGORIES_MAX,
        "price_unit": not is_per_person,
        "price_amount": categories[0].price_amount != price_amount,
        "price_categories.price_amount": not price_amount
        and any(one.price_amount for one in categories),
    }
    return next((field for field, is_wrong in wrong.items() if is_wrong), None)
