"""Price categories by API: what an offering sells, what a booking costs, and what is refused."""

from datetime import timedelta
from typing import Final

import pytest
from tests.builders.api_client import Answer, ApiClient, a_booking_body

from fullhouse.booking.model.slot import SlotId

ADULT: Final = {"id": "adult", "name": "Adult", "price_amount": 1200}
CHILD: Final = {"id": "child", "name": "Child (3 to 12)", "price_amount": 600}
SENIOR: Final = {"id": "senior", "name": "Senior", "price_amount": 900}


async def sell(api: ApiClient, *categories: object, **more: object) -> Answer:
    """Have the offering of the business sell these."""
    body = {"price_categories": categories, **more}
    return await api.ask("PATCH", "/offerings/sunflowers", json=body, key=api.key)


@pytest.fixture
async def selling(api: ApiClient) -> ApiClient:
    assert (await sell(api, ADULT, CHILD)).status == 200
    return api


def body_for(slot: SlotId, guests: object, **more: object) -> dict[str, object]:
    body: dict[str, object] = {**a_booking_body(slot), "guests": guests, **more}
    if "party" not in more:
        body.pop("party")
    return body


async def book(api: ApiClient, slot: SlotId, guests: object, **more: object) -> Answer:
    return await api.post("/bookings", body_for(slot, guests, **more))


def sold(adults: int, children: int) -> list[object]:
    """The guests of an answer."""
    numbers = ((ADULT, adults), (CHILD, children))
    return [
        {
            "category": one["id"],
            "name": one["name"],
            "number": number,
            "price": {"amount": one["price_amount"], "currency": "GBP"},
        }
        for one, number in numbers
        if number
    ]


async def test_booking_costs_what_each_guest_pays(selling: ApiClient) -> None:
    offering = (await selling.get("/offerings/sunflowers")).json
    expected = [{**one, "translations": []} for one in (ADULT, CHILD)]
    assert offering["price_categories"] == expected
    booked = await book(selling, await selling.business.a_slot(), {"adult": 2, "child": 1})
    assert (booked.status, booked.json["party"]) == (201, 3)
    assert booked.json["price"] == {"amount": 3000, "currency": "GBP"}
    assert booked.json["guests"] == sold(2, 1)
    view = await selling.get(f"/bookings/{booked.json['ref']}", key=selling.key)
    assert view.json["guests"] == sold(2, 1)
    assert view.json["price"] == booked.json["price"]


async def test_later_prices_change_no_booking(selling: ApiClient) -> None:
    booked = await book(selling, await selling.business.a_slot(), {"adult": 1, "child": 1})
    assert (await sell(selling, {**ADULT, "price_amount": 9900}, price_amount=9900)).status == 200
    view = await selling.get(f"/bookings/{booked.json['ref']}", key=selling.key)
    assert view.json["guests"] == sold(1, 1)
    assert view.json["price"] == {"amount": 1800, "currency": "GBP"}


async def test_hold_keeps_its_guests_and_its_price(selling: ApiClient) -> None:
    slot = await selling.business.a_slot()
    hold = await selling.post("/holds", {"slot": str(slot), "guests": {"adult": 1, "child": 2}})
    assert (hold.json["party"], hold.json["guests"]) == (3, sold(1, 2))
    await sell(selling, {**ADULT, "price_amount": 9900}, CHILD, price_amount=9900)
    body = {"hold": hold.json["id"], "customer": a_booking_body(slot)["customer"]}
    booked = await selling.post("/bookings", body)
    assert booked.json["guests"] == sold(1, 2)
    assert booked.json["price"] == {"amount": 2400, "currency": "GBP"}


async def test_hold_is_booked_for_other_guests_as_many(selling: ApiClient) -> None:
    slot = await selling.business.a_slot()
    hold = await selling.post("/holds", {"slot": str(slot), "party": 2})
    assert hold.json["guests"] == sold(2, 0)
    body = {"hold": hold.json["id"], "customer": a_booking_body(slot)["customer"]}
    for wrong in ({"adult": 3}, {"child": 1}):
        refused = await selling.post("/bookings", {**body, "guests": wrong})
        assert (refused.status, refused.code) == (422, "invalid_input")
    booked = await selling.post("/bookings", {**body, "guests": {"adult": 1, "child": 1}})
    assert booked.json["guests"] == sold(1, 1)
    assert booked.json["price"] == {"amount": 1800, "currency": "GBP"}


async def test_party_alone_is_all_of_the_first_category(selling: ApiClient) -> None:
    booked = await selling.post("/bookings", a_booking_body(await selling.business.a_slot()))
    assert booked.json["guests"] == sold(2, 0)


@pytest.mark.parametrize(
    ("guests", "more", "code", "field"),
    [
        ({"pirate": 2}, {}, "unknown_price_category", "guests.pirate"),
        ({"adult": 2}, {"party": 3}, "invalid_input", "party"),
        ({"adult": 0, "child": 0}, {}, "invalid_input", "guests"),
        ({"adult": -1, "child": 3}, {}, "invalid_input", "guests[...]"),
        ({}, {}, "invalid_input", "guests"),
        ({"adult": 1.5}, {}, "invalid_input", "guests[...]"),
        ({"adult": 10, "child": 1}, {}, "party_not_admitted", "party"),
    ],
)
async def test_refusal_names_what_to_change(
    selling: ApiClient, guests: object, more: dict[str, object], code: str, field: str
) -> None:
    refused = await book(selling, await selling.business.a_slot(), guests, **more)
    errors = refused.json["errors"]
    assert isinstance(errors, list)
    assert (refused.status, refused.code, [error["field"] for error in errors]) == (
        422,
        code,
        [field],
    )


