"""Secrets are given to who proves a right: knowing a guest, or counting from 1, proves nothing."""

import re
from datetime import timedelta

import pytest
from tests.builders.api_client import Answer, ApiClient, a_booking_body, a_customer_json, token_of

from fullhouse.kernel.clock import ManualClock

SECRETS = ("ref", "starts_at", "party", "manage_url", "ticket_url", "id", "token")


@pytest.fixture
def stranger(api: ApiClient) -> ApiClient:
    return api.from_elsewhere()


def gives_nothing_away(answer: Answer, *secrets: object) -> bool:
    told = [name for name in SECRETS if name in answer.json]
    return not told and not any(str(secret) in str(answer.json) for secret in secrets)


async def test_who_knows_the_guest_is_not_led_to_the_booking(
    api: ApiClient, stranger: ApiClient
) -> None:
    slot = await api.business.a_slot()
    booking = await api.book(slot)
    for body in (
        a_booking_body(slot),
        {
            **a_booking_body(slot),
            "customer": {**a_customer_json(), "email": "ADA.Lovelace@example.org"},
        },
        {**a_booking_body(slot), "customer": {**a_customer_json(), "phone": "+442079460958"}},
        a_booking_body(slot, party=3),
    ):
        answer = await stranger.post("/bookings", body)
        assert (answer.status, answer.code) == (409, "possible_duplicate")
        assert gives_nothing_away(answer, booking.json["ref"], token_of(booking))
    again = await api.post("/bookings", a_booking_body(slot))
    assert (again.status, again.body) == (200, booking.body), "the guest is"


async def test_who_knows_a_hold_that_became_a_booking_is_not_led_to_it(
    api: ApiClient, stranger: ApiClient
) -> None:
    held = await api.post("/holds", {"slot": str(await api.business.a_slot()), "party": 2})
    body = {"hold": held.json["id"], "customer": a_customer_json()}
    booking = await api.post("/bookings", body)
    answer = await stranger.post("/bookings", body)
    assert (answer.status, answer.code) == (409, "wrong_status")
    assert gives_nothing_away(answer, booking.json["ref"], token_of(booking))
    assert (await api.post("/bookings", body)).body == booking.body


@pytest.mark.parametrize("path", ["/holds", "/bookings", "/waiting-list"])
async def test_strangers_may_choose_the_same_key(
    api: ApiClient, stranger: ApiClient, path: str
) -> None:
    slot = await api.business.a_slot()
    bodies = [a_booking_body(slot, name=name) for name in ("Ada Lovelace", "Grace Hopper")]
    if path == "/holds":
        bodies = [{"slot": str(slot), "party": 2}] * 2
    first = await api.post(path, bodies[0], once="1")
    other = await stranger.post(path, bodies[1], once="1")
    assert (first.status, other.status) == (201, 201)
    assert first.json["id"] != other.json["id"]
    again = await api.post(path, bodies[0], once="1")
    assert (again.status, again.body) == (200, first.body)


async def test_keys_of_staff_and_guests_are_kept_apart(api: ApiClient) -> None:
    """A guest at the desk's own computer is not answered with what staff did under its key."""
    slot = await api.business.a_slot()
    by_key = await api.post("/bookings", a_booking_body(slot), once="1", key=api.key)
    cookie = {**await api.staff_cookie(), "Idempotency-Key": "1"}
    body = a_booking_body(slot, name="Grace Hopper")
    by_staff = await api.ask("POST", "/bookings", json=body, headers=cookie)
    guest = await api.post("/bookings", a_booking_body(slot, name="Emmy Noether"), once="1")
    assert [answer.status for answer in (by_key, by_staff, guest)] == [201, 201, 201]


async def test_nobody_learns_a_waiting_entry_by_joining_again(
    api: ApiClient, stranger: ApiClient
) -> None:
    slot = await api.business.a_slot(capacity=2)
    await api.book(slot, name="Grace Hopper")
    body = a_booking_body(slot)
    entry = await api.post("/waiting-list", body)
    answer = await stranger.post("/waiting-list", body)
    assert (answer.status, answer.code) == (409, "already_waiting")
    assert gives_nothing_away(answer, entry.json["id"], entry.json["token"])
    again = await api.post("/waiting-list", body)
    assert (again.status, again.body) == (200, entry.body)
    assert (await stranger.post("/waiting-list", body, key=api.key)).status == 200, "staff may"


async def test_a_waiting_list_is_left_by_the_token_of_the_entry_or_by_staff(
    api: ApiClient, stranger: ApiClient
) -> None:
    slot = await api.business.a_slot(capacity=2)
    entries = [
        await client.post("/waiting-list", a_booking_body(slot, name=name))
        for client, name in ((api, "Ada Lovelace"), (api.from_elsewhere(), "Grace Hopper"))
    ]
    path = f"/waiting-list/{entries[0].json['id']}"
    for sent, status in (
        (path, 401),
        (f"{path}?token=", 401),
        (f"{path}?token={entries[1].json['token']}", 404),
        (f"{path}?token={entries[0].json['token']}", 204),
        (f"{path}?token={entries[0].json['token']}", 204),
    ):
        assert (await stranger.ask("DELETE", sent)).status == status
    staff = await api.ask("DELETE", f"/waiting-list/{entries[1].json['id']}", key=api.key)
    assert staff.status == 204


async def test_forms_lead_nobody_to_the_entry_of_somebody_else(
    api: ApiClient, stranger: ApiClient
) -> None:
    slot = await api.business.a_slot(capacity=2)
    await api.book(slot, name="Grace Hopper")
    page = f"/{api.org}/sunflowers?slot={slot}&day=2027-06-19&party=2"
    form = {"slot": str(slot), "party": "2", **a_customer_json(), "submission_id": ""}
    sent = []
    for client in (api.client, stranger.client):
        found = re.search(r'name="submission_id" value="([^"]+)"', (await client.get(page)).text)
        assert found is not None
        sent.append({**form, "submission_id": found[1]})
    target = f"/{api.org}/sunflowers/waiting"
    own = [await api.client.post(target, data=sent[0]) for _ in range(2)]
    assert [answer.status_code for answer in own] == [303, 303]
    assert own[0].headers["location"] == own[1].headers["location"], "one form leads to one page"
    other = await stranger.client.post(target, data=sent[1])
    assert other.status_code == 409
    assert "location" not in other.headers
    assert "already on the waiting list for this time" in other.text
    assert "?t=" not in other.text


async def test_a_form_to_hold_places_belongs_to_its_browser(
    api: ApiClient, stranger: ApiClient, clock: ManualClock
) -> None:
    slot = await api.business.a_slot()
    target, form = f"/{api.org}/sunflowers/holds", {"slot": str(slot), "party": "2"}
    holds = set()
    for browser, submission_id in ((api, "a"), (api, "a"), (stranger, "b")):
        clock.advance(timedelta(seconds=1))
        answer = await browser.client.post(target, data={**form, "submission_id": submission_id})
        holds.add(answer.headers["location"])
    assert len(holds) == 2
