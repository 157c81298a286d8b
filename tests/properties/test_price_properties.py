"""What holds of every booking by price category, whatever the prices and the guests."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders.business import an_offering

from fullhouse.booking.guests import checked_guests
from fullhouse.booking.limits import PARTY_MAX, PRICE_AMOUNT_MAX, PRICE_CATEGORIES_MAX
from fullhouse.booking.model.price_categories import (
    PriceCategory,
    guests_amount,
    guests_of,
    guests_repriced,
    numbers_of,
    stored_guests,
)

prices = st.integers(0, PRICE_AMOUNT_MAX)


@st.composite
def sales(draw: st.DrawFn) -> tuple[Sequence[PriceCategory], dict[str, int]]:
    """Categories, and at least one guest of them."""
    amounts = draw(st.lists(prices, min_size=1, max_size=PRICE_CATEGORIES_MAX))
    categories = [
        PriceCategory(id=f"c-{n}", name=f"C {n}", price_amount=amount)
        for n, amount in enumerate(amounts)
    ]
    most = PARTY_MAX // len(categories)
    numbers = {one.id: draw(st.integers(0, most)) for one in categories}
    numbers[categories[0].id] += not sum(numbers.values())
    return categories, numbers


@settings(deadline=None, max_examples=100)
@given(sales(), st.integers(1, 12), prices)
def test_guests_are_the_party_and_pay_what_was_sold(
    sale: tuple[Sequence[PriceCategory], dict[str, int]], slots: int, later: int
) -> None:
    categories, numbers = sale
    party = sum(numbers.values())
    offering = an_offering(
        price_amount=categories[0].price_amount, price_categories=tuple(categories)
    )
    sold = checked_guests(offering, numbers, party=party)
    kept = guests_of(stored_guests(sold))
    assert kept == sold
    assert sum(one.number for one in kept) == party
    expected = sum(one.price_amount * numbers[one.id] for one in categories)
    assert offering.price_of(party, slots=slots, guests=kept).amount == expected * slots
    dearer = [PriceCategory(id=one.id, name=one.name, price_amount=later) for one in categories[1:]]
    repriced = guests_repriced(dearer, kept, party=party) if dearer else kept
    assert numbers_of(repriced) == numbers_of(kept)
    if dearer:
        of_first = numbers[categories[0].id]
        first_price = categories[0].price_amount
        assert guests_amount(repriced) == (party - of_first) * later + of_first * first_price
