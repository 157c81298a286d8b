"""Guests are found however their names are typed, and however the accents were sent."""

from datetime import timedelta

import pytest
from tests.builders.business import Business, a_guest
from tests.builders.worker_steps import relay_all

from fullhouse.booking.model.requests import BookingRequest
from fullhouse.booking.model.requests import Customer as Guest
from fullhouse.booking.reads.search import BookingSearch, BookingSearches
from fullhouse.bootstrap.application import Application
from fullhouse.customers import updates
from fullhouse.customers.actions import describe_customers
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.customers.reads.booking_search import find_bookings
from fullhouse.customers.reads.customers import CustomerSearch, find_customers
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.text import normalized
from fullhouse.people.model.spelling import spelled

NAMES = ("Jürgen Müller", "Ana Mueller", "Søren Łukasz", "Иван Бойко")
FOUND = {
    "Müller": NAMES[:2],
    normalized("NFD", "MÜLLER"): NAMES[:2],
    "mueller": NAMES[:2],
    "Muller": NAMES[:1],
    "juer": NAMES[:1],
    "soren lukasz": NAMES[2:3],
    "Soeren": NAMES[2:3],
    "бойко": NAMES[3:],
}


def shown(name: str) -> str:
    return normalized("NFC", name)


async def test_a_name_is_found_however_its_letters_are_typed(
    app: Application, business: Business
) -> None:
    for at, name in enumerate(NAMES):
        # As some systems write an accent: a letter, and a mark that combines with it
        guest = Guest(normalized("NFD", name), f"guest{at}@example.org", "")
        slot = await business.a_slot(starts_in=timedelta(days=7 + at))
        await app.booking.place_booking(
            business.org_id, BookingRequest((slot,), 2, guest), context=a_guest()
        )
    await relay_all(app, (customers_subscriber(),))
    searches = BookingSearches(app.database, app.catalogue)
    for text, expected in FOUND.items():
        search = BookingSearch(text=text, order="time")
        for found in (
            await searches.search(business.org_id, search),
            await find_bookings(searches, business.org_id, search),
        ):
            assert tuple(shown(one.booking.customer_name) for one in found) == expected, text
        async with app.database.session() as session:
            known = await find_customers(session, business.org_id, CustomerSearch(text=text))
        assert {shown(one.name) for one in known} == set(expected), text


async def test_rows_of_before_are_found_once_they_are_described(
    app: Application, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them than one transaction takes."""
    for module in (updates, describe_customers):
        monkeypatch.setattr(module, "CUSTOMERS_DESCRIBED_AT_ONCE_MAX", 2)
    for at, name in enumerate(NAMES):
        slot = await business.a_slot(starts_in=timedelta(days=7 + at))
        guest = Guest(name, f"guest{at}@example.org", "")
        await app.booking.place_booking(
            business.org_id, BookingRequest((slot,), 2, guest), context=a_guest()
        )
    await relay_all(app, (customers_subscriber(),))
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE customer SET search = '', described = 0")
        before = await find_customers(session, business.org_id, CustomerSearch(text="mueller"))
        assert before == []
    await app.customers.describe_customers()
    async with app.database.session() as session:
        for text, expected in FOUND.items():
            known = await find_customers(session, business.org_id, CustomerSearch(text=text))
            assert {one.name for one in known} == set(expected), text
    async with app.database.unrestricted.session() as session:
        left = await session.connection.fetchval(
            "SELECT count(*) FROM customer WHERE described < 1"
        )
    assert left == 0


async def test_spellings_in_the_database_and_of_what_is_typed_are_the_same(
    app: Application,
) -> None:
    letters = "".join(map(chr, range(0xA0, 0x250))) + "ßẞ한글กำがيー"
    async with app.database.session() as session:
        rows = await session.connection.fetch(
            "SELECT letter, spellings(letter) AS kept FROM unnest($1::text[]) AS letter",
            list(letters),
        )
    assert len(rows) == len(letters)
    assert [row["letter"] for row in rows if spelled(row["letter"]) not in row["kept"]] == []


async def test_a_person_is_found_by_every_contact_and_the_names_of_the_latest_bookings(
    app: Application,
    business: Business,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who books for thousands has a text of bounded length, written anew with each booking."""
    monkeypatch.setattr(updates, "SEARCHED_BOOKINGS_MAX", 2)
    for at, name in enumerate(NAMES):
        slot = await business.a_slot(starts_in=timedelta(days=7 - at))
        guest = Guest(name, "travel@example.org", f"+44207946095{at}")
        await app.booking.place_booking(
            business.org_id, BookingRequest((slot,), 2, guest), context=a_guest()
        )
        clock.advance(timedelta(seconds=1))
    await relay_all(app, (customers_subscriber(),))
    found = {
        text
        for text in ("travel@", "442079460950", "soren", "бойко", "jürgen", "muller", "mueller")
        if await found_by(app, business, text)
    }
    assert found == {"travel@", "442079460950", "soren", "бойко"}


async def found_by(app: Application, business: Business, text: str) -> bool:
    async with app.database.session() as session:
        return bool(await find_customers(session, business.org_id, CustomerSearch(text=text)))
