"""The run sheet: who is found, what is recorded, and tickets at the gate."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlencode

import msgspec
import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_business, a_guest, a_member_of_staff
from tests.builders.gate import Gate, close, names, sell, tick
from tests.builders.statement_counts import added, statements

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.web.day_views import SheetEvent
from fullhouse.people.model.roles import Role

SHEET_STATEMENTS_MAX = 6
SOON = timedelta(minutes=30)


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def gate(api: ApiClient) -> Gate:
    return Gate(api, await api.staff_cookie(role="staff"))


async def test_parties_of_a_time_are_listed_by_surname(
    app: Application, business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    for name in ("Zoe Adams", "Ana Younger", "Öle Östlund", "Max Marr Jr."):
        await sell(app, slot, name, business)
    assert names(await gate.get()) == ["Zoe Adams", "Max Marr Jr.", "Öle Östlund", "Ana Younger"]


@pytest.mark.parametrize("text", ["lovel", "ADA", "lövelace", "207 946", "02079460", "ada@exa"])
async def test_a_guest_is_found_by_name_phone_and_address(
    app: Application, business: Business, gate: Gate, text: str
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    await sell(app, slot, "Ada Lovelace", business, phone="+442079460999")
    await sell(app, slot, "Grace Hopper", business, phone="+13125550123")
    assert names(await gate.get(f"today?{urlencode({'q': text})}")) == ["Ada Lovelace"]


async def test_a_guest_is_found_by_a_part_of_the_reference(
    app: Application, business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    ref = await sell(app, slot, "Ada Lovelace", business)
    await sell(app, slot, "Grace Hopper", business)
    assert names(await gate.get(f"today?q={ref[:6].lower()}")) == ["Ada Lovelace"]
    nobody = await gate.get("today?q=zzzz")
    assert names(nobody) == []
    assert "Nobody is found on this day" in nobody
    assert "bookings?q=zzzz" in nobody


async def test_sheet_shows_all_or_those_not_yet_here_or_those_who_are(
    app: Application, business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    ref = await sell(app, slot, "Ada Lovelace", business)
    await sell(app, slot, "Grace Hopper", business)
    await gate.press("check-in", ref)
    page = await gate.get("today?show=expected")
    assert names(page) == ["Grace Hopper"]
    assert names(await gate.get("today?show=arrived")) == ["Ada Lovelace"]
    assert re.findall(r">(All \d|Not yet here \d|Arrived \d)<", page) == [
        "All 2",
        "Not yet here 1",
        "Arrived 1",
    ]


async def test_times_that_are_over_are_folded_with_their_counts(
    app: Application, business: Business, gate: Gate
) -> None:
    over, later = await business.slots(2, starts_in=SOON)
    ref = await sell(app, over, "Ada Lovelace", business)
    await sell(app, later, "Grace Hopper", business)
    await gate.press("check-in", ref)
    tick(app, timedelta(hours=1))
    page = await gate.get()
    assert "1 time is over: 2 of 2 arrived" in page
    folded, _, rest = page.partition('class="past"')[2].partition("</details>")
    assert "Ada Lovelace" in folded
    assert "Grace Hopper" in rest
    assert "now-mark" in rest
    assert '<details class="past">' in page
    assert '<details class="past" open>' in await gate.get("today?q=ada")


async def test_a_no_show_and_an_arrival_are_undone_on_the_sheet_at_any_time(
    app: Application, business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    ref = await sell(app, slot, "Ada Lovelace", business)
    tick(app, timedelta(hours=1))
    for verb, word in (("no-show", "Marked as a no-show"), ("check-in", "Checked in")):
        assert (await gate.press(verb, ref)).status == 303
        tick(app, timedelta(hours=1))
        page = await gate.get("today?date=2027-06-12")
        assert f'name="undo" value="{ref}"' in page
        assert (await gate.press("undo", ref)).status == 303
        history = await gate.get(f"bookings/{ref}")
        assert word in history.partition("History")[2]
        assert "undone" in history.partition("History")[2]


async def test_closed_time_says_so_with_its_reason(
    app: Application, business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    await sell(app, slot, "Ada Lovelace", business)
    await close(app, business, "Thunderstorm")
    assert "Closed: Thunderstorm" in await gate.get()


async def test_ticket_is_answered_in_a_word(
    app: Application, business: Business, gate: Gate
) -> None:
    slot, gone, far = (
        await business.a_slot(starts_in=SOON),
        await business.a_slot(starts_in=timedelta(hours=1)),
        await business.a_slot(starts_in=timedelta(days=3)),
    )
    ref = await sell(app, slot, "Ada Lovelace", business)
    answer = await gate.scan(f"https://farm.example/meadow/b/{ref}?t=abc")
    assert answer.startswith("ok ")
    assert "OK Ada Lovelace two people" in answer.replace("2 people", "two people")
    again = await gate.scan(f" {ref[:4].lower()} {ref[4:]} ")
    assert again.startswith("already-in ")
    assert "Arrived at" in again
    other = await sell(app, far, "Grace Hopper", business)
    assert "wrong-time" in (early := await gate.scan(other))
    assert "Wrong day Grace Hopper" in early
    assert "Check in anyway" in early
    cancelled = await sell(app, gone, "Emmy Noether", business)
    view = await app.bookings.by_ref(business.org_id, cancelled)
    assert view is not None
    await app.booking.cancel_booking(
        business.org_id, view.booking.booking_id, context=a_member_of_staff()
    )
    assert (await gate.scan(cancelled)).startswith("cancelled ")
    assert (await gate.scan("NOBODY42")).startswith("unknown ")
    assert (await gate.press("check-in-anyway", other)).status == 303


async def test_ticket_for_later_that_day_is_for_another_time(
    app: Application, business: Business, gate: Gate
) -> None:
    ref = await sell(
        app, await business.a_slot(starts_in=timedelta(hours=5)), "Ada Lovelace", business
    )
    assert "Wrong time Ada Lovelace" in await gate.scan(ref)


async def test_ticket_of_another_business_is_unknown(
    app: Application, business: Business, gate: Gate
) -> None:
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    ref = await sell(app, await other.a_slot(starts_in=SOON), "Ada Lovelace", other)
    for code in (ref, f"https://farm.example/orchard/b/{ref}?t=abc"):
        assert (await gate.scan(code)).startswith("unknown ")
    mine = await sell(app, await business.a_slot(starts_in=SOON), "Grace Hopper", business)
    code = f"https://farm.example/orchard/b/{mine}"
    assert (await gate.scan(code)).startswith("unknown "), "it is another business's ticket"
    assert (await gate.press("check-in", ref)).status == 404


@pytest.mark.parametrize("role", ["customer"])
async def test_sheet_is_for_staff_alone(api: ApiClient, role: Role) -> None:
    for headers, status in (({}, 401), (await api.staff_cookie(role=role), 403)):
        for method, path in (
            ("GET", "today"),
            ("GET", "today/live"),
            ("POST", "today"),
            ("POST", "today/scan"),
            ("POST", "today/book"),
        ):
            answer = await api.ask(method, f"//admin/{api.org}/{path}", headers=headers)
            leads_to_sign_in = answer.headers.get("location", "").startswith("/admin/sign-in")
            assert answer.status == status or (not headers and leads_to_sign_in), (method, path)


async def test_script_gets_the_rows_that_have_changed(
    app: Application, business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    ref = await sell(app, slot, "Ada Lovelace", business)
    answer = await gate.press("check-in", ref, script=True)
    assert answer.status == 200
    event = msgspec.json.decode(answer.body, type=SheetEvent)
    (row,) = event.rows
    assert row.key == ref
    assert "arrived" in row.html
    assert event.arrived == 2
    assert "Ada Lovelace is checked in" in event.bar
    again = await gate.press("check-in", ref, script=True)
    assert "The status of the booking: Arrived" in str(again.json["bar"])


async def test_sheet_of_many_parties_takes_few_statements(
    app: Application, business: Business, gate: Gate
) -> None:
    for slot in await business.slots(3, starts_in=SOON, capacity=40):
        for number in range(10):
            request = a_booking_of(slot, party=2, name=f"Guest {number}", allow_duplicate=True)
            await app.booking.place_booking(business.org_id, request, context=a_guest())
    await gate.get()
    before = statements(app)
    page = await gate.get("today?new=1")
    assert len(names(page)) == 30
    assert len(added(before, statements(app))) <= SHEET_STATEMENTS_MAX
