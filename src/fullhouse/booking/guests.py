"""The guests of a request by the price categories of its offering."""

from collections.abc import Sequence

from fullhouse.booking.errors import UnknownPriceCategory
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.price_categories import (
    CategoryGuests,
    GivenGuests,
    categories_with,
    guests_sold,
)
from fullhouse.kernel.errors import InvalidInput


def checked_guests(
    offering: Offering,
    given: GivenGuests | None,
    *,
    party: int,
    before: Sequence[CategoryGuests] = (),
) -> tuple[CategoryGuests, ...]:
    """The guests as they are sold: not `given`, a party is all of the first category.

    A booking that is changed may keep the categories of its guests `before`. Raises
    `UnknownPriceCategory`, and `InvalidInput` unless they are as many as the party.
    """
    if not (offering.price_categories or given):
        return ()
    categories = categories_with(offering.price_categories, before)
    known = {one.id for one in categories}
    for category, number in (given or {}).items():
        if category not in known:
            raise UnknownPriceCategory(field=f"guests.{category}", category=category)
        if number < 0:
            detail = "Send how many guests of this price category come: 0 or more."
            raise InvalidInput(detail, field=f"guests.{category}")
    if given is not None and sum(given.values()) != party:
        detail = f"The guests of all price categories must be {party} together."
        raise InvalidInput(detail, field="guests")
    return guests_sold(categories, given, party=party)
