"""Guests by price category: what is sold, what it costs, and what an offering cannot sell."""

from typing import Final

import pytest
from tests.builders.business import an_offering

from fullhouse.booking import limits
from fullhouse.booking.errors import UnknownPriceCategory
from fullhouse.booking.guests import checked_guests
from fullhouse.booking.model.price_categories import (
    CategoryGuests,
    PriceCategory,
    category_fault,
    guests_amount,
    guests_of,
    guests_repriced,
    guests_sold,
    numbers_of,
    stored_guests,
)
from fullhouse.booking.model.price_category_form import (
    category_lines,
    read_category_lines,
    with_ids_of,
)
from fullhouse.kernel.errors import InvalidInput
from fullhouse.localisation.translations import load_translations

ADULT: Final = PriceCategory(id="adult", name="Adult", price_amount=1200)
CHILD: Final = PriceCategory(id="child", name="Child (3 to 12)", price_amount=600)
BABY: Final = PriceCategory(id="baby", name="Baby", price_amount=0)
ALL: Final = (ADULT, CHILD, BABY)


def test_each_guest_pays_the_price_of_the_category() -> None:
    guests = guests_sold(ALL, {"child": 1, "baby": 1, "adult": 2}, party=4)
    assert [(one.name, one.number) for one in guests] == [
        ("Adult", 2),
        ("Child (3 to 12)", 1),
        ("Baby", 1),
    ]
    assert guests_amount(guests) == 2 * 1200 + 600
    offering = an_offering(price_amount=1200, price_categories=ALL)
    assert offering.price_of(4, slots=3, guests=guests).amount == 3 * 3000


def test_a_party_alone_is_all_of_the_first_category() -> None:
    assert guests_sold(ALL, None, party=3) == (CategoryGuests("adult", "Adult", 1200, 3),)
    assert guests_sold((), None, party=3) == ()


def test_guests_are_kept_as_they_were_sold() -> None:
    guests = guests_sold(ALL, {"adult": 1, "child": 2}, party=3)
    assert guests_of(stored_guests(guests)) == guests
    assert numbers_of(guests) == {"adult": 1, "child": 2}
    assert stored_guests(()) is None
    assert guests_of(None) == ()
    assert numbers_of(()) is None


def test_guests_who_move_pay_the_prices_of_now() -> None:
    sold = guests_sold(ALL, {"adult": 1, "child": 1}, party=2)
    dearer = (PriceCategory(id="adult", name="Grown-up", price_amount=1500), BABY)
    assert guests_repriced(dearer, sold, party=2) == (
        CategoryGuests("adult", "Grown-up", 1500, 1),
        CategoryGuests("child", "Child (3 to 12)", 600, 1),
    )
    assert guests_repriced((), sold, party=2) == ()
    assert guests_repriced(ALL, (), party=2) == (CategoryGuests("adult", "Adult", 1200, 2),)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"adult": 1}, "guests"),
        ({"adult": 2, "child": 1}, "guests"),
        ({"adult": 3, "child": -1}, "guests.child"),
        ({"pirate": 2}, "guests.pirate"),
    ],
)
def test_wrong_guests_are_named(given: dict[str, int], field: str) -> None:
    offering = an_offering(price_amount=1200, price_categories=ALL)
    with pytest.raises(InvalidInput) as refused:
        checked_guests(offering, given, party=2)
    assert refused.value.field == field


def test_an_offering_with_one_price_has_no_categories_to_name() -> None:
    assert checked_guests(an_offering(), None, party=2) == ()
    with pytest.raises(UnknownPriceCategory):
        checked_guests(an_offering(), {"adult": 2}, party=2)


@pytest.mark.parametrize(
    ("categories", "fault"),
    [
        ((), None),
        (ALL, None),
        ((ADULT,), None),
        ((ADULT, ADULT), "price_categories"),
        (
            (ADULT, PriceCategory(id="adults", name="ADULT", price_amount=1)),
            "price_categories",
        ),
        (
            tuple(
                PriceCategory(id=f"c-{n}", name=f"C {n}", price_amount=1200)
                for n in range(limits.PRICE_CATEGORIES_MAX + 1)
            ),
            "price_categories",
        ),
        ((CHILD, ADULT), "price_amount"),
    ],
)
def test_categories_that_cannot_be_sold_are_named(
    categories: tuple[PriceCategory, ...], fault: str | None
) -> None:
    assert category_fault(categories, price_amount=1200, is_per_person=True) == fault


@pytest.mark.parametrize(
    ("text", "language", "read"),
    [
        ("Adult: 12.00\nChild (3 to 12): 6", "en", [("Adult", 1200), ("Child (3 to 12)", 600)]),
        (" Adult   12.5 \r\n\n Baby 0\n", "en", [("Adult", 1250), ("Baby", 0)]),
        ("Adult: $1,200.00", "en", [("Adult", 120_000)]),
        (
            "Erwachsene: 12,00 €\nKinder 3-12: 6,50",
            "de",
            [("Erwachsene", 1200), ("Kinder 3-12", 650)],
        ),
    ],
)
def test_lines_of_an_owner_are_names_and_prices(
    text: str, language: str, read: list[tuple[str, int]]
) -> None:
    translations = load_translations()[language]
    found = read_category_lines(text, "EUR", translations)
    assert [(one.name, one.price_amount) for one in found] == read
    lines = "\n".join(category_lines(found, "EUR", translations))
    assert read_category_lines(lines, "EUR", translations) == found
    assert len({one.id for one in found}) == len(found)


@pytest.mark.parametrize(
    "text", ["Adult", "12.00", "Adult: twelve", "Adult: 1.2.3", ": 12", "Adult 12.001"]
)
def test_line_without_a_name_or_a_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_category_lines(text, "EUR", load_translations()["en"])


def test_lines_past_those_that_may_be_are_refused_before_they_are_read() -> None:
    """Each id is looked for among those before it: of a full form that would take hours."""
    with pytest.raises(ValueError, match="60000"):
        read_category_lines("a 1\n" * 60_000, "EUR", load_translations()["en"])


def test_category_keeps_its_id_where_it_keeps_its_name() -> None:
    def ids(*names: str) -> list[str]:
        after = [PriceCategory(id="new", name=name, price_amount=1) for name in names]
        return [one.id for one in with_ids_of(ALL, after)]

    assert ids("Baby", "ADULT") == ["baby", "adult"]
    assert ids("Grown-up", "Child (3 to 12)") == ["grown-up", "child"]
    assert ids("Adult", "Child (3 to 12)", "Baby", "Senior") == ["adult", "child", "baby", "senior"]
    assert ids("Adult", "Child (3 to 12)", "Dog", "Baby") == ["adult", "child", "dog", "baby"]


def test_a_free_category_is_not_the_first_of_one_that_pays() -> None:
    fault = category_fault((BABY, ADULT), price_amount=0, is_per_person=True)
    assert fault == "price_categories.price_amount"
    assert category_fault((BABY,), price_amount=0, is_per_person=True) is None


def test_a_price_for_the_group_has_no_categories() -> None:
    assert category_fault(ALL, price_amount=1200, is_per_person=False) == "price_unit"
