"""The currency of a business: its offerings follow it, and what was sold keeps it."""

from dataclasses import replace

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_guest,
    a_member_of_staff,
    commit,
    save,
)

from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.limits import PRICE_AMOUNT_MAX
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.price_categories import PriceCategory
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model import Organisation
from fullhouse.people.reads.organisations import organisation_by_id

CATEGORIES = (
    PriceCategory(id="adult", name="Adult", price_amount=1200),
    PriceCategory(id="child", name="Child", price_amount=650),
)


async def organisation(app: Application, business: Business) -> Organisation:
    async with app.database.session() as session:
        found = await organisation_by_id(session, business.org_id)
    assert found is not None
    return found


async def change(app: Application, business: Business, currency: str) -> Organisation:
    changed = replace(await organisation(app, business), currency=currency)
    return await commit(
        app, app.booking.change_business, business.org_id, changed, context=a_member_of_staff()
    )


async def only_offering(app: Application, business: Business) -> Offering:
    async with app.database.session() as session:
        (offering,) = await offerings_of(session, business.org_id)
    return offering


async def test_offerings_follow_with_prices_of_the_same_numbers(
    app: Application, business: Business
) -> None:
    await save(app, replace(business.offering, price_categories=CATEGORIES))
    assert (await change(app, business, "eur")).currency == "EUR"
    euros = await only_offering(app, business)
    assert (euros.currency, euros.price_amount) == ("EUR", 1200)
    await change(app, business, "JPY")
    yen = await only_offering(app, business)
    assert (yen.currency, yen.price_amount) == ("JPY", 12)
    assert [one.price_amount for one in yen.price_categories] == [12, 7]
    history = await app.bookings.history(business.org_id, yen.offering_id)
    assert history[-1].payload["after"]["currency"] == "JPY"  # type: ignore[index]  # JSON


async def test_currency_stays_once_somebody_booked_at_a_price(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot()
    await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    with pytest.raises(InvalidInput) as refused:
        await change(app, business, "EUR")
    assert refused.value.field == "currency"
    assert (await organisation(app, business)).currency == "GBP"
    assert (await only_offering(app, business)).currency == "GBP"


async def test_free_bookings_leave_the_currency_open(app: Application, business: Business) -> None:
    business = await business.change(price_amount=0, cancel_fee_percent=0)
    slot = await business.a_slot()
    await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    await change(app, business, "EUR")
    assert (await only_offering(app, business)).currency == "EUR"


@pytest.mark.parametrize("currency", ["ABC", "EURO", ""])
async def test_no_other_currency_is_taken(
    app: Application, business: Business, currency: str
) -> None:
    with pytest.raises(InvalidInput):
        await change(app, business, currency)


async def test_prices_that_cannot_be_in_a_currency_are_named(
    app: Application, business: Business
) -> None:
    """A million million pennies are ten times as many fils, which no price may be."""
    await business.change(price_amount=PRICE_AMOUNT_MAX)
    with pytest.raises(InvalidInput, match=business.offering.name) as refused:
        await change(app, business, "BHD")
    assert refused.value.field == "currency"
    assert (await organisation(app, business)).currency == "GBP"
