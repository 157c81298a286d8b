"""A form that comes when its hold is over, from the history or a second tab, leads to what is."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.builders.business import save
from tests.builders.guest_browser import GuestBrowser
from tests.builders.guest_visit import (
    AHEAD,
    BOOKED,
    DETAILS,
    TICKET,
    TIMES,
    Expected,
    Step,
    Visit,
    Visits,
    booked,
    cancelled,
    hold_forms,
    moved,
)


async def _nothing(_: Visit) -> None:
    """The step is not over."""


async def _expired(visit: Visit) -> None:
    visit.clock.advance(timedelta(minutes=11))


async def _expired_again(visit: Visit) -> None:
    await _expired(visit)
    await visit.browser.send(visit.forms["confirm"], visit.typed["wrong"])
    await _expired(visit)


async def _released(visit: Visit) -> None:
    await visit.browser.send(visit.forms["release"])


async def _replaced(visit: Visit) -> None:
    chosen = await visit.choose(visit.slots[1])
    await visit.browser.send(chosen.form("/holds"))


async def _taken(visit: Visit) -> None:
    await _released(visit)
    await visit.sell(visit.slots[0])


async def _closed(visit: Visit) -> None:
    await _released(visit)
    async with visit.api.business.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "UPDATE slot SET state = 'closed', reason = 'Storm' WHERE slot_id = $1", visit.slots[0]
        )


async def _begun(visit: Visit) -> None:
    visit.clock.advance(AHEAD + timedelta(minutes=10))


async def _withdrawn(visit: Visit) -> None:
    await _released(visit)
    await save(visit.api.app, replace(visit.api.business.offering, published=False))


HOLD_TABLE: Mapping[Step, Mapping[str, Expected]] = {
    _nothing: {
        "confirm": BOOKED,
        "correct": BOOKED,
        "wrong": (422, DETAILS),
        "release": (200, TIMES),
        "continue": (200, DETAILS),
    },
    booked: {
        "confirm": (200, "No e-mail was sent: please save or print your ticket."),
        "correct": (200, "This is booked already, for {email}"),
        "wrong": (200, "This is booked already, for {email}"),
        "release": (200, "were not released"),
        "continue": BOOKED,
    },
    moved: {
        "confirm": BOOKED,
        "correct": (200, "This is booked already, for {email}"),
        "wrong": (200, "This is booked already, for {email}"),
        "release": (200, "were not released"),
        "continue": BOOKED,
    },
    cancelled: dict.fromkeys(
        ("confirm", "correct", "wrong", "release", "continue"), (200, "booking is cancelled")
    ),
    **{
        state: {
            "confirm": BOOKED,
            "correct": BOOKED,
            "wrong": (422, "reserved for you again"),
            "release": (200, TIMES),
            "continue": (200, DETAILS),
        }
        for state in (_expired, _expired_again, _released, _replaced)
    },
    _taken: {
        **dict.fromkeys(("confirm", "correct", "wrong"), (409, "has just been taken")),
        "release": (200, TIMES),
        "continue": (409, "has just been taken"),
    },
    _closed: {
        **dict.fromkeys(("confirm", "correct", "wrong", "continue"), (409, "is closed. Storm")),
        "release": (200, TIMES),
    },
    _begun: {
        **dict.fromkeys(("confirm", "correct", "wrong"), (409, "can no longer be booked")),
        "release": (200, "How many of you?"),
        "continue": (409, "can no longer be booked"),
    },
    _withdrawn: dict.fromkeys(
        ("confirm", "correct", "wrong", "release", "continue"), (404, "Page not found")
    ),
}


@pytest.mark.parametrize("state", HOLD_TABLE, ids=lambda step: step.__name__.strip("_"))
async def test_form_of_a_hold_leads_to_what_became_of_it(visits: Visits, state: Step) -> None:
    for form, (status, words) in HOLD_TABLE[state].items():
        visit = await visits.begin()
        await visit.hold()
        await state(visit)
        typed = visit.typed.get(form, {})
        page = await visit.browser.send(visit.forms["confirm" if typed else form], typed)
        expected = words.format(email=visit.ana["email"])
        assert (page.status, expected in page.text) == (status, True), (form, page.text)
        if typed and (status == 422 or "has just been taken" in words):
            assert {name: page.value(name) for name in typed} == typed


@pytest.mark.parametrize("state", HOLD_TABLE, ids=lambda step: step.__name__.strip("_"))
async def test_page_of_a_hold_shows_what_became_of_it(visit: Visit, state: Step) -> None:
    await visit.hold()
    await state(visit)
    page = await visit.browser.open(visit.forms["confirm"].action)
    if state in {_nothing, booked, moved, cancelled}:
        assert page.status == 200, page.text
        assert (DETAILS if state is _nothing else visit.ref) in page.text
    else:
        assert page.status == (404 if state is _withdrawn else 410), page.text


async def test_typed_details_are_kept_for_another_time(visit: Visit) -> None:
    await visit.hold()
    await _taken(visit)
    refused = await visit.browser.send(visit.forms["confirm"], visit.ana)
    assert refused.status == 409
    kept = visit.browser.client.cookies["draft"]
    readable = base64.urlsafe_b64decode(kept)
    assert not [text for text in visit.ana.values() if text and text.encode() in readable]
    chosen = await visit.choose(visit.slots[1])
    held = await visit.browser.send(chosen.form("/holds"))
    assert {name: held.value(name) for name in visit.ana} == visit.ana
    booked = await visit.browser.send(hold_forms(held)[0])
    assert TICKET in booked.text
    assert "draft" not in visit.browser.client.cookies, "what is booked is forgotten"


async def test_form_sent_twice_after_its_hold_ended_books_once(visit: Visit) -> None:
    await visit.hold()
    await _expired(visit)
    first = await visit.browser.send(visit.forms["confirm"], visit.ana)
    again = await visit.browser.send(visit.forms["confirm"], visit.ana)
    assert TICKET in first.text
    assert again.path == first.path
    corrected = await visit.browser.send(visit.forms["confirm"], visit.typed["correct"])
    assert corrected.path == first.path
    assert f"booked already, for {visit.ana['email']}" in corrected.text


async def test_form_that_is_gone_back_to_and_changed_holds_what_it_says_now(visit: Visit) -> None:
    await visit.hold()
    form = visit.forms["continue"]
    fewer = await visit.browser.send(form, {"party": "1"})
    later = await visit.browser.send(form, {"slot": str(visit.slots[1])})
    first = await visit.browser.send(form)
    assert [fewer.status, later.status, first.status] == [200, 200, 200]
    assert len({fewer.path, later.path, first.path}) == 3


async def test_stranger_with_the_form_is_told_a_masked_address_and_no_link(visit: Visit) -> None:
    await visit.hold()
    await visit.book()
    stranger = GuestBrowser(visit.api.from_elsewhere().client)
    for page in (
        await stranger.send(visit.forms["confirm"], visit.typed["correct"]),
        await stranger.send(visit.forms["release"]),
        await stranger.open(visit.forms["confirm"].action),
    ):
        assert page.status == 200
        assert "This is booked already" in page.text
        assert "a•••@e•••.com" in page.text
        assert visit.ana["email"] not in page.html
        assert "?t=" not in page.html
    view = await visit.view()
    assert view.booking.status == "confirmed"


async def test_form_of_held_places_is_shown_when_their_time_is_on_the_page_no_more(
    visit: Visit,
) -> None:
    """The last moment to book a time passes while a guest who holds it types."""
    visit.clock.advance(AHEAD - timedelta(minutes=5))
    chosen = await visit.choose(visit.slots[0], ahead=timedelta(minutes=5))
    held = await visit.browser.send(chosen.form("/holds"))
    visit.clock.advance(timedelta(minutes=6))
    page = await visit.browser.open(hold_forms(held)[0].action)
    assert (page.status, DETAILS in page.text) == (200, True)
