"""The links of a booking: what each opens, and when it ends."""

from html.parser import HTMLParser

import httpx
from icalendar import Calendar
from tests.builders.api_client import ApiClient, a_customer_json, token_of
from typing_extensions import override


class Forms(HTMLParser):
    """The targets of the forms and links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.feed(page)

    @override
    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.targets += [value or "" for name, value in attrs if name in {"action", "href"}]


async def a_page(api: ApiClient, path: str) -> httpx.Response:
    return await api.client.get(f"/{api.org}{path}")


async def test_calendar_file_gives_no_right_to_change_the_booking(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    path, token = f"/b/{booking.json['ref']}", token_of(booking)
    text = (await a_page(api, f"{path}/calendar.ics?t={token}")).text
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert token not in text
    assert str(booking.json["id"]) not in text, "by its id a hold is confirmed"
    url = str(event["url"])
    shown = url.partition("?t=")[2]
    assert shown in str(event["description"])
    ticket = await a_page(api, f"{path}?t={shown}")
    assert (ticket.status_code, str(booking.json["ref"]) in ticket.text) == (200, True)
    assert not [
        target
        for target in Forms(ticket.text).targets
        if any(verb in target for verb in ("/change", "/cancel", "/move", "/undo"))
    ]
    again = await a_page(api, f"{path}/calendar.ics?t={shown}")
    assert again.text == text
    assert (await a_page(api, f"{path}/change?t={shown}")).status_code == 404
    for verb in ("cancel", "move", "undo"):
        answer = await api.client.post(f"/{api.org}{path}/{verb}", data={"t": shown})
        assert answer.status_code == 404
    for verb in ("cancel", "undo"):
        by_api = await api.post(f"/bookings/{booking.json['ref']}/{verb}?token={shown}")
        assert by_api.code == "unknown_booking"
    assert (await api.get(f"/bookings/{booking.json['ref']}?token={shown}")).status == 404


async def test_uid_of_the_calendar_entry_never_changes(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    path = f"/b/{booking.json['ref']}/calendar.ics?t={token_of(booking)}"
    (before,) = Calendar.from_ical((await a_page(api, path)).text).walk("VEVENT")
    await api.post(f"/bookings/{booking.json['ref']}/cancel?token={token_of(booking)}")
    (after,) = Calendar.from_ical((await a_page(api, path)).text).walk("VEVENT")
    assert before["uid"] == after["uid"]


async def test_hold_that_became_a_booking_leads_the_browser_that_took_it_to_the_ticket(
    api: ApiClient,
) -> None:
    slot, org = await api.business.a_slot(), api.org
    form = {"slot": str(slot), "party": "2", "submission_id": "one"}
    held = await api.client.post(f"/{org}/sunflowers/holds", data=form)
    page = held.headers["location"].partition("#")[0]
    assert (await api.client.get(page)).status_code == 200
    booked = await api.client.post(page, data=a_customer_json())
    ticket = booked.headers["location"]
    assert "?t=" in ticket
    stranger = api.from_elsewhere()
    other = dict(a_customer_json(), email="corrected@example.org")
    for client, leads in ((api.client, True), (stranger.client, False)):
        for answer in (
            await client.get(page),
            await client.get(page.replace("sunflowers", "anything")),
            await client.post(page, data=a_customer_json()),
            await client.post(page, data=other),
            await client.post(page, data={}),
        ):
            location = answer.headers["location"]
            assert answer.status_code == 303
            assert location.startswith(f"/{org}/b/")
            is_own_path = answer.request.url.path == page
            assert ("t=" in location) == (leads and is_own_path)


async def test_hold_of_the_api_that_became_a_booking_leads_no_browser_to_the_ticket(
    api: ApiClient,
) -> None:
    held = await api.post("/holds", {"slot": str(await api.business.a_slot()), "party": 2})
    await api.post("/bookings", {"hold": held.json["id"], "customer": a_customer_json()})
    answer = await api.client.get(f"/{api.org}/anything/holds/{held.json['id']}")
    assert (answer.status_code, "t=" in answer.headers["location"]) == (303, False)
