"""The live run sheet: what changes reaches who may see it, and nobody whose session has ended."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_business, a_guest, a_member_of_staff

from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.web.day_views import SheetEvent
from fullhouse.kernel.clock import ManualClock
from fullhouse.people.reads.team import team

SOON = timedelta(minutes=30)
WAIT_SECONDS = 10


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api
        api.shutdown.set()


class Screen:
    """An open page of the sheet."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    async def event(self) -> SheetEvent:
        """The next one that is not a comment."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                chunk = (await anext(self._chunks)).decode()
                if data := re.search(r"^data: (.*)$", chunk, re.MULTILINE):
                    return msgspec.json.decode(data[1], type=SheetEvent)

    async def ends(self) -> bool:
        async with asyncio.timeout(WAIT_SECONDS):
            return not [chunk async for chunk in self._chunks]


async def live_path(api: ApiClient, cookie: Mapping[str, str], query: str = "") -> str:
    page = await api.ask("GET", f"//admin/{api.org}/today{query}", headers=cookie)
    found = re.search(r'data-changes="([^"]*)"', page.body.decode())
    assert found is not None
    return found[1].replace("&amp;", "&")


@asynccontextmanager
async def a_screen(
    api: ApiClient, cookie: Mapping[str, str], path: str | None = None, **headers: str
) -> AsyncIterator[Screen]:
    path = path or await live_path(api, cookie)
    sent = {**cookie, **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with api.client.stream("GET", path.removeprefix("/"), headers=sent) as answer:
        assert answer.status_code == 200
        yield Screen(answer.aiter_bytes())


async def sell(app: Application, business: Business, slot: SlotId, name: str) -> str:
    request = a_booking_of(slot, name=name, allow_duplicate=True)
    made = await app.booking.place_booking(business.org_id, request, context=a_guest())
    return made.outcome.ref


async def test_booking_arrival_and_cancellation_appear_without_a_reload(
    app: Application, business: Business, api: ApiClient
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    first = await sell(app, business, slot, "Grace Hopper")
    async with a_screen(api, await api.staff_cookie(role="staff")) as screen:
        ref = await sell(app, business, slot, "Ada Babbage")
        event = await screen.event()
        assert [(row.key, row.slot, row.before) for row in event.rows] == [(ref, str(slot), first)]
        assert "Ada Babbage" in event.rows[0].html
        assert (event.expected, event.arrived) == (4, 0)
        view = await app.bookings.by_ref(business.org_id, ref)
        assert view is not None
        booking_id, staff = view.booking.booking_id, a_member_of_staff()
        await app.booking.check_in(business.org_id, booking_id, context=staff)
        event = await screen.event()
        assert 'class="arrived"' in event.rows[0].html
        assert [change.tally.text for change in event.tallies] == ["2 of 4 arrived"]
        await app.booking.undo_check_in(business.org_id, booking_id, context=staff)
        await screen.event()
        await app.booking.cancel_booking(business.org_id, booking_id, context=staff)
        event = await screen.event()
        assert (event.gone, event.rows, event.expected) == ((ref,), (), 2)


async def test_page_that_is_older_than_the_stream_is_loaded_again(
    app: Application, business: Business, api: ApiClient
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    last = await sell(app, business, slot, "Zoe Young")
    path = await live_path(api, cookie := await api.staff_cookie())
    await sell(app, business, slot, "Ada Babbage")
    async with a_screen(api, cookie, path) as screen:
        assert (await screen.event()).reload, "the page is older than the stream"
        three = await sell(app, business, slot, "Cem Dirac")
        event = await screen.event()
        assert [(row.key, row.before) for row in event.rows] == [(three, last)]


async def test_page_that_shows_the_day_as_it_stands_is_not_loaded_again(
    app: Application, business: Business, api: ApiClient
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    cookie = await api.staff_cookie()
    path = await live_path(api, cookie)
    async with a_screen(api, cookie, path) as screen:
        await sell(app, business, slot, "Ada Babbage")
        event = await screen.event()
        assert not event.reload
    async with a_screen(api, cookie, path, last_event_id=event.digest) as screen:
        await sell(app, business, slot, "Bea Cantor")
        assert not (await screen.event()).reload, "it comes back to where it was"


async def test_page_of_another_language_gets_rows_in_it(
    app: Application, business: Business, api: ApiClient
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    cookie = await api.staff_cookie()
    path = f"{await live_path(api, cookie)}&lang=de"
    async with a_screen(api, cookie) as english, a_screen(api, cookie, path) as german:
        await sell(app, business, slot, "Ada Babbage")
        assert "Check in" in (await english.event()).rows[0].html
        assert "Einchecken" in (await german.event()).rows[0].html


async def test_stream_ends_when_the_session_does(
    app: Application, business: Business, api: ApiClient
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    cookie = await api.staff_cookie()
    async with a_screen(api, cookie) as screen:
        await sell(app, business, slot, "Ada Babbage")
        await screen.event()
        await api.ask("POST", "//admin/leave", headers=cookie)
        await sell(app, business, slot, "Bea Cantor")
        assert await screen.ends(), "no row is sent after it"


@pytest.mark.parametrize("act", ["sign-out", "remove"])
async def test_stream_ends_when_an_owner_signs_the_member_out_or_removes_her(
    app: Application, business: Business, api: ApiClient, *, act: str
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    owner = await api.staff_cookie("Olaf")
    cookie = await api.staff_cookie("Mia", role="staff")
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(seconds=1))
    async with app.database.session() as session:
        members = await team(session, business.org_id, now=app.clock.now())
    (mia,) = [one.entry_id for one in members if one.name == "Mia"]
    async with a_screen(api, cookie) as screen:
        await sell(app, business, slot, "Ada Babbage")
        await screen.event()
        done = await api.ask(
            "POST",
            f"//admin/{api.org}/team/{act}",
            headers={**owner, "content-type": "application/x-www-form-urlencoded"},
            content=f"row.{mia}=1".encode(),
        )
        assert done.status == 303
        await sell(app, business, slot, "Bea Cantor")
        assert await screen.ends(), "no row is sent after it"


async def test_business_hears_nothing_of_another(
    app: Application, business: Business, api: ApiClient
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    theirs = await other.a_slot(starts_in=SOON)
    cookie = await api.staff_cookie()
    answer = await api.ask("GET", "//admin/orchard/today/live", headers=cookie)
    assert answer.headers["location"].startswith("/admin/sign-in")
    async with a_screen(api, cookie) as screen:
        await sell(app, other, theirs, "Ada Babbage")
        mine = await sell(app, business, slot, "Bea Cantor")
        assert [row.key for row in (await screen.event()).rows] == [mine]


async def test_time_that_begins_is_told(
    app: Application, business: Business, api: ApiClient
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    async with a_screen(api, await api.staff_cookie()) as screen:
        assert isinstance(app.clock, ManualClock)
        app.clock.advance(SOON)
        await sell(app, business, slot, "Ada Babbage")
        assert (await screen.event()).reload
