"""Price categories as their owner writes them: a line for each, with its name and price."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from fullhouse.booking.limits import PRICE_CATEGORIES_MAX
from fullhouse.booking.model.price_categories import PriceCategory
from fullhouse.booking.model.readable_ids import new_readable_id
from fullhouse.kernel.money import Money
from fullhouse.kernel.text import one_line
from fullhouse.localisation.amounts import money_text, parse_money
from fullhouse.localisation.translations import Translations

_LINE: Final = re.compile(
    r"(?P<name>[^\s:](?:.*\S)?)\s*[:\s]\s*\W?(?P<amount>[0-9][0-9.,']*)\s*\W?"
)
"""A name, a colon or a space, and an amount, maybe with the sign of the currency."""


def read_category_lines(
    text: str, currency: str, translations: Translations
) -> list[PriceCategory]:
    """The categories of a text.

    Raises `ValueError` for a line without a name and a price, and for more lines than may be.
    """
    found: list[PriceCategory] = []
    lines = list(filter(None, map(one_line, text.splitlines())))
    if len(lines) > PRICE_CATEGORIES_MAX:
        raise ValueError(len(lines))
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(line)
        name = match["name"].rstrip(": ")
        amount = parse_money(match["amount"], currency, translations.locale).amount
        new_id = new_readable_id(name, [one.id for one in found], without="price")
        found.append(PriceCategory(id=new_id, name=name, price_amount=amount))
    return found


def category_lines(
    categories: Sequence[PriceCategory], currency: str, translations: Translations
) -> Iterator[str]:
    """The line of each category, as it is read again."""
    for one in categories:
        yield f"{one.name}: {money_text(Money(one.price_amount, currency), translations.locale)}"


def with_ids_of(
    before: Sequence[PriceCategory], after: Sequence[PriceCategory]
) -> tuple[PriceCategory, ...]:
    """The new categories, those of the same name with the id that they had.

    Another name is another category: a program that sells the former one is refused, and does not
    sell something else.
    """
    ids = {one.name.casefold(): one.id for one in before}
    taken = list(ids.values())
    made: list[PriceCategory] = []
    for one in after:
        kept = ids.pop(one.name.casefold(), None)
        new_id = kept or new_readable_id(one.name, taken, without="price")
        taken.append(new_id)
        made.append(replace(one, id=new_id))
    return tuple(made)
