"""A site whose database can be taken away, and what must hold without it and afterwards."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

from tests.builders.api_client import Answer, ApiClient, a_booking_body, an_api_client
from tests.builders.business import a_business
from tests.builders.database_line import DatabaseLine, a_database_line, url_by
from tests.builders.operator import an_operator, operator_cookie

from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import open_application
from fullhouse.http.limits import REQUEST_SECONDS_MAX
from fullhouse.kernel.clock import SystemClock
from fullhouse.resilience.operating_mode import OperatingMode
from fullhouse.settings import Settings
from fullhouse.storage.embedded.server import EmbeddedServer
from fullhouse.storage.limits import UNANSWERED_SECONDS_MAX

AVAILABILITY = "/offerings/sunflowers/availability"
PAGE = "//meadow/sunflowers"
OPERATIONS = "//admin/operations"


@dataclass(frozen=True, slots=True)
class CutOffSite:
    """A site on a database that can be taken away, with a time to book."""

    api: ApiClient
    line: DatabaseLine
    slot: SlotId
    operator: Mapping[str, str]
    """The cookies of who has looked at how it all is."""

    async def until(self, mode: OperatingMode) -> None:
        async with asyncio.timeout(3 * REQUEST_SECONDS_MAX):
            while self.api.app.modes.mode is not mode:  # noqa: ASYNC110 - as a visitor sees it
                await asyncio.sleep(0.05)

    async def book(self) -> Answer:
        async with asyncio.timeout(REQUEST_SECONDS_MAX + 1):
            return await self.api.post("/bookings", a_booking_body(self.slot), once="once")

    async def hold_by_form(self) -> Answer:
        form = {"slot": str(self.slot), "party": "2", "note": 'Ada "A" <b>'}
        return await self.api.ask(
            "POST",
            PAGE + "/holds",
            content=urlencode(form).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )


@asynccontextmanager
async def a_site_to_cut_off(server: EmbeddedServer, database_url: str) -> AsyncIterator[CutOffSite]:
    async with (
        a_database_line(server) as line,
        open_application(
            Settings(), url_by(line, database_url), name="test", clock=SystemClock()
        ) as app,
    ):
        business = await a_business(app.database, app.clock, app.ids)
        api = await an_api_client(app, business)
        slot = await business.a_slot(starts_in=timedelta(days=2), capacity=9)
        async with api.client:
            for path in (AVAILABILITY, PAGE, "//meadow"):
                assert (await api.get(path)).status == 200, "it is known before"
            yield CutOffSite(api, line, slot, await _operator(api))
            await line.restore()


async def _operator(api: ApiClient) -> Mapping[str, str]:
    await an_operator(api.app)
    session = await operator_cookie(api.app)
    answer = await api.ask("GET", OPERATIONS, headers=session)
    assert answer.status == 200
    outage_pass = answer.headers["set-cookie"].partition(";")[0]
    return {"Cookie": f"{session['Cookie']}; {outage_pass}"}


@asynccontextmanager
async def at_once() -> AsyncIterator[None]:
    """Well below the time of a statement: nothing was asked of the database."""
    async with asyncio.timeout(UNANSWERED_SECONDS_MAX / 2):
        yield


async def assert_only_shown(site: CutOffSite) -> None:
    async with at_once():
        known = await site.api.get(AVAILABILITY)
    assert known.status == 200
    assert known.json["stale"] is True
    assert remaining(known) == [9]
    async with at_once():
        page, home = await site.api.get(PAGE), await site.api.get("//meadow")
    assert (page.status, home.status) == (200, 200)
    for body in (page.body, home.body):
        assert "Bookings and changes are not possible at the moment" in unescape(body.decode())
    assert "Availability was last updated at" in page.body.decode()

    async with at_once():
        refused = await site.book()
    assert (refused.status, refused.code) == (503, "service_unavailable")
    assert refused.headers["retry-after"] == "5"
    async with at_once():
        kept = await site.hold_by_form()
    assert kept.status == 503
    text = kept.body.decode()
    assert "Nothing was booked or changed" in text
    assert "Send again" in text
    assert f'name="slot" value="{site.slot}"' in text
    assert "Ada &#34;A&#34; &lt;b&gt;" in text, "what was typed, and no markup of it"
    async with at_once():
        unknown = await site.api.get("//meadow/b/K7QF2M9D?t=x")
        ready = await site.api.get("//readyz")
    assert unknown.status == 503
    assert "This page can't be shown right now" in unescape(unknown.body.decode())
    assert ready.status == 503
    await _assert_ready_when_nobody_else_is(site)


async def _assert_ready_when_nobody_else_is(site: CutOffSite) -> None:
    """What is away for all of one machine takes none of them out of service."""
    fleet = site.api.health.fleet
    for machines, status in (({"barn"}, 200), ({"barn", "shed"}, 503)):
        fleet.machines = frozenset(machines)  # nobody knows an address of the shed
        answer = await site.api.get("//readyz")
        assert (answer.status, answer.json["status"]) == (status, "database_unavailable")


async def assert_operator_sees_what_is_wrong(site: CutOffSite) -> None:
    """From memory, by the pass of the session; nobody else does."""
    async with at_once():
        answer = await site.api.ask("GET", OPERATIONS, headers=site.operator)
    text = unescape(answer.body.decode())
    assert answer.status == 200
    assert "The database does not answer. Guests see what is known; nobody can book." in text
    assert '/docs/runbooks/database-down"' in text
    assert "Alerts, queue and what changed are as they were at " in text
    assert text.count("Not known") >= 5
    session, _, outage_pass = site.operator["Cookie"].partition("; ")
    forged = outage_pass[:-1] + ("0" if outage_pass[-1] != "0" else "1")
    for cookie in (session, outage_pass, f"{session}x; {outage_pass}", f"{session}; {forged}"):
        refused = await site.api.ask("GET", OPERATIONS, headers={"Cookie": cookie})
        assert "does not answer" not in refused.body.decode()
        assert refused.status in {303, 503}
    other = await site.api.ask("GET", "//admin/alerts", headers=site.operator)
    assert other.status == 503


async def assert_as_before(site: CutOffSite) -> None:
    await site.until(OperatingMode.FULL)
    booked = await site.book()
    assert booked.status in {200, 201}, "one that was sent into the silence may have been made"
    held = await site.hold_by_form()
    assert held.status == 303, held.body
    async with asyncio.timeout(2 * REQUEST_SECONDS_MAX):  # until its process hears of changes again
        while remaining(known := await site.api.get(AVAILABILITY)) != [5]:  # noqa: ASYNC110 - it polls
            await asyncio.sleep(0.05)
    assert known.json["stale"] is False


def remaining(availability: Answer) -> list[object]:
    slots = availability.json["slots"]
    assert isinstance(slots, list)
    return [slot["remaining"] for slot in slots]