async def test_guests_of_an_offering_with_one_price_are_refused(api: ApiClient) -> None:
    refused = await book(api, await api.business.a_slot(), {"adult": 2})
    assert (refused.status, refused.code) == (422, "unknown_price_category")


async def test_repeat_for_other_guests_is_another_request(selling: ApiClient) -> None:
    slot = await selling.business.a_slot()
    first = await book(selling, slot, {"adult": 1, "child": 1})
    again = await book(selling, slot, {"child": 1, "adult": 1})
    assert (again.status, again.body) == (200, first.body)
    other = await book(selling, slot, {"adult": 2})
    assert (other.status, other.code) == (409, "possible_duplicate")


async def test_other_guests_come_at_the_prices_of_now(selling: ApiClient) -> None:
    booked = await book(selling, await selling.business.a_slot(), {"adult": 2})
    path = f"/bookings/{booked.json['ref']}"
    changed = await selling.ask(
        "POST", f"{path}/reschedule", json={"guests": {"adult": 1, "child": 2}}, key=selling.key
    )
    assert changed.json["guests"] == sold(1, 2)
    assert changed.json["price"] == {"amount": 2400, "currency": "GBP"}
    again = await selling.ask(
        "POST", f"{path}/reschedule", json={"guests": {"adult": 1, "child": 2}}, key=selling.key
    )
    assert (again.status, again.json["version"]) == (200, changed.json["version"])
    same_party = await selling.ask(
        "POST", f"{path}/reschedule", json={"guests": {"adult": 3}}, key=selling.key
    )
    assert same_party.json["guests"] == sold(3, 0)
    history = await selling.get(f"{path}/history", key=selling.key)
    assert isinstance(history.json["history"], list)
    assert history.json["history"][-1]["changes"]["from_guests"] == [
        {
            "category": one["id"],
            "name": one["name"],
            "price_amount": one["price_amount"],
            "number": number,
        }
        for one, number in ((ADULT, 1), (CHILD, 2))
    ]


async def test_guests_of_a_category_that_is_gone_may_stay_and_no_others(
    selling: ApiClient,
) -> None:
    booked = await book(selling, await selling.business.a_slot(), {"adult": 1, "child": 1})
    await sell(selling, ADULT, SENIOR)
    path = f"/bookings/{booked.json['ref']}/reschedule"
    kept = await selling.ask(
        "POST", path, json={"guests": {"adult": 2, "child": 1}}, key=selling.key
    )
    assert kept.json["price"] == {"amount": 3000, "currency": "GBP"}
    await selling.ask("POST", path, json={"guests": {"senior": 2}}, key=selling.key)
    refused = await selling.ask("POST", path, json={"guests": {"child": 1}}, key=selling.key)
    assert (refused.status, refused.code) == (422, "unknown_price_category")


async def test_party_alone_does_not_say_who_else_comes(selling: ApiClient) -> None:
    booked = await book(selling, await selling.business.a_slot(), {"adult": 1, "child": 1})
    path = f"/bookings/{booked.json['ref']}/reschedule"
    refused = await selling.ask("POST", path, json={"party": 3}, key=selling.key)
    assert (refused.status, refused.code) == (422, "guests_not_given")


async def test_moved_guests_stay_and_pay_the_prices_of_now(selling: ApiClient) -> None:
    booked = await book(selling, await selling.business.a_slot(), {"adult": 1, "child": 1})
    await sell(selling, ADULT, {**CHILD, "price_amount": 700}, SENIOR)
    later = await selling.business.a_slot(starts_in=timedelta(days=9))
    path = f"/bookings/{booked.json['ref']}/reschedule"
    moved = await selling.ask("POST", path, json={"slot": str(later)}, key=selling.key)
    assert moved.json["price"] == {"amount": 1900, "currency": "GBP"}
    guests = moved.json["guests"]
    assert isinstance(guests, list)
    assert [(one["category"], one["number"]) for one in guests] == [("adult", 1), ("child", 1)]


@pytest.mark.parametrize(
    ("categories", "more", "field"),
    [
        ([ADULT, ADULT], {}, "price_categories"),
        ([CHILD, ADULT], {}, "price_amount"),
        ([ADULT, CHILD], {"price_unit": "group"}, "price_unit"),
        (
            [{**ADULT, "price_amount": 0}, CHILD],
            {"price_amount": 0, "cancel_fee_percent": 0},
            "price_categories.price_amount",
        ),
        ([{**ADULT, "id": "Not An Id"}], {}, "price_categories[0].id"),
        ([{**ADULT, "name": "\u200b"}], {}, "price_categories.name"),
        ([{**ADULT, "price_amount": -1}], {}, "price_categories[0].price_amount"),
        ([{**ADULT, "ask": "nicely"}], {}, "price_categories[0].ask"),
    ],
)
async def test_categories_that_cannot_be_sold_are_refused(
    api: ApiClient, categories: list[object], more: dict[str, object], field: str
) -> None:
    refused = await sell(api, *categories, **more)
    errors = refused.json["errors"]
    assert isinstance(errors, list)
    assert (refused.status, [error["field"] for error in errors]) == (422, [field])
