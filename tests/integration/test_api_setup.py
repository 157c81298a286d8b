"""A developer sets a business up by API alone, and guests book what comes of it."""

from datetime import timedelta

import pytest
from tests.builders.doors import Answer, Doors, Json, a_wish

from fullhouse.booking.model.slot import SlotId

SCHEDULE: Json = {
    "starts_at": "2027-06-12T09:00",
    "duration_minutes": 30,
    "capacity": 4,
    "rule": "FREQ=DAILY;COUNT=3",
}
CALENDAR = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Meadow//EN\r
BEGIN:VEVENT\r
UID:fair@example.org\r
DTSTAMP:20270601T000000Z\r
DTSTART;VALUE=DATE:20270614\r
SUMMARY:Village fair\r
END:VEVENT\r
END:VCALENDAR\r
"""


async def test_a_business_is_set_up_by_api_alone_and_books(doors: Doors) -> None:
    key = doors.key
    venue = await doors.post(
        "/venues", {"name": "Lower field", "zone": "America/Chicago", "country": "US"}, key=key
    )
    assert venue.status == 201
    offering = await doors.ask(
        "PUT",
        "/offerings/tulips",
        json={"venue": venue.json["id"], "name": "Tulip evening", "price_amount": 900},
        key=key,
    )
    assert (offering.status, offering.json["zone"]) == (201, "America/Chicago")
    assert offering.json["price"] == {"amount": 900, "currency": "GBP"}
    schedule = await doors.post("/offerings/tulips/schedules", SCHEDULE, key=key)
    assert schedule.status == 201
    shown = await doors.get("/offerings/tulips/availability?from=2027-06-12&to=2027-06-14")
    slots = rows(shown, "slots")
    assert [slot["starts_at"] for slot in slots] == [
        "2027-06-12T09:00:00-05:00",
        "2027-06-13T09:00:00-05:00",
        "2027-06-14T09:00:00-05:00",
    ]
    booked = await doors.post(
        "/bookings", {**a_wish(SlotId(doors.business.org_id)), "slot": slots[0]["id"]}
    )
    assert (booked.status, booked.json["zone"]) == (201, "America/Chicago")


async def test_a_venue_is_added_once_a_key(doors: Doors) -> None:
    new = {"name": "Barn", "zone": "Europe/London", "country": "GB", "latitude": 51.5}
    first = await doors.post("/venues", new, key=doors.key, once="barn")
    again = await doors.post("/venues", new, key=doors.key, once="barn")
    assert (first.status, again.status, again.body) == (201, 200, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    other = await doors.post("/venues", {**new, "name": "Shed"}, key=doors.key, once="barn")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    listed = rows(await doors.get("/venues"), "venues")
    assert sorted(str(venue["name"]) for venue in listed) == ["Barn", "The Barn"]


async def test_a_zone_that_is_nowhere_is_refused_by_its_field(doors: Doors) -> None:
    new = {"name": "Barn", "zone": "Europe/Nowhere", "country": "GB"}
    answer = await doors.post("/venues", new, key=doors.key)
    assert (answer.status, answer.code) == (422, "invalid_input")
    assert rows(answer, "errors")[0]["field"] == "zone"


async def test_an_offering_is_changed_in_place_and_guests_see_it_at_once(doors: Doors) -> None:
    shown = await doors.get("/offerings/sunflowers")
    fields: Json = {
        "venue": shown.json["venue"],
        "name": "Sunflower noon",
        "price_amount": 1500,
        "party_max": 4,
    }
    changed = await doors.ask("PUT", "/offerings/sunflowers", json=fields, key=doors.key)
    assert (changed.status, changed.json["id"]) == (200, shown.json["id"])
    again = await doors.get("/offerings/sunflowers")
    assert (again.json["name"], again.json["party_max"]) == ("Sunflower noon", 4)
    slot = await doors.business.a_slot()
    assert (await doors.post("/bookings", a_wish(slot, party=5))).code == "party_not_admitted"


async def test_an_unpublished_offering_is_the_owners_alone(doors: Doors) -> None:
    shown = await doors.get("/offerings/sunflowers")
    fields: Json = {
        "venue": shown.json["venue"],
        "name": "Soon",
        "price_amount": 0,
        "published": False,
    }
    await doors.ask("PUT", "/offerings/sunflowers", json=fields, key=doors.key)
    assert (await doors.get("/offerings/sunflowers")).code == "unknown_offering"
    assert (await doors.get("/offerings/sunflowers/availability")).code == "unknown_offering"
    assert rows(await doors.get("/offerings"), "offerings") == []
    assert (await doors.get("/offerings/sunflowers", key=doors.key)).status == 200
    assert len(rows(await doors.get("/offerings", key=doors.key), "offerings")) == 1


async def test_an_offering_needs_a_venue_and_sense(doors: Doors, subtests: pytest.Subtests) -> None:
    shown = await doors.get("/offerings/sunflowers")
    good: Json = {"venue": shown.json["venue"], "name": "Tulips", "price_amount": 900}
    for path, change, code in (
        ("/offerings/tulips", {"venue": "01977f6e-8c00-7000-8000-00000000002a"}, "unknown_venue"),
        ("/offerings/tulips", {"price_amount": -1}, "invalid_input"),
        ("/offerings/tulips", {"price_amount": 2**63}, "invalid_input"),
        ("/offerings/tulips", {"party_min": 5, "party_max": 4}, "invalid_input"),
        ("/offerings/tulips", {"cancel_until_minutes": 2000}, "invalid_input"),
        ("/offerings/tulips", {"description": "a\u0000b"}, "invalid_input"),
        ("/offerings/Tulips", {}, "invalid_input"),
        ("/offerings/" + "a" * 300, {}, "invalid_input"),
    ):
        with subtests.test(f"{path[:30]} {change}"):
            answer = await doors.ask("PUT", path, json={**good, **change}, key=doors.key)
            assert answer.code == code, answer.body


async def test_a_schedule_is_added_once_a_key_changed_and_ended(doors: Doors) -> None:
    path = "/offerings/sunflowers/schedules"
    first = await doors.post(path, SCHEDULE, key=doors.key, once="season")
    again = await doors.post(path, SCHEDULE, key=doors.key, once="season")
    assert (first.status, again.status, again.body) == (201, 200, first.body)
    other = await doors.post(path, {**SCHEDULE, "capacity": 9}, key=doors.key, once="season")
    assert other.code == "idempotency_key_reused"
    one = f"/schedules/{first.json['id']}"
    changed = await doors.ask("PUT", one, json={**SCHEDULE, "capacity": 6}, key=doors.key)
    assert (changed.status, changed.json["capacity"]) == (200, 6)
    listed = rows(await doors.get(path, key=doors.key), "schedules")
    assert listed == [changed.json]
    assert (await doors.ask("DELETE", one, key=doors.key)).status == 204
    gone = await doors.ask("DELETE", one, key=doors.key)
    assert (gone.status, gone.code) == (404, "unknown_schedule")
    assert rows(await doors.get(path, key=doors.key), "schedules") == []


async def test_a_schedule_that_cannot_be_meant_is_refused(
    doors: Doors, subtests: pytest.Subtests
) -> None:
    for change in (
        {"rule": "FREQ=SOMETIMES"},
        {"rule": "FREQ=SECONDLY"},
        {"starts_at": "2027-02-30T09:00"},
        {"starts_at": "2027-06-12T09:00:00Z"},
        {"starts_at": "2027-06-12T29:00"},
        {"duration_minutes": 0},
        {"capacity": 0},
        {"capacity": 2**40},
        {"rdates": ["2027-06-12"]},
    ):
        with subtests.test(str(change)):
            answer = await doors.post(
                "/offerings/sunflowers/schedules", {**SCHEDULE, **change}, key=doors.key
            )
            assert answer.status == 422, answer.body


async def test_a_venue_is_closed_and_reopened(doors: Doors) -> None:
    await doors.post("/offerings/sunflowers/schedules", SCHEDULE, key=doors.key)
    venue = (await doors.get("/offerings/sunflowers")).json["venue"]
    path = f"/venues/{venue}/closures"
    closing = {
        "starts_at": "2027-06-13T00:00",
        "ends_at": "2027-06-14T00:00",
        "reason": "Storm damage",
    }
    closed = await doors.post(path, closing, key=doors.key, once="storm")
    again = await doors.post(path, closing, key=doors.key, once="storm")
    assert (closed.status, again.status, again.body) == (201, 200, closed.body)
    assert rows(await doors.get(path, key=doors.key), "closures") == [closed.json]
    day = "/offerings/sunflowers/availability?from=2027-06-13&to=2027-06-13"
    (slot,) = rows(await doors.get(day), "slots")
    assert (slot["state"], slot["reason"], slot["refusal"]) == (
        "closed",
        "Storm damage",
        "slot_closed",
    )
    refused = await doors.post(
        "/bookings", {**a_wish(SlotId(doors.business.org_id)), "slot": slot["id"]}
    )
    assert (refused.status, refused.code) == (409, "slot_closed")
    assert (
        await doors.ask("DELETE", f"/closures/{closed.json['id']}", key=doors.key)
    ).status == 204
    gone = await doors.ask("DELETE", f"/closures/{closed.json['id']}", key=doors.key)
    assert (gone.status, gone.code) == (404, "unknown_closure")


async def test_a_calendar_file_brings_closures(doors: Doors) -> None:
    venue = (await doors.get("/offerings/sunflowers")).json["venue"]
    path = f"/venues/{venue}/closures/calendar?calendar=village"
    as_calendar = {"Content-Type": "text/calendar; charset=utf-8"}
    brought = await doors.ask("PUT", path, content=CALENDAR, headers=as_calendar, key=doors.key)
    assert (brought.status, brought.json) == (
        200,
        {"added": 1, "changed": 0, "removed": 0, "unchanged": 0},
    )
    (closure,) = rows(await doors.get(f"/venues/{venue}/closures", key=doors.key), "closures")
    assert (closure["reason"], closure["source"]) == ("Village fair", "calendar")
    for content in (b"", b"nonsense", b"BEGIN:VCALENDAR\r\n\x00", b"\xff\xfe"):
        wrong = await doors.ask("PUT", path, content=content, headers=as_calendar, key=doors.key)
        assert wrong.status == 422, (content, wrong.body)
    as_json = await doors.ask("PUT", path, json={}, key=doors.key)
    assert (as_json.status, as_json.code) == (415, "unsupported_media_type")


async def test_a_slot_gets_more_places_and_never_fewer_than_are_taken(doors: Doors) -> None:
    slot = await doors.business.a_slot(capacity=4)
    await doors.book(slot, party=3)
    path = f"/slots/{slot}/capacity"
    more = await doors.ask("PUT", path, json={"capacity": 9}, key=doors.key)
    assert (more.status, more.json) == (200, {"id": str(slot), "capacity": 9})
    fewer = await doors.ask("PUT", path, json={"capacity": 2}, key=doors.key)
    assert (fewer.status, fewer.code, fewer.json["sold"]) == (409, "capacity_below_sold", 3)
    wrong = await doors.ask("PUT", path, json={"capacity": -1}, key=doors.key)
    assert wrong.status == 422
    nowhere = await doors.ask("PUT", "/slots/nowhere/capacity", json={"capacity": 1}, key=doors.key)
    assert (nowhere.status, nowhere.code) == (404, "unknown_slot")


async def test_slots_that_lost_their_schedule_are_listed_for_the_owner(doors: Doors) -> None:
    added = await doors.post("/offerings/sunflowers/schedules", SCHEDULE, key=doors.key)
    shown = await doors.get("/offerings/sunflowers/availability?from=2027-06-13&to=2027-06-13")
    (slot,) = rows(shown, "slots")
    await doors.post("/bookings", {**a_wish(SlotId(doors.business.org_id)), "slot": slot["id"]})
    await doors.ask("DELETE", f"/schedules/{added.json['id']}", key=doors.key)
    listed = rows(await doors.get("/slots/to-look-at", key=doors.key), "slots")
    assert [(one["id"], one["booked"]) for one in listed] == [(slot["id"], 2)]


async def test_a_waiting_list_is_joined_and_left(doors: Doors) -> None:
    slot = await doors.business.a_slot(capacity=2)
    await doors.book(slot, name="Grace Hopper")
    wish = a_wish(slot)
    joined = await doors.post("/waiting-list", wish, once="w-1")
    again = await doors.post("/waiting-list", wish, once="w-1")
    assert (joined.status, joined.json["status"]) == (201, "waiting")
    assert (again.status, again.body) == (200, joined.body)
    path = f"/waiting-list/{joined.json['id']}"
    assert (await doors.ask("DELETE", path)).status == 204
    assert (await doors.ask("DELETE", path)).status == 204
    nobody = await doors.ask("DELETE", "/waiting-list/nobody")
    assert (nobody.status, nobody.code) == (404, "unknown_waiting")


async def test_the_owners_side_is_closed_to_guests(doors: Doors, subtests: pytest.Subtests) -> None:
    for operation in doors.root.api.operations:
        if operation.access != "owner":
            continue
        path = operation.path.removeprefix("/api/v1/{org}")
        path = path.replace("{slug}", "sunflowers").replace("{ref}", "AAAAAAAA")
        path = path.replace("{id}", "01977f6e-8c00-7000-8000-00000000002a")
        with subtests.test(operation.name):
            guest = await doors.ask(operation.method, path, json={})
            assert (guest.status, guest.code) == (401, "not_signed_in")
            assert guest.headers["www-authenticate"].startswith("Bearer")
            wrong = await doors.ask(operation.method, path, json={}, key="fh_wrong")
            assert (wrong.status, wrong.code) == (401, "not_signed_in")


async def test_staff_change_things_from_their_own_pages_alone(doors: Doors) -> None:
    booking = await doors.book(await doors.business.a_slot())
    path = f"/bookings/{booking.json['ref']}/check-in"
    cookie = await doors.staff_cookie()
    forged = await doors.ask("POST", path, headers={**cookie, "Sec-Fetch-Site": "cross-site"})
    assert (forged.status, forged.code) == (403, "cross_site")
    elsewhere = await doors.ask("POST", path, headers={**cookie, "Origin": "https://evil.example"})
    assert (elsewhere.status, elsewhere.code) == (403, "cross_site")
    own = await doors.ask("POST", path, headers={**cookie, "Sec-Fetch-Site": "same-origin"})
    assert (own.status, own.json["status"]) == (200, "checked_in")


async def test_a_session_that_ended_is_a_guest_like_any_other(doors: Doors) -> None:
    cookie = {"Cookie": "fullhouse_staff=long-gone; other=1"}
    assert (await doors.ask("GET", "/bookings", headers=cookie)).status == 401
    slot = await doors.business.a_slot(starts_in=timedelta(days=3))
    answer = await doors.ask("POST", "/bookings", json=a_wish(slot), headers=cookie)
    assert answer.status == 201


def rows(answer: Answer, name: str) -> list[dict[str, object]]:
    found = answer.json[name]
    assert isinstance(found, list)
    return found
