"""Guests by price category from the fields of a form or a query: read without trust."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from fullhouse.booking.limits import PARTY_MAX
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.price_categories import (
    CategoryGuests,
    GivenGuests,
    PriceCategory,
    guests_sold,
    numbers_of,
)
from fullhouse.localisation.translations import Translations

PARTY_FIELD: Final = "party"
"""The name of the field for the size of a party that pays one price."""
_PREFIX: Final = "guests."
_DIGITS_MAX: Final = 4


def guests_field(category: str) -> str:
    """The name of the field for the guests of a category."""
    return f"{_PREFIX}{category}"


def guests_fields(numbers: GivenGuests | None) -> tuple[tuple[str, str], ...]:
    """The fields that say how many guests of each category come."""
    return tuple((guests_field(one), str(number)) for one, number in (numbers or {}).items())


def guests_query(numbers: GivenGuests | None) -> str:
    """The same as the end of a query. None of it needs to be quoted."""
    return "".join(f"&{name}={number}" for name, number in guests_fields(numbers))


def read_typed_guests(
    typed: Callable[[str], str | None],
    categories: Sequence[PriceCategory],
    *,
    party: int,
    smallest: int = 1,
    largest: int = PARTY_MAX,
) -> dict[str, int] | None:
    """How many guests of each category come; those of none are left out.

    Without any field they are `party` of the first category. A button `more` or `fewer` names a
    category with one more or less, within the bounds of the whole party. None without categories.
    """
    if not categories:
        return None
    texts = {one.id: typed(guests_field(one.id)) for one in categories}
    if all(text is None for text in texts.values()):
        return {categories[0].id: party}
    numbers = {one: _number(text or "") for one, text in texts.items()}
    size = sum(numbers.values())
    more, fewer = typed("more"), typed("fewer")
    if more in numbers and size < largest:
        numbers[more] += 1
    elif fewer in numbers and size > smallest and numbers[fewer]:
        numbers[fewer] -= 1
    return {one: number for one, number in numbers.items() if number}


def read_changed_guests(
    typed: Callable[[str], str | None], booking: Booking, categories: Sequence[PriceCategory]
) -> dict[str, int] | None:
    """The guests for whom a booking shall be: without a field, those who come already.

    None where it was sold without categories, or where nothing is typed and one of its own is gone.
    """
    now = booking.guest_numbers or {}
    if not now or not categories:
        return None
    if all(typed(guests_field(one.id)) is None for one in categories):
        return now if now.keys() <= {one.id for one in categories} else None
    return read_typed_guests(typed, categories, party=booking.party)


class ChosenParty(msgspec.Struct, frozen=True):
    """Who comes, as staff typed it: a number, or how many of each price category.

    `party` is None where something is wrong; `problems` are by the names of the fields.
    """

    party: int | GivenGuests | None = None
    size: int = 0
    problems: Mapping[str, str] = msgspec.field(default_factory=dict)


def choose_party(
    form: Mapping[str, str], categories: Sequence[PriceCategory], translations: Translations
) -> ChosenParty:
    """Who comes by the fields of a form that changes a booking; staff know no largest party."""
    fields = [guests_field(one.id) for one in categories] or [PARTY_FIELD]
    if not any(field in form for field in fields):
        _ = translations.gettext
        problem = _("Guests pay different prices here: enter how many of each come")
        return ChosenParty(problems={fields[0]: problem if categories else _("Fill this in.")})
    smallest = 0 if categories else 1
    numbers = {field: _exact_number(form.get(field, "")) for field in fields}
    problems = {
        field: _number_problem(form.get(field, ""), smallest, translations)
        for field, number in numbers.items()
        if number is None or not smallest <= number <= PARTY_MAX
    }
    size = sum(number or 0 for number in numbers.values())
    if not problems and not 1 <= size <= PARTY_MAX:
        problems = {fields[0]: _number_problem("-", 1, translations)}
    if problems:
        return ChosenParty(problems=problems)
    if not categories:
        return ChosenParty(size, size)
    guests = {one.id: numbers[guests_field(one.id)] or 0 for one in categories}
    return ChosenParty({one: number for one, number in guests.items() if number}, size)


def _exact_number(text: str) -> int | None:
    """The number; 0 for an empty field and None for anything else."""
    text = text.strip()
    is_number = text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX
    return int(text) if is_number else None if text else 0


def _number_problem(text: str, smallest: int, translations: Translations) -> str:
    _ = translations.gettext
    if not text.strip():
        return _("Fill this in.")
    return _("Enter a number from %(low)s to %(high)s.", low=smallest, high=PARTY_MAX)


class ChosenGuests(msgspec.Struct, frozen=True):
    """Guests as typed for places that are held, by the names of their fields.

    `guests` are sold when there is no problem; None where nobody is asked.
    """

    typed: Mapping[str, str] = msgspec.field(default_factory=dict)
    guests: tuple[CategoryGuests, ...] | None = None
    problems: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, int] | None:
        return None if self.guests is None else numbers_of(self.guests)


def choose_guests(
    form: Mapping[str, str],
    categories: Sequence[PriceCategory],
    translations: Translations,
    *,
    party: int,
) -> ChosenGuests:
    """The guests for whom a party that has waited books; without a field, all are of the first."""
    if not categories:
        return ChosenGuests()
    numbers = read_typed_guests(form.get, categories, party=party) or {}
    typed = {guests_field(one.id): str(numbers.get(one.id, 0)) for one in categories}
    if sum(numbers.values()) != party:
        problem = translations.ngettext(
            "Enter %(n)s guest in all.", "Enter %(n)s guests in all.", party
        )
        return ChosenGuests(typed, None, {guests_field(categories[0].id): problem})
    return ChosenGuests(typed, guests_sold(categories, numbers, party=party))


def _number(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX
    return min(int(text), PARTY_MAX) if is_number else 0
