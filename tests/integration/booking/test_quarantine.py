"""A quarantined booking is not changed by anybody; every other booking goes on."""

from datetime import timedelta

import pytest
from tests.builders.api_client import Answer, ApiClient, token_of
from tests.builders.business import Business

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def booked(api: ApiClient, business: Business) -> Answer:
    """A booking, quarantined."""
    booking = await api.book(await business.a_slot(capacity=10))
    await set_quarantine(api, is_quarantined=True)
    return booking


async def set_quarantine(api: ApiClient, *, is_quarantined: bool) -> None:
    async with api.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE booking SET quarantined_at = CASE WHEN $1 THEN now() END", is_quarantined
        )


async def change(api: ApiClient, booking: Answer, act: str, **body: object) -> Answer:
    ref = booking.json["ref"]
    return await api.ask("POST", f"/bookings/{ref}/{act}", json=body or None, key=api.key)


async def test_every_change_of_it_is_refused_with_the_reason(
    api: ApiClient, business: Business, booked: Answer
) -> None:
    other_slot = str(await business.a_slot(starts_in=timedelta(days=9)))
    acts: dict[str, dict[str, object]] = {
        "cancel": {},
        "reschedule": {"slot": other_slot},
    }
    for act, body in acts.items():
        refused = await change(api, booked, act, **body)
        assert (refused.status, refused.json["code"]) == (409, "booking_quarantined"), act
    ref = booked.json["ref"]
    customer = {"email": "new@example.org"}
    refused = await api.ask("PATCH", f"/bookings/{ref}/customer", json=customer, key=api.key)
    assert refused.json["code"] == "booking_quarantined"
    refused = await api.ask("PUT", f"/bookings/{ref}/answers", json={"answers": {}}, key=api.key)
    assert refused.json["code"] == "booking_quarantined"
    await set_quarantine(api, is_quarantined=False)
    assert (await change(api, booked, "cancel")).status == 200


async def test_others_of_its_slot_are_booked_and_changed(api: ApiClient, booked: Answer) -> None:
    slot = booked.json["slot"]
    assert isinstance(slot, dict)
    other = await api.ask(
        "POST",
        "/bookings",
        json={
            "slot": slot["id"], "party": 1,
            "customer": {"name": "Grace", "email": "grace@example.org"},
        },
        key=api.key,
    )  # fmt: skip
    assert other.status == 201
    assert (await change(api, other, "cancel")).status == 200


async def test_guest_and_staff_read_that_it_cannot_be_changed(
    api: ApiClient, booked: Answer
) -> None:
    ref = booked.json["ref"]
    ticket = await api.ask("GET", f"//{api.org}/b/{ref}?t={token_of(booked)}")
    assert "cannot be changed at the moment" in ticket.body.decode()
    cookie = await api.staff_cookie("Olga", role="owner")
    page = await api.ask("GET", f"//admin/{api.org}/bookings/{ref}", headers=cookie)
    assert "cannot be changed at the moment" in page.body.decode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    refused = await api.ask(
        "POST",
        f"//{api.org}/b/{ref}/cancel",
        content=f"t={token_of(booked)}".encode(),
        headers=form,
    )
    assert refused.status == 409
    assert "cannot be changed at the moment" in refused.body.decode()
