"""Telephone numbers of customers: stored for the world where that takes no guess."""

from dataclasses import replace
from uuid import UUID

import pytest
from tests.builders.api_client import ApiClient, a_booking_body, a_customer_json
from tests.builders.business import Business

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.reads.bookings import waiting_entry


async def test_local_phone_number_is_stored_internationally_by_the_venue_country(
    api: ApiClient,
) -> None:
    slot = await api.business.a_slot()
    customer = {**a_customer_json(), "phone": "020 7946 0958"}
    booking = await api.post("/bookings", {**a_booking_body(slot), "customer": customer})
    seen = await api.get(f"/bookings/{booking.json['ref']}", key=api.key)
    assert seen.json["customer"] == {**a_customer_json(), "phone": "+442079460958"}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("01 23 45 67 89", "+33123456789"),
        ("020 7946 0958", "020 7946 0958"),
        ("+44 20 7946 0958 ext. 5", "+442079460958;ext=5"),
    ],
)
async def test_number_without_a_plus_is_of_the_country_of_the_venue_that_is_booked(
    api: ApiClient, typed: str, stored: str
) -> None:
    paris = await _in_paris(api)
    one, held, full, *several = await paris.slots(5, capacity=2)
    customer = {**a_customer_json(), "phone": typed}
    hold = await api.post("/holds", {"slot": str(held), "party": 2})
    for body in (
        {"slot": str(one), "party": 2},
        {"hold": hold.json["id"], "allow_duplicate": True},
        {"slots": [str(slot) for slot in several], "party": 2, "allow_duplicate": True},
    ):
        booking = await api.post("/bookings", {**body, "customer": customer})
        assert booking.status == 201, booking.body
        seen = await api.get(f"/bookings/{booking.json['ref']}", key=api.key)
        assert seen.json["customer"] == {**customer, "phone": stored}
    await api.book(full, name="Grace Hopper")
    body = {"slot": str(full), "party": 2, "customer": customer}
    waiting = await api.post("/waiting-list", body)
    assert waiting.status == 201, waiting.body
    async with api.app.database.session() as session:
        entry = await waiting_entry(session, api.business.org_id, UUID(str(waiting.json["id"])))
    assert entry is not None
    assert entry.customer_phone == stored


async def _in_paris(api: ApiClient) -> Business:
    """A second venue of the same business, in another country, with an offering of its own."""
    venue = {"name": "Le Jardin", "zone": "Europe/Paris", "country": "FR"}
    added = await api.post("/venues", venue, key=api.key)
    business = replace(
        api.business,
        offering=replace(
            api.business.offering,
            offering_id=OfferingId(api.app.ids.uuid()),
            venue_id=UUID(str(added.json["id"])),
            slug="jardin",
        ),
    )
    return await business.change()
