"""A developer sets a business up by API alone, and guests book what comes of it."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.builders.api_client import Answer, ApiClient, Json, a_booking_body

from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.clock import ManualClock

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


async def test_business_is_set_up_by_api_alone_and_books(api: ApiClient) -> None:
    key = api.key
    venue = await api.post(
        "/venues", {"name": "Lower field", "zone": "America/Chicago", "country": "US"}, key=key
    )
    assert venue.status == 201
    offering = await api.ask(
        "PUT",
        "/offerings/tulips",
        json={"venue": venue.json["id"], "name": "Tulip evening", "price_amount": 900},
        key=key,
    )
    assert (offering.status, offering.json["zone"]) == (201, "America/Chicago")
    assert offering.json["price"] == {"amount": 900, "currency": "GBP"}
    schedule = await api.post("/offerings/tulips/schedules", SCHEDULE, key=key)
    assert schedule.status == 201
    shown = await api.get("/offerings/tulips/availability?from=2027-06-12&to=2027-06-14")
    slots = rows(shown, "slots")
    assert [slot["starts_at"] for slot in slots] == [
        "2027-06-12T09:00:00-05:00",
        "2027-06-13T09:00:00-05:00",
        "2027-06-14T09:00:00-05:00",
    ]
    booked = await api.post(
        "/bookings", {**a_booking_body(SlotId(api.business.org_id)), "slot": slots[0]["id"]}
    )
    assert (booked.status, booked.json["zone"]) == (201, "America/Chicago")


async def test_venue_is_added_once_per_key(api: ApiClient) -> None:
    new = {"name": "Barn", "zone": "Europe/London", "country": "GB", "latitude": 51.5}
    first = await api.post("/venues", new, key=api.key, once="barn")
    again = await api.post("/venues", new, key=api.key, once="barn")
    assert (first.status, again.status, again.body) == (201, 200, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    other = await api.post("/venues", {**new, "name": "Shed"}, key=api.key, once="barn")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    listed = rows(await api.get("/venues"), "venues")
    assert sorted(str(venue["name"]) for venue in listed) == ["Barn", "The Barn"]


async def test_unknown_time_zone_is_refused_by_its_field(api: ApiClient) -> None:
    new = {"name": "Barn", "zone": "Europe/Nowhere", "country": "GB"}
    answer = await api.post("/venues", new, key=api.key)
    assert (answer.status, answer.code) == (422, "invalid_input")
    assert rows(answer, "errors")[0]["field"] == "zone"


async def test_replaced_offering_is_visible_to_guests_at_once(api: ApiClient) -> None:
    shown = await api.get("/offerings/sunflowers")
    fields: Json = {
        "venue": shown.json["venue"],
        "name": "Sunflower noon",
        "price_amount": 1500,
        "party_max": 4,
    }
    changed = await api.ask("PUT", "/offerings/sunflowers", json=fields, key=api.key)
    assert (changed.status, changed.json["id"]) == (200, shown.json["id"])
    again = await api.get("/offerings/sunflowers")
    assert (again.json["name"], again.json["party_max"]) == ("Sunflower noon", 4)
    slot = await api.business.a_slot()
    assert (await api.post("/bookings", a_booking_body(slot, party=5))).code == "party_not_admitted"


async def test_unpublished_offering_is_visible_to_managers_alone(api: ApiClient) -> None:
    shown = await api.get("/offerings/sunflowers")
    fields: Json = {
        "venue": shown.json["venue"],
        "name": "Soon",
        "price_amount": 0,
        "published": False,
    }
    await api.ask("PUT", "/offerings/sunflowers", json=fields, key=api.key)
    assert (await api.get("/offerings/sunflowers")).code == "unknown_offering"
    assert (await api.get("/offerings/sunflowers/availability")).code == "unknown_offering"
    assert rows(await api.get("/offerings"), "offerings") == []
    assert (await api.get("/offerings/sunflowers", key=api.key)).status == 200
    assert len(rows(await api.get("/offerings", key=api.key), "offerings")) == 1


async def test_invalid_offering_is_refused(api: ApiClient, subtests: pytest.Subtests) -> None:
    shown = await api.get("/offerings/sunflowers")
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
            answer = await api.ask("PUT", path, json={**good, **change}, key=api.key)
            assert answer.code == code, answer.body


async def test_schedule_is_added_once_per_key_changed_and_ended(api: ApiClient) -> None:
    path = "/offerings/sunflowers/schedules"
    first = await api.post(path, SCHEDULE, key=api.key, once="season")
    again = await api.post(path, SCHEDULE, key=api.key, once="season")
    assert (first.status, again.status, again.body) == (201, 200, first.body)
    other = await api.post(path, {**SCHEDULE, "capacity": 9}, key=api.key, once="season")
    assert other.code == "idempotency_key_reused"
    one = f"/schedules/{first.json['id']}"
    changed = await api.ask("PUT", one, json={**SCHEDULE, "capacity": 6}, key=api.key)
    assert (changed.status, changed.json["capacity"]) == (200, 6)
    listed = rows(await api.get(path, key=api.key), "schedules")
    assert listed == [{name: changed.json[name] for name in changed.json if name != "times"}]
    assert (await api.ask("DELETE", one, key=api.key)).status == 204
    gone = await api.ask("DELETE", one, key=api.key)
    assert (gone.status, gone.code) == (404, "unknown_schedule")
    assert rows(await api.get(path, key=api.key), "schedules") == []


async def test_invalid_schedule_is_refused(api: ApiClient, subtests: pytest.Subtests) -> None:
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
        {"rule": "FREQ=MINUTELY;INTERVAL=720;BYHOUR=5", "starts_at": "2027-06-12T03:00"},
        {"rule": "FREQ=MINUTELY", "starts_at": "1000-01-01T00:00"},
        {"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "starts_at": "0001-01-01T00:00"},
        {"rule": "FREQ=DAILY;UNTIL=00010101T000000Z"},
        {"rule": "FREQ=DAILY;INTERVAL=99999999999999999999"},
    ):
        with subtests.test(str(change)):
            answer = await api.post(
                "/offerings/sunflowers/schedules", {**SCHEDULE, **change}, key=api.key
            )
            assert answer.status == 422, answer.body


async def test_venue_is_closed_and_reopened(api: ApiClient) -> None:
    await api.post("/offerings/sunflowers/schedules", SCHEDULE, key=api.key)
    venue = (await api.get("/offerings/sunflowers")).json["venue"]
    path = f"/venues/{venue}/closures"
    closing = {
        "starts_at": "2027-06-13T00:00",
        "ends_at": "2027-06-14T00:00",
        "reason": "Storm damage",
    }
    blank = await api.post(path, {**closing, "reason": "  "}, key=api.key)
    assert rows(blank, "errors") == [
        {
            "field": "reason",
            "message": "Send a value of this form: Why it is closed, as one line of text."
            " Guests read it.",
        }
    ]
    closed = await api.post(path, closing, key=api.key, once="storm")
    again = await api.post(path, closing, key=api.key, once="storm")
    assert (closed.status, again.status, again.body) == (201, 200, closed.body)
    assert (closed.json["slots_closed"], closed.json["slots_in_use"]) == (1, 0)
    told = ("slots_closed", "slots_in_use")
    listed = {name: value for name, value in closed.json.items() if name not in told}
    assert rows(await api.get(path, key=api.key), "closures") == [listed]
    day = "/offerings/sunflowers/availability?from=2027-06-13&to=2027-06-13"
    (slot,) = rows(await api.get(day), "slots")
    assert (slot["state"], slot["reason"], slot["refusal"]) == (
        "closed",
        "Storm damage",
        "slot_closed",
    )
    refused = await api.post(
        "/bookings", {**a_booking_body(SlotId(api.business.org_id)), "slot": slot["id"]}
    )
    assert (refused.status, refused.code) == (409, "slot_closed")
    assert (await api.ask("DELETE", f"/closures/{closed.json['id']}", key=api.key)).status == 204
    gone = await api.ask("DELETE", f"/closures/{closed.json['id']}", key=api.key)
    assert (gone.status, gone.code) == (404, "unknown_closure")


async def test_closures_and_bookings_of_today_are_those_of_the_day_at_the_venue(
    api: ApiClient, clock: ManualClock
) -> None:
    venue = {"name": "Lower field", "zone": "America/Chicago", "country": "US"}
    venue_id = (await api.post("/venues", venue, key=api.key)).json["id"]
    tulips = {"venue": venue_id, "name": "Tulip evening", "price_amount": 900}
    await api.ask("PUT", "/offerings/tulips", json=tulips, key=api.key)
    late = {**SCHEDULE, "starts_at": "2027-06-12T22:00"}
    await api.post("/offerings/tulips/schedules", late, key=api.key)
    slots = await api.get("/offerings/tulips/availability?from=2027-06-12&to=2027-06-12")
    await api.book(SlotId(UUID(str(rows(slots, "slots")[0]["id"]))))
    for ends_at, reason in (("12T20:00", "Storm"), ("13T00:00", "Fair")):
        closing = {"starts_at": "2027-06-12T00:00", "ends_at": f"2027-06-{ends_at}"}
        await api.post(f"/venues/{venue_id}/closures", {**closing, "reason": reason}, key=api.key)
    clock.advance(timedelta(hours=18))  # 21:00 there, and tomorrow in UTC
    closures = rows(await api.get(f"/venues/{venue_id}/closures", key=api.key), "closures")
    assert [closure["reason"] for closure in closures] == ["Fair"]
    bookings = rows(await api.get("/bookings?offering=tulips", key=api.key), "bookings")
    assert len(bookings) == 1


async def test_calendar_file_is_imported_as_closures(api: ApiClient) -> None:
    venue = (await api.get("/offerings/sunflowers")).json["venue"]
    path = f"/venues/{venue}/closures/calendar?calendar=village"
    as_calendar = {"Content-Type": "text/calendar; charset=utf-8"}
    brought = await api.ask("PUT", path, content=CALENDAR, headers=as_calendar, key=api.key)
    assert (brought.status, brought.json["added"], brought.json["applied"]) == (200, 1, True)
    (closure,) = rows(await api.get(f"/venues/{venue}/closures", key=api.key), "closures")
    assert (closure["reason"], closure["source"]) == ("Village fair", "calendar")
    for content in (b"", b"nonsense", b"BEGIN:VCALENDAR\r\n\x00", b"\xff\xfe"):
        wrong = await api.ask("PUT", path, content=content, headers=as_calendar, key=api.key)
        assert wrong.status == 422, (content, wrong.body)
    as_json = await api.ask("PUT", path, json={}, key=api.key)
    assert (as_json.status, as_json.code) == (415, "unsupported_media_type")


async def test_preview_says_what_an_import_will_do_and_changes_nothing(api: ApiClient) -> None:
    await api.post("/offerings/sunflowers/schedules", SCHEDULE, key=api.key)
    days = await api.get("/offerings/sunflowers/availability?from=2027-06-12&to=2027-06-14")
    slots = rows(days, "slots")
    await api.post(
        "/bookings", {**a_booking_body(SlotId(api.business.org_id)), "slot": slots[2]["id"]}
    )
    venue = (await api.get("/offerings/sunflowers")).json["venue"]
    path, as_calendar = f"/venues/{venue}/closures", {"Content-Type": "text/calendar"}
    file = CALENDAR.replace(
        b"END:VCALENDAR",
        b"BEGIN:VEVENT\r\nDTSTART:20200101\r\nEND:VEVENT\r\n"
        b"BEGIN:VEVENT\r\nUID:call\r\nDTSTART:20270613T090000\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    shown = await api.ask(
        "POST", f"{path}/calendar/preview", content=file, headers=as_calendar, key=api.key
    )
    assert (shown.status, shown.json["applied"], shown.json["added"]) == (200, False, 1)
    assert [(each["code"], each["lines"]) for each in rows(shown, "left_out")] == [
        ("no_length", [13]),
        ("over", [10]),
    ]
    assert shown.json["slots"] == {"created": 0, "closed": 1, "reopened": 0, "removed": 0}
    (with_bookings,) = rows(shown, "slots_with_bookings")
    assert (with_bookings["id"], with_bookings["booked"]) == (slots[2]["id"], 2)
    assert rows(await api.get(path, key=api.key), "closures") == []
    assert rows(await api.get("/slots/needs-review", key=api.key), "slots") == []
    unchanged = await api.get("/offerings/sunflowers/availability?from=2027-06-12&to=2027-06-14")
    assert [slot["state"] for slot in rows(unchanged, "slots")] == ["open"] * 3

    applied = await api.ask(
        "PUT", f"{path}/calendar", content=file, headers=as_calendar, key=api.key
    )
    assert {**applied.json, "slots_with_bookings": [], "applied": False} == {
        **shown.json,
        "slots_with_bookings": [],
    }
    assert rows(applied, "slots_with_bookings")[0]["id"] == slots[2]["id"]
    (closed,) = rows(await api.get("/slots/needs-review", key=api.key), "slots")
    assert closed["id"] == slots[2]["id"]


async def test_recurring_event_is_listed_as_one_closure_with_its_rule(api: ApiClient) -> None:
    venue = (await api.get("/offerings/sunflowers")).json["venue"]
    path = f"/venues/{venue}/closures"
    event = (
        b"DTSTART;TZID=America/New_York:20270701T120000\r\nDURATION:PT30M\r\n"
        b"RRULE:FREQ=DAILY;COUNT=4\r\nEXDATE;TZID=America/New_York:20270702T120000\r\n"
    )
    file = CALENDAR.replace(b"DTSTART;VALUE=DATE:20270614\r\n", event)
    as_calendar = {"Content-Type": "text/calendar"}
    await api.ask("PUT", f"{path}/calendar", content=file, headers=as_calendar, key=api.key)
    (closure,) = rows(await api.get(path, key=api.key), "closures")
    assert {**closure, "id": ""} == {
        "id": "",
        "starts_at": "2027-07-01T12:00",
        "ends_at": "2027-07-01T12:30",
        "reason": "Village fair",
        "source": "calendar",
        "offerings": [],
        "notices": None,
        "rule": "FREQ=DAILY;UNTIL=20270704T120000",
        "exdates": ["2027-07-02T12:00"],
        "zone": "America/New_York",
    }


async def test_capacity_is_never_set_below_the_places_taken(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=4)
    await api.book(slot, party=3)
    path = f"/slots/{slot}/capacity"
    more = await api.ask("PUT", path, json={"capacity": 9}, key=api.key)
    assert (more.status, more.json) == (200, {"id": str(slot), "capacity": 9})
    fewer = await api.ask("PUT", path, json={"capacity": 2}, key=api.key)
    assert (fewer.status, fewer.code, fewer.json["sold"]) == (409, "capacity_below_sold", 3)
    wrong = await api.ask("PUT", path, json={"capacity": -1}, key=api.key)
    assert wrong.status == 422
    api.business.clock.advance(timedelta(days=8))  # type: ignore[attr-defined]  # a manual clock
    over = await api.ask("PUT", path, json={"capacity": 12}, key=api.key)
    assert (over.status, over.code) == (409, "slot_past")
    nowhere = await api.ask("PUT", "/slots/nowhere/capacity", json={"capacity": 1}, key=api.key)
    assert (nowhere.status, nowhere.code) == (404, "unknown_slot")


async def test_slots_in_use_off_their_schedule_are_listed(api: ApiClient) -> None:
    added = await api.post("/offerings/sunflowers/schedules", SCHEDULE, key=api.key)
    shown = await api.get("/offerings/sunflowers/availability?from=2027-06-13&to=2027-06-13")
    (slot,) = rows(shown, "slots")
    await api.post("/bookings", {**a_booking_body(SlotId(api.business.org_id)), "slot": slot["id"]})
    await api.ask("DELETE", f"/schedules/{added.json['id']}", key=api.key)
    listed = rows(await api.get("/slots/needs-review", key=api.key), "slots")
    assert [(one["id"], one["booked"]) for one in listed] == [(slot["id"], 2)]


async def test_waiting_list_is_joined_and_left(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=2)
    await api.book(slot, name="Grace Hopper")
    body = a_booking_body(slot)
    joined = await api.post("/waiting-list", body, once="w-1")
    again = await api.post("/waiting-list", body, once="w-1")
    assert (joined.status, joined.json["status"]) == (201, "waiting")
    assert (again.status, again.body) == (200, joined.body)
    path = f"/waiting-list/{joined.json['id']}?token={joined.json['token']}"
    assert str(joined.json["manage_url"]).endswith(f"?t={joined.json['token']}")
    assert (await api.ask("DELETE", path)).status == 204
    assert (await api.ask("DELETE", path)).status == 204
    nobody = await api.ask("DELETE", "/waiting-list/nobody", key=api.key)
    assert (nobody.status, nobody.code) == (404, "unknown_waiting")
    without_token = await api.ask("DELETE", "/waiting-list/nobody")
    assert (without_token.status, without_token.code) == (401, "not_signed_in")


async def test_operations_that_need_a_permission_are_closed_to_guests(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    for operation in api.root.api.operations:
        if operation.is_public:
            continue
        path = operation.path.removeprefix("/api/v1/{org}")
        path = path if operation.has_organisation else f"/{path}"
        path = path.replace("{slug}", "sunflowers").replace("{ref}", "AAAAAAAA")
        path = path.replace("{id}", "01977f6e-8c00-7000-8000-00000000002a")
        with subtests.test(operation.name):
            guest = await api.ask(operation.method, path, json={})
            assert (guest.status, guest.code) == (401, "not_signed_in")
            assert guest.headers["www-authenticate"].startswith("Bearer")
            wrong = await api.ask(operation.method, path, json={}, key="fh_wrong")
            assert (wrong.status, wrong.code) == (401, "not_signed_in")


async def test_change_with_a_staff_cookie_needs_the_same_origin(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    path = f"/bookings/{booking.json['ref']}/check-in?any_time=true"
    cookie = await api.staff_cookie()
    forged = await api.ask("POST", path, headers={**cookie, "Sec-Fetch-Site": "cross-site"})
    assert (forged.status, forged.code) == (403, "cross_site")
    elsewhere = await api.ask("POST", path, headers={**cookie, "Origin": "https://evil.example"})
    assert (elsewhere.status, elsewhere.code) == (403, "cross_site")
    own = await api.ask("POST", path, headers={**cookie, "Sec-Fetch-Site": "same-origin"})
    assert (own.status, own.json["status"]) == (200, "checked_in")


async def test_ended_session_is_a_guest(api: ApiClient) -> None:
    cookie = {"Cookie": "fullhouse_staff=long-gone; other=1"}
    assert (await api.ask("GET", "/bookings", headers=cookie)).status == 401
    slot = await api.business.a_slot(starts_in=timedelta(days=3))
    answer = await api.ask("POST", "/bookings", json=a_booking_body(slot), headers=cookie)
    assert answer.status == 201


def rows(answer: Answer, name: str) -> list[dict[str, object]]:
    found = answer.json[name]
    assert isinstance(found, list)
    return found
