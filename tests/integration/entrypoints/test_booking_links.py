"""The links of a booking: what each opens, and when it ends."""

from datetime import timedelta
from html.parser import HTMLParser

import httpx
import pytest
from icalendar import Calendar
from tests.builders.api_client import ApiClient, a_booking_body, a_customer_json, token_of
from typing_extensions import override

from fullhouse.booking.limits import TICKET_PAUSE_MINUTES
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.kernel.clock import ManualClock
from fullhouse.messages.qr import qr_svg


class Forms(HTMLParser):
    """The targets of the forms and links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.feed(page)

    @override
    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.targets += [
            (value or "").partition("#")[0] for name, value in attrs if name in {"action", "href"}
        ]


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
            if leads and answer.request.url.path == page:
                assert answer.status_code == 303
                assert answer.headers["location"].startswith(ticket.partition("?")[0] + "?t=")
            else:
                assert (answer.status_code, "?t=" in answer.text) == (200, False)
                assert "This is booked already" in answer.text
                assert "example.org" not in answer.text


async def test_hold_of_the_api_that_became_a_booking_leads_no_browser_to_the_ticket(
    api: ApiClient,
) -> None:
    held = await api.post("/holds", {"slot": str(await api.business.a_slot()), "party": 2})
    await api.post("/bookings", {"hold": held.json["id"], "customer": a_customer_json()})
    answer = await api.client.get(f"/{api.org}/anything/holds/{held.json['id']}")
    assert (answer.status_code, "?t=" in answer.text) == (200, False)
    assert "This is booked already" in answer.text


async def tickets_asked_for(api: ApiClient) -> int:
    async with api.app.database.unrestricted.session() as session:
        query = "SELECT count(*) FROM event WHERE kind = 'TicketRequested'"
        count: int = await session.connection.fetchval(query)
    return count


@pytest.mark.parametrize("who", ["guest", "staff by API", "staff on the page"])
async def test_renewing_the_link_ends_all_that_were_given_out(api: ApiClient, who: str) -> None:
    slot = await api.business.a_slot()
    booking = await api.post("/bookings", a_booking_body(slot), once="b-1")
    ref, token = booking.json["ref"], token_of(booking)
    calendar = (await a_page(api, f"/b/{ref}/calendar.ics?t={token}")).text
    (event,) = Calendar.from_ical(calendar).walk("VEVENT")
    shown = str(event["url"]).partition("?t=")[2]
    match who:
        case "guest":
            done = await api.client.post(f"/{api.org}/b/{ref}/renew", data={"t": token})
            assert done.status_code == 303
            assert "t=" not in done.headers["location"], "who has the link may not be the guest"
            after = await api.client.get(done.headers["location"])
            assert "No e-mail was sent" in after.text, "without a mail server"
        case "staff by API":
            renewed = await api.post(f"/bookings/{ref}/renew-link", key=api.key)
            assert (renewed.status, renewed.body) == (204, b"")
        case _:
            path = f"//admin/{api.org}/bookings/{ref}/renew-link"
            answer = await api.ask("POST", path, headers=await api.staff_cookie())
            assert answer.status == 303
    for old in (token, shown):
        assert (await a_page(api, f"/b/{ref}?t={old}")).status_code == 404
        assert (await a_page(api, f"/b/{ref}/calendar.ics?t={old}")).status_code == 404
    assert (await api.get(f"/bookings/{ref}?token={token}")).code == "unknown_booking"
    assert (await api.post(f"/bookings/{ref}/cancel?token={token}")).code == "unknown_booking"
    again = await api.post("/bookings", a_booking_body(slot), once="b-1")
    assert token_of(again) == token, "a repeat gives the first answer, whose link has ended"
    now = await api.get(f"/bookings/{ref}", key=api.key)
    assert (await a_page(api, f"/b/{ref}?t={token_of(now)}")).status_code == 200


async def test_qr_code_leads_guests_to_the_ticket_and_staff_to_their_page(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    ref = str(booking.json["ref"])
    view = await api.app.bookings.by_ref(api.business.org_id, ref)
    assert view is not None
    urls = SignedUrls(api.app.tokens, api.app.settings.base_url)
    scanned = urls.booking(api.org, view.booking, purpose="show").ticket
    shown = (await a_page(api, f"/b/{ref}?t={token_of(booking)}")).text
    assert qr_svg(scanned) in shown
    token = scanned.partition("?t=")[2]
    guest = await a_page(api, f"/b/{ref}?t={token}")
    assert (guest.status_code, ref in guest.text) == (200, True)
    path = f"//{api.org}/b/{ref}?t="
    staff = await api.staff_cookie()
    for scan in (token, "of-an-earlier-link"):
        answer = await api.ask("GET", path + scan, headers=staff)
        assert answer.headers["location"] == f"/admin/{api.org}/bookings/{ref}"
    managing = await api.ask("GET", path + token_of(booking), headers=staff)
    assert managing.status == 200, "staff may look at a ticket by its own link"
    customer = await api.staff_cookie("Cleo", role="customer")
    assert (await api.ask("GET", path + token, headers=customer)).status == 200


async def test_guest_renews_the_link_by_api_and_is_not_told_the_new_one(api: ApiClient) -> None:
    booking = await api.book(await api.business.a_slot())
    path = f"/bookings/{booking.json['ref']}/renew-link"
    assert (await api.post(path)).status == 401
    answer = await api.post(f"{path}?token={token_of(booking)}")
    assert (answer.status, answer.body) == (204, b"")
    assert (await api.post(f"{path}?token={token_of(booking)}")).code == "unknown_booking"


async def test_link_that_does_not_open_a_booking_offers_to_mail_the_ticket(
    api: ApiClient, mailing: ApiClient
) -> None:
    booking = await mailing.book(await mailing.business.a_slot())
    ref = str(booking.json["ref"])
    ended = await a_page(mailing, f"/b/{ref}?t=AAAAAAAAAAAAAAAAAAAAAA")
    missing = await a_page(mailing, "/b/ZZZZZZZZ?t=AAAAAAAAAAAAAAAAAAAAAA")
    assert ended.status_code == missing.status_code == 404
    assert ended.text.replace(ref, "ZZZZZZZZ") == missing.text, "nothing says which there are"
    (send,) = [target for target in Forms(ended.text).targets if target.endswith("/send")]
    for target in (send, send.replace(ref, "ZZZZZZZZ")):
        sent = await mailing.client.post(target)
        assert (sent.status_code, sent.headers["location"]) == (303, f"/{mailing.org}/b?done=sent")
    without_server = (await a_page(api, "/b?done=sent")).text
    assert "No e-mail was sent" in without_server
    assert await tickets_asked_for(mailing) == 1


@pytest.mark.parametrize("way", ["page", "API"])
async def test_tickets_are_sent_again_to_the_address_that_booked(
    api: ApiClient, clock: ManualClock, way: str
) -> None:
    slots = await api.business.slots(3, minutes=300)
    for slot in slots[:2]:
        await api.book(slot)
    await api.book(slots[2], name="Grace Hopper")
    cancelled = await api.book(slots[2], name="Ada Lovelace")
    await api.post(f"/bookings/{cancelled.json['ref']}/cancel", key=api.key)

    async def ask(email: str) -> tuple[int, bytes]:
        if way == "API":
            answer = await api.post("/tickets", {"email": email})
            return answer.status, answer.body
        page = await api.client.post(f"/{api.org}/b", data={"email": email})
        return page.status_code, page.content

    answers = [await ask(email) for email in ("ADA.Lovelace@example.org", "nobody@example.org")]
    assert answers[0] == answers[1], "whether there is a booking is not told"
    assert await tickets_asked_for(api) == 2
    await ask("ada.lovelace@example.org")
    assert await tickets_asked_for(api) == 2, "those just asked for are on their way"
    clock.advance(timedelta(minutes=TICKET_PAUSE_MINUTES, seconds=1))
    await ask("ada.lovelace@example.org")
    assert await tickets_asked_for(api) == 4


async def test_address_that_is_none_is_asked_for_again(mailing: ApiClient) -> None:
    page = await mailing.client.post(f"/{mailing.org}/b", data={"email": "ada at example"})
    assert (page.status_code, "ada at example" in page.text) == (422, True)
    assert (await mailing.post("/tickets", {"email": "ada at example"})).code == "invalid_input"


async def test_possible_duplicate_on_the_page_leads_to_the_ticket_by_mail(
    mailing: ApiClient,
) -> None:
    slot = await mailing.business.a_slot()
    await mailing.book(slot)
    held = await mailing.post("/holds", {"slot": str(slot), "party": 2})
    target = f"/{mailing.org}/sunflowers/holds/{held.json['id']}"
    refused = await mailing.client.post(target, data=a_customer_json())
    assert refused.status_code == 409
    assert f"/{mailing.org}/b" in Forms(refused.text).targets
