"""Contact details of a booking: who changes them, how often, and what becomes of the links."""

from tests.builders.api_client import Answer, ApiClient, token_of

from fullhouse.booking.limits import CONTACT_CHANGES_MAX


async def change(api: ApiClient, booking: Answer, **fields: str) -> Answer:
    path = f"/bookings/{booking.json['ref']}/customer?token={token_of(booking)}"
    return await api.ask("PATCH", path, json=fields)


async def test_guest_corrects_the_address_and_earlier_links_end(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    changed = await change(api, booking, email="New@Example.org", phone="020 7946 0958")
    assert changed.status == 200
    assert changed.json["customer"] == {
        "name": "Ada Lovelace",
        "email": "new@example.org",
        "phone": "+442079460958",
    }
    assert token_of(changed) != token_of(booking)
    path = f"/bookings/{booking.json['ref']}"
    assert (await api.get(f"{path}?token={token_of(booking)}")).code == "unknown_booking"
    assert (await api.get(f"{path}?token={token_of(changed)}")).status == 200
    named = await change(api, changed, name="Ada King")
    assert token_of(named) == token_of(changed), "the address is the same"
    history = (await api.get(f"{path}/history", key=api.key)).json["history"]
    assert isinstance(history, list)
    assert [entry["kind"] for entry in history] == [
        *("Booked", "ContactChanged", "BookingLinkRenewed"),  # which sends the ticket
        "ContactChanged",
    ]


async def test_contact_details_are_changed_by_version_and_only_while_the_booking_lives(
    api: ApiClient,
) -> None:
    booking = await api.book(await api.business.a_slot())
    path = f"/bookings/{booking.json['ref']}/customer"
    body = {"name": "Ada King"}
    first = await api.ask("PATCH", path, json=body, key=api.key, headers={"If-Match": '"1"'})
    assert (first.status, first.json["version"]) == (200, 2)
    late = await api.ask("PATCH", path, json=body, key=api.key, headers={"If-Match": '"1"'})
    assert (late.status, late.code) == (412, "version_conflict")
    wrong = await change(api, booking, email="nowhere")
    assert (wrong.status, wrong.code) == (422, "invalid_input")
    assert wrong.json["errors"][0]["field"] == "email"  # type: ignore[index]  # a list
    await api.post(f"/bookings/{booking.json['ref']}/cancel", key=api.key)
    assert (await change(api, booking, name="Ada")).code == "already_cancelled"


async def test_guest_changes_them_a_few_times_and_staff_as_often_as_needed(
    api: ApiClient,
) -> None:
    booking = await api.book(await api.business.a_slot())
    for number in range(CONTACT_CHANGES_MAX):
        booking = await change(api, booking, email=f"victim{number}@example.org")
        assert booking.status == 200
    refused = await change(api, booking, email="one.more@example.org")
    assert (refused.status, refused.code) == (409, "too_many_contact_changes")
    path = f"/bookings/{booking.json['ref']}/customer"
    by_staff = await api.ask("PATCH", path, json={"name": "Ada King"}, key=api.key)
    assert by_staff.status == 200


async def test_page_changes_the_address_and_shows_the_ticket_by_its_new_link(
    mailing: ApiClient,
) -> None:
    booking = await mailing.book(await mailing.business.a_slot())
    path = f"/{mailing.org}/b/{booking.json['ref']}/contact"
    form = await mailing.client.get(f"{path}?t={token_of(booking)}")
    assert 'value="ada.lovelace@example.org"' in form.text
    typed = {"t": token_of(booking), "name": "Ada King", "email": "ada@", "phone": ""}
    wrong = await mailing.client.post(path, data=typed)
    assert (wrong.status_code, 'value="Ada King"' in wrong.text) == (422, True)
    done = await mailing.client.post(path, data={**typed, "email": "ada@example.net"})
    assert done.status_code == 303
    ticket = await mailing.client.get(done.headers["location"])
    assert ticket.status_code == 200
    assert "ada@example.net" in ticket.text
    assert (await mailing.client.post(path, data=typed)).status_code != 303, "that link has ended"
