"""The page of a place on a waiting list: the line, the offer taken with one press, the ticket."""

import re
from datetime import timedelta
from uuid import UUID

from tests.builders.api_client import Answer, ApiClient
from tests.builders.business import a_booking_of, a_customer, a_guest, the_worker

from fullhouse.booking.limits import UNDO_PLACES_SECONDS
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.clock import ManualClock

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def waits(api: ApiClient, slot: SlotId, name: str, party: int = 2) -> str:
    """Join the waiting list; return the path of the guest's page with its token."""
    result = await api.app.booking.join_waiting_list(
        api.business.org_id, WaitingRequest(slot, party, a_customer(name)), context=a_guest()
    )
    return page_of(api, result.outcome.entry_id)


def page_of(api: ApiClient, entry_id: UUID, verb: str = "") -> str:
    token = api.app.tokens.token("waiting", api.business.org_id, entry_id)
    return f"//{api.org}/w/{entry_id}{verb}?t={token}"


async def press(api: ApiClient, page: str, verb: str) -> Answer:
    return await api.ask("POST", page.replace("?", f"/{verb}?"), content=b"", headers=FORM)


async def test_each_guest_sees_the_own_place_in_line(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=2)
    await api.book(slot)
    pages = [await waits(api, slot, name) for name in ("Grace", "Edsger", "Barbara")]
    texts = [(await api.get(page)).body.decode() for page in pages]
    assert [re.findall(r"<dd>(\d+)</dd>", text) for text in texts] == [["1"], ["2"], ["3"]]
    await press(api, pages[0], "leave")
    assert "<dd>2</dd>" in (await api.get(pages[2])).body.decode()


async def test_offered_places_are_booked_with_one_press_and_lead_to_the_ticket(
    api: ApiClient, clock: ManualClock
) -> None:
    slot = await api.business.a_slot(capacity=2)
    made = await api.app.booking.place_booking(
        api.business.org_id, a_booking_of(slot), context=a_guest()
    )
    page = await waits(api, slot, "Grace")
    await api.app.booking.cancel_booking(
        api.business.org_id, made.outcome.booking_id, context=a_guest()
    )
    clock.advance(timedelta(seconds=UNDO_PLACES_SECONDS))
    await api.app.booking.offer_freed_places(api.business.org_id, slot, context=the_worker())
    offered = (await api.get(page)).body.decode()
    assert "Places are available for you" in offered
    assert "/accept?t=" in offered
    booked = await press(api, page, "accept")
    assert (booked.status, "/b/" in booked.headers["location"]) == (303, True)
    ticket = await api.get("/" + booked.headers["location"])
    assert "Grace" in ticket.body.decode()
    after = (await api.get(page)).body.decode()
    assert "You have booked these places" in after
    link = re.search(r'href="(/meadow/b/[^"]+)"', after)
    assert link is not None
    assert (await api.get("/" + link[1].replace("&amp;", "&"))).status == 200
    again = await press(api, page, "accept")
    assert again.headers["location"] == page.removeprefix("/")


async def test_offer_that_lasts_until_the_next_day_says_so(
    api: ApiClient, clock: ManualClock
) -> None:
    slot = await api.business.a_slot(capacity=2)
    page = await waits(api, slot, "Grace")
    clock.advance(timedelta(hours=13))  # at ten in the evening
    await api.app.booking.offer_freed_places(api.business.org_id, slot, context=the_worker())
    offered = (await api.get(page)).body.decode()
    assert "reserved for you until Sun 13 June, 01:13." in offered
    (hold,) = re.findall(r'href="([^"]+/holds/[^"#]+)', offered)
    assert "Reserved for you until Sun 13 June, 01:13" in (await api.get(f"/{hold}")).body.decode()
    clock.advance(timedelta(hours=3))
    assert "reserved for you until 01:13." in (await api.get(page)).body.decode()


async def test_who_booked_meanwhile_is_asked_before_a_second_booking(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=2)
    other = await api.business.a_slot(starts_in=timedelta(days=7, hours=1))
    page = await waits(api, slot, "Grace")
    await api.book(other, name="Grace")
    await api.app.booking.offer_freed_places(api.business.org_id, slot, context=the_worker())
    asked = await press(api, page, "accept")
    assert (asked.status, "/holds/" in asked.headers["location"]) == (303, True)


async def test_no_stranger_accepts_an_offer(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=2)
    page = await waits(api, slot, "Grace")
    await api.app.booking.offer_freed_places(api.business.org_id, slot, context=the_worker())
    assert (await press(api, page[:-3], "accept")).status == 404
    assert "Places are available for you" in (await api.get(page)).body.decode()


async def test_any_time_of_the_day_is_asked_for_by_a_box_and_kept_in_an_error(
    api: ApiClient,
) -> None:
    slot = await api.business.a_slot(capacity=2)
    later = await api.business.a_slot(starts_in=timedelta(days=7, hours=1))
    await api.book(slot)
    shown = await api.get(f"//{api.org}/sunflowers?day=2027-06-19&party=2&slot={slot}")
    assert "Any time on Saturday 19 June is fine" in shown.body.decode()

    async def sent(email: str) -> Answer:
        form = f"slot={slot}&party=2&name=Grace&email={email}&any_time=yes"
        path = f"//{api.org}/sunflowers/waiting"
        return await api.ask("POST", path, content=form.encode(), headers=FORM)

    wrong = (await sent("grace")).body.decode()
    assert 'name="any_time" value="yes" checked' in wrong
    joined = await sent("grace%40example.org")
    assert joined.status == 303
    page = "/" + joined.headers["location"]
    assert "at any time on Saturday 19 June" in (await api.get(page)).body.decode()
    await api.app.booking.offer_freed_places(api.business.org_id, later, context=the_worker())
    assert "10:00" in (await api.get(page)).body.decode(), "the time that is offered"


async def test_a_program_joins_for_any_time_of_the_day(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=2)
    customer = {"name": "Grace", "email": "grace@example.org"}
    body = {"slot": str(slot), "party": 2, "customer": customer, "any_time": True}
    joined = await api.post("/waiting-list", body)
    assert (joined.status, joined.json["any_time"]) == (201, True)
    again = await api.post("/waiting-list", body)
    assert (again.status, again.json["id"]) == (200, joined.json["id"])
