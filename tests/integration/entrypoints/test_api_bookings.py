"""Booking by API: placing, holding, looking, changing, and every polite refusal."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.builders.api_client import Answer, ApiClient, a_booking_body, a_customer_json, token_of

from fullhouse.booking.limits import GRACE_MINUTES
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import RandomIds


async def test_guest_books_a_slot_and_gets_the_documented_response(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=5)
    answer = await api.post("/bookings", a_booking_body(slot, party=2))
    assert answer.status == 201
    booking = answer.json
    assert booking["status"] == "confirmed"
    assert booking["party"] == 2
    assert booking["price"] == {"amount": 2400, "currency": "GBP"}
    assert booking["slot"] == {
        "id": str(slot),
        "starts_at": "2027-06-19T09:00:00+01:00",
        "ends_at": "2027-06-19T09:30:00+01:00",
    }
    assert booking["slots"] == [booking["slot"]]
    assert str(booking["manage_url"]).startswith("http://127.0.0.1:8400/meadow/b/")
    assert str(booking["ticket_url"]).startswith(
        f"http://127.0.0.1:8400/meadow/b/{booking['ref']}?"
    )


async def test_repeat_with_a_key_gets_the_same_bytes(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=5)
    first = await api.post("/bookings", a_booking_body(slot), once="order-1")
    again = await api.post("/bookings", a_booking_body(slot), once="order-1")
    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"


async def test_key_with_another_request_is_refused(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=9)
    await api.post("/bookings", a_booking_body(slot, party=2), once="order-1")
    reused = await api.post("/bookings", a_booking_body(slot, party=3), once="order-1")
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")


async def test_key_is_visible_ascii_of_bounded_length(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    slot = await api.business.a_slot()
    for key in ("", "x" * 256, "with space", "tab\there", "\x7f"):
        with subtests.test(key=key):
            answer = await api.post("/bookings", a_booking_body(slot), once=key)
            assert (answer.status, answer.code) == (422, "invalid_input")
            assert [error["field"] for error in _errors(answer)] == ["Idempotency-Key"]


async def test_same_request_without_a_key_is_one_booking(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=5)
    first = await api.post("/bookings", a_booking_body(slot))
    again = await api.post("/bookings", a_booking_body(slot))
    assert (again.status, again.body) == (200, first.body)


async def test_full_slot_is_refused_with_alternatives(api: ApiClient) -> None:
    full, _, roomy = await api.business.slots(3, capacity=2)
    await api.book(full, party=2, name="Grace Hopper")
    answer = await api.post("/bookings", a_booking_body(full, party=2))
    assert (answer.status, answer.code) == (409, "slot_full")
    assert answer.headers["content-type"] == "application/problem+json"
    alternatives = rows(answer, "alternatives")
    assert str(roomy) in {one["id"] for one in alternatives}
    assert str(alternatives[0]["starts_at"]).endswith("+01:00")


async def test_several_slots_are_booked_all_or_none(api: ApiClient) -> None:
    first, second = await api.business.slots(2, capacity=3)
    await api.book(second, party=2, name="Grace Hopper")
    body = {"slots": [str(first), str(second)], "party": 2, "customer": a_customer_json()}
    refused = await api.post("/bookings", body)
    assert (refused.status, refused.code) == (409, "slot_full")
    assert refused.json["slot"] == str(second)
    taken = await api.post("/bookings", {**body, "party": 1})
    assert taken.status == 201
    assert len(rows(taken, "slots")) == 2
    assert taken.json["price"] == {"amount": 2400, "currency": "GBP"}


async def test_possible_duplicate_is_refused_until_confirmed(api: ApiClient) -> None:
    first, second = await api.business.slots(2, capacity=5)
    booking = await api.book(first)
    asked = await api.post("/bookings", a_booking_body(second))
    assert (asked.status, asked.code) == (409, "possible_duplicate")
    assert str(booking.json["ref"]) not in str(asked.json), "whose booking it is stays unknown"
    wanted = await api.post("/bookings", {**a_booking_body(second), "allow_duplicate": True})
    assert wanted.status == 201


async def test_hold_is_confirmed_to_a_booking(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=2)
    held = await api.post("/holds", {"slot": str(slot), "party": 2})
    assert (held.status, held.json["status"]) == (201, "held")
    assert held.json["expires_at"] == "2027-06-12T09:10:00+01:00"
    assert "manage_url" not in held.json
    other = await api.post("/bookings", a_booking_body(slot, party=1, name="Grace Hopper"))
    assert (other.status, other.code) == (409, "slot_full")
    booked = await api.post(
        "/bookings", {"hold": held.json["id"], "customer": a_customer_json()}, once="pay-1"
    )
    assert (booked.status, booked.json["status"]) == (201, "confirmed")
    assert booked.json["ref"] == held.json["ref"]
    again = await api.post(
        "/bookings", {"hold": held.json["id"], "customer": a_customer_json()}, once="pay-1"
    )
    assert (again.status, again.body) == (200, booked.body)


async def test_hold_repeats_with_its_key_and_is_released(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=2)
    body = {"slot": str(slot), "party": 2}
    held = await api.post("/holds", body, once="cart-1")
    again = await api.post("/holds", body, once="cart-1")
    assert (again.status, again.body) == (200, held.body)
    released = await api.ask("DELETE", f"/holds/{held.json['id']}")
    assert (released.status, released.body) == (204, b"")
    assert (await api.post("/holds", body)).status == 201


async def test_expired_hold_cannot_be_confirmed(api: ApiClient, clock: ManualClock) -> None:
    slot = await api.business.a_slot(capacity=2)
    held = await api.post("/holds", {"slot": str(slot), "party": 2})
    clock.advance(timedelta(minutes=11))
    late = await api.post("/bookings", {"hold": held.json["id"], "customer": a_customer_json()})
    assert (late.status, late.code) == (409, "hold_expired")
    assert (await api.post("/bookings", a_booking_body(slot))).status == 201


async def test_booking_is_read_with_its_token_or_an_api_key(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    path = f"/bookings/{booking.json['ref']}"
    mine = await api.get(f"{path}?token={token_of(booking)}")
    assert mine.status == 200
    assert mine.json["customer"] == {**a_customer_json(), "phone": ""}
    assert mine.json["manage_url"] == booking.json["manage_url"]
    assert (await api.get(path, key=api.key)).json == mine.json
    assert (await api.get(path.lower(), key=api.key)).status == 200
    cookie = await api.staff_cookie()
    assert (await api.ask("GET", path, headers=cookie)).json == mine.json
    nothing = await api.get(path)
    assert (nothing.status, nothing.code) == (401, "not_signed_in")
    wrong = await api.get(f"{path}?token=AAAAAAAAAAAAAAAAAAAAAA")
    assert (wrong.status, wrong.code) == (404, "unknown_booking")


async def test_guest_cancels_and_undoes_the_cancellation(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=2)
    booking = await api.book(slot)
    path, token = f"/bookings/{booking.json['ref']}", f"?token={token_of(booking)}"
    cancelled = await api.post(f"{path}/cancel{token}", once="c-1")
    assert (cancelled.status, cancelled.json["status"]) == (200, "cancelled")
    again = await api.post(f"{path}/cancel{token}", once="c-1")
    assert (again.status, again.body) == (200, cancelled.body)
    assert again.headers["idempotent-replayed"] == "true"
    restored = await api.post(f"{path}/undo{token}")
    assert (restored.status, restored.json["status"]) == (200, "confirmed")


async def test_guest_does_not_undo_what_the_business_cancelled(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    path, token = f"/bookings/{booking.json['ref']}", f"?token={token_of(booking)}"
    # The guest's own cancellation, undone, gives no right to undo the later one
    await api.post(f"{path}/cancel{token}")
    await api.post(f"{path}/undo{token}")
    await api.post(f"{path}/cancel", key=api.key)
    refused = await api.post(f"{path}/undo{token}")
    assert (refused.status, refused.code) == (409, "cancelled_by_staff")
    page = f"/{api.org}/b/{booking.json['ref']}"
    ticket = await api.client.get(f"{page}?t={token_of(booking)}")
    assert f"{page}/undo" not in ticket.text
    posted = await api.client.post(f"{page}/undo", data={"t": token_of(booking)})
    assert (posted.status_code, "cancelled by the business" in posted.text) == (409, True)
    assert (await api.post(f"{path}/undo", key=api.key)).json["status"] == "confirmed"


async def test_staff_undo_what_the_guest_cancelled(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    path = f"/bookings/{booking.json['ref']}"
    await api.post(f"{path}/cancel?token={token_of(booking)}")
    assert (await api.post(f"{path}/undo", key=api.key)).json["status"] == "confirmed"


async def test_late_cancellation_costs_a_fee_and_a_later_one_is_refused(
    api: ApiClient, clock: ManualClock
) -> None:
    soon, later = await api.business.slots(2, starts_in=timedelta(hours=12))
    with_fee = await api.book(soon)
    refused = await api.book(later, name="Grace Hopper")
    clock.advance(timedelta(minutes=GRACE_MINUTES, seconds=1))
    cancelled = await api.post(
        f"/bookings/{with_fee.json['ref']}/cancel?token={token_of(with_fee)}"
    )
    assert cancelled.json["fee"] == {"amount": 1200, "currency": "GBP"}
    clock.advance(timedelta(hours=10))
    late = await api.post(f"/bookings/{refused.json['ref']}/cancel?token={token_of(refused)}")
    assert (late.status, late.code) == (409, "too_late_to_cancel")
    assert str(late.json["until"]).endswith("+01:00")


async def test_booking_is_rescheduled_all_or_nothing(api: ApiClient) -> None:
    here, there, full = await api.business.slots(3, capacity=2)
    booking = await api.book(here)
    await api.book(full, name="Grace Hopper")
    path = f"/bookings/{booking.json['ref']}/reschedule?token={token_of(booking)}"
    refused = await api.post(path, {"slot": str(full)})
    assert (refused.status, refused.code) == (409, "slot_full")
    moved = await api.post(path, {"slot": str(there)}, once="m-1")
    assert moved.status == 200
    assert rows(moved, "slots")[0]["id"] == str(there)
    again = await api.post(path, {"slot": str(there)}, once="m-1")
    assert again.body == moved.body


async def test_booking_is_changed_to_another_party_by_its_version(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=5)
    booking = await api.book(slot)
    path = f"/bookings/{booking.json['ref']}/reschedule?token={token_of(booking)}"
    assert booking.headers["etag"] == '"1"'
    nothing = await api.post(path, {})
    assert (nothing.status, nothing.code) == (422, "invalid_input")
    changed = await api.ask("POST", path, json={"party": 5}, headers={"If-Match": '"1"'})
    assert (changed.status, changed.json["party"], changed.json["version"]) == (200, 5, 2)
    late = await api.ask("POST", path, json={"party": 4}, headers={"If-Match": '"1"'})
    assert (late.status, late.code) == (412, "version_conflict")
    full = await api.post(path, {"party": 6})
    assert (full.status, full.code) == (409, "slot_full")


async def test_party_is_checked_in_once_and_undone(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    path = f"/bookings/{booking.json['ref']}"
    guest = await api.post(f"{path}/check-in?token={token_of(booking)}")
    assert (guest.status, guest.code) == (401, "not_signed_in")
    arrived = await api.post(f"{path}/check-in?any_time=true", key=api.key)
    assert (arrived.status, arrived.json["status"]) == (200, "checked_in")
    again = await api.post(f"{path}/check-in?any_time=true", key=api.key)
    assert (again.status, again.code) == (409, "already_checked_in")
    not_theirs = await api.post(f"{path}/undo?token={token_of(booking)}")
    assert (not_theirs.status, not_theirs.code) == (401, "not_signed_in")
    undone = await api.post(f"{path}/undo", key=api.key)
    assert (undone.status, undone.json["status"]) == (200, "confirmed")


async def test_no_show_is_marked_with_an_api_key(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    missed = await api.post(f"/bookings/{booking.json['ref']}/no-show?any_time=true", key=api.key)
    assert (missed.status, missed.json["status"]) == (200, "no_show")


async def test_history_lists_events_with_actor_and_request_id(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    path = f"/bookings/{booking.json['ref']}"
    await api.post(f"{path}/check-in?any_time=true", key=api.key)
    history = await api.get(f"{path}/history", key=api.key)
    assert history.status == 200
    entries = rows(history, "history")
    assert [(entry["kind"], entry["actor"]) for entry in entries] == [
        ("Booked", "guest"),
        ("CheckedIn", "Website"),
    ]
    assert entries[0]["request_id"] == booking.headers["x-request-id"]
    assert (await api.get(f"{path}/history?token={token_of(booking)}")).status == 401


async def test_bookings_are_listed_page_by_page(api: ApiClient) -> None:
    slots = await api.business.slots(5, capacity=4)
    names = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Joan Clarke", "Mary Shelley"]
    for slot, name in zip(slots, names, strict=True):
        await api.book(slot, name=name)
    page = await api.get("/bookings?limit=2", key=api.key)
    seen = [customer_of(row) for row in rows(page, "bookings")]
    while page.json["next"] is not None:
        page = await api.get(f"/bookings?limit=2&cursor={page.json['next']}", key=api.key)
        assert page.status == 200
        seen += [customer_of(row) for row in rows(page, "bookings")]
    assert seen == names


async def test_bookings_are_filtered_by_day_status_and_offering(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    slots = await api.business.slots(2)
    await api.book(slots[0])
    booking = await api.book(slots[1], name="Grace Hopper")
    await api.post(f"/bookings/{booking.json['ref']}/cancel", key=api.key)
    for query, count in (
        ("status=confirmed", 1),
        ("status=cancelled", 1),
        ("offering=sunflowers", 2),
        ("from=2027-06-19&to=2027-06-19", 2),
        ("from=2027-06-20&to=2027-06-20", 0),
        ("to=2027-06-18", 0),
    ):
        with subtests.test(query):
            page = await api.get(f"/bookings?{query}", key=api.key)
            assert (page.status, len(rows(page, "bookings"))) == (200, count)


async def test_invalid_query_of_a_list_is_refused(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    for query, field in (
        ("cursor=nonsense", "cursor"),
        ("cursor=MjAyN3w", "cursor"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("from=2027-06-20&to=2027-06-19", "to"),
        ("from=2027-06-20&to=2029-06-19", "to"),
        ("from=0001-01-01", "from"),
        ("to=9999-12-31", "to"),
        ("status=lost", "status"),
        ("&".join(f"x{n}=1" for n in range(40)), "query"),
    ):
        with subtests.test(query):
            page = await api.get(f"/bookings?{query}", key=api.key)
            assert (page.status, page.code) == (422, "invalid_input")
            assert [error["field"] for error in _errors(page)] == [field]


async def test_unknown_slot_or_hold_is_not_found(api: ApiClient, ids: RandomIds) -> None:
    unknown = await api.post("/bookings", a_booking_body(SlotId(ids.uuid())))
    assert (unknown.status, unknown.code) == (404, "unknown_slot")
    hold = {"hold": str(UUID(int=5)), "customer": a_customer_json()}
    assert (await api.post("/bookings", hold)).code == "unknown_booking"
    assert (await api.ask("DELETE", f"/holds/{UUID(int=5)}")).code == "unknown_booking"
    for ref in ("AAAAAAAA", "nothing", "%00", "a" * 500):
        assert (await api.get(f"/bookings/{ref}", key=api.key)).code == "unknown_booking"


async def test_party_out_of_bounds_is_refused_with_the_bounds(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=50)
    answer = await api.post("/bookings", a_booking_body(slot, party=11))
    assert (answer.status, answer.code) == (422, "party_not_admitted")
    assert (answer.json["party_min"], answer.json["party_max"]) == (1, 10)


async def test_slot_in_the_past_is_refused_to_guests_alone(
    api: ApiClient, clock: ManualClock
) -> None:
    slot = await api.business.a_slot(starts_in=timedelta(hours=1))
    clock.advance(timedelta(hours=2))
    past = await api.post("/bookings", a_booking_body(slot))
    assert (past.status, past.code) == (409, "slot_past")
    assert (await api.post("/bookings", a_booking_body(slot), key=api.key)).status == 201


def rows(answer: Answer, name: str) -> list[dict[str, object]]:
    found = answer.json[name]
    assert isinstance(found, list)
    return found


def customer_of(booking: dict[str, object]) -> object:
    customer = booking["customer"]
    assert isinstance(customer, dict)
    return customer["name"]


def _errors(answer: Answer) -> list[dict[str, str]]:
    return [{name: str(text) for name, text in row.items()} for row in rows(answer, "errors")]


async def test_a_hold_without_details_has_no_customer(api: ApiClient) -> None:
    held = await api.post("/holds", {"slot": str(await api.business.a_slot()), "party": 2})
    found = await api.get(f"/bookings/{held.json['ref']}", key=api.key)
    assert (found.status, found.json["status"]) == (200, "held")
    assert "customer" not in found.json
