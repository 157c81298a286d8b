"""Prices of an offering as people read them: what a guest pays, and a price line by line."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.price_categories import (
    TIMES,
    CategoryGuests,
    GivenGuests,
    categories_with,
    guests_of,
)
from fullhouse.booking.model.typed_guests import guests_field
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter


class PriceLine(msgspec.Struct, frozen=True):
    """A line of the price; the last one is the total."""

    text: str
    amount: str


def price_text(offering: Offering, formatter: LocaleFormatter) -> str:
    """`$12.00 per person`, or the lowest price that somebody pays."""
    if not offering.price_amount:
        return formatter.translations.pgettext("price", "Free")
    _ = formatter.translations.gettext
    amounts = {one.price_amount for one in offering.price_categories} - {0}
    if len(amounts) > 1:
        price = formatter.money(Money(min(amounts), offering.currency))
        return _("from %(price)s per person", price=price)
    price = formatter.money(Money(offering.price_amount, offering.currency))
    if offering.price_unit == "person":
        return _("%(price)s per person", price=price)
    return _("%(price)s per group", price=price)


def category_price(amount: int, offering: Offering, formatter: LocaleFormatter) -> str:
    """What a guest of a category pays."""
    if not amount:
        return formatter.translations.pgettext("price", "Free")
    return formatter.money(Money(amount, offering.currency))


def price_lines(
    offering: Offering,
    formatter: LocaleFormatter,
    *,
    party: int,
    slots: int = 1,
    guests: Sequence[CategoryGuests] = (),
) -> tuple[PriceLine, ...]:
    """The price line by line, the total last; guests by category as they were sold."""
    translations = formatter.translations
    total = offering.price_of(party, slots=slots, guests=guests)
    if guests:
        amount = formatter.money(total)
        of_categories = (
            PriceLine(
                f"{one.number * slots} {TIMES} {one.name}",
                formatter.money(Money(one.price_amount * one.number * slots, offering.currency)),
            )
            for one in guests
        )
        return (*of_categories, PriceLine(translations.gettext("Total"), amount))
    if offering.price_unit == "person":
        unit = formatter.money(Money(offering.price_amount, offering.currency))
        text = translations.ngettext(
            "%(n)s person at %(price)s", "%(n)s people at %(price)s", party * slots, price=unit
        )
    else:
        text = translations.ngettext(
            "One group of up to %(n)s", "One group of up to %(n)s", offering.party_max
        )
    amount = formatter.money(total)
    return (PriceLine(text, amount), PriceLine(translations.gettext("Total"), amount))


def booking_price_lines(
    booking: Booking, offering: Offering, formatter: LocaleFormatter
) -> tuple[PriceLine, ...]:
    """What the booking was sold for; the offering may ask another price by now."""
    gettext = formatter.translations.gettext
    slots, guests = len(booking.slots), guests_of(booking.guests)
    if offering.price_of(booking.party, slots=slots, guests=guests) == booking.price:
        lines = price_lines(offering, formatter, party=booking.party, slots=slots, guests=guests)
    else:
        amount = formatter.money(booking.price)
        lines = (
            PriceLine(formatter.people(booking.party), amount),
            PriceLine(gettext("Total"), amount),
        )
    if not booking.fee_amount:
        return lines
    return (*lines, PriceLine(gettext("Cancellation fee"), formatter.money(booking.fee)))


def changed_price_text(booking: Booking, offering: Offering, formatter: LocaleFormatter) -> str:
    """What a booking costs, and by which prices another party would pay."""
    gettext = formatter.translations.gettext
    booked = gettext("Booked for %(price)s.", price=formatter.money(booking.price))
    prices = gettext("When you change it, everyone pays the price shown below.")
    if not offering.price_categories:
        price = price_text(offering, formatter)
        prices = gettext("When you change it, it costs %(price)s.", price=price)
    return f"{booked} {prices}"


def offering_for(booking: Booking, offering: Offering) -> Offering:
    """The offering, also with the price categories that are gone and that the booking has."""
    if not offering.price_categories:
        return offering
    categories = categories_with(offering.price_categories, guests_of(booking.guests))
    return replace(offering, price_categories=categories)


class GuestRow(msgspec.Struct, frozen=True):
    """How many guests of a price category come."""

    category: str
    name: str
    price: str
    field: str
    number: int


def guest_rows(
    offering: Offering, formatter: LocaleFormatter, numbers: GivenGuests
) -> tuple[GuestRow, ...]:
    """A row for each price category."""
    return tuple(
        GuestRow(
            one.id,
            one.name,
            category_price(one.price_amount, offering, formatter),
            guests_field(one.id),
            numbers.get(one.id, 0),
        )
        for one in offering.price_categories
    )
