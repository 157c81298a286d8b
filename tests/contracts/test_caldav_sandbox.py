"""One suite for CalDAV: on the sandbox, and on Radicale, a real server."""

import asyncio
import base64
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from tests.builders.sandbox import a_sandbox

from fullhouse.sandbox.caldav_xml import CAL, DAV

pytestmark = pytest.mark.timeout(120)

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Fullhouse//Test//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20270601T000000Z
DTSTART:{day}T090000Z
DTEND:{day}T100000Z
SUMMARY:{summary}
{more}END:VEVENT
END:VCALENDAR
"""
QUERY = """<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR">
<C:comp-filter name="VEVENT"><C:time-range start="20270614T000000Z" end="20270615T000000Z"/>
</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"""
SYNC = """<D:sync-collection xmlns:D="DAV:"><D:sync-token>{token}</D:sync-token>
<D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"""
PROPFIND = """<D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop>
<D:resourcetype/><D:current-user-principal/><C:calendar-home-set/><D:no-such-property/>
</D:prop></D:propfind>"""
BASIC = {"Authorization": "Basic " + base64.b64encode(b"ada:secret").decode()}


def an_event(uid: str, day: str = "20270614", *, summary: str = "Picnic", more: str = "") -> str:
    text = EVENT.format(uid=uid, day=day, summary=summary, more=more)
    return text.replace("\n", "\r\n")


@dataclass(frozen=True, slots=True)
class Dav:
    """A server, a calendar of ada's on it, and where discovery begins."""

    http: aiohttp.ClientSession
    base: str
    root: str
    home: str

    @property
    def calendar(self) -> str:
        return f"{self.home}bookings/"

    async def call(
        self, method: str, path: str, body: str = "", **headers: str
    ) -> tuple[int, str, str | None]:
        """Status, text and ETag."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.request(
            method, self.base + path, data=body.encode(), headers=BASIC | named
        ) as response:
            return response.status, await response.text(), response.headers.get("ETag")

    async def put(self, name: str, text: str, **headers: str) -> tuple[int, str | None]:
        path = f"{self.calendar}{name}"
        status, _, etag = await self.call(
            "PUT", path, text, content_type="text/calendar", **headers
        )
        return status, etag

    async def listed(self, method: str, path: str, body: str, depth: str = "1") -> ET.Element:
        status, text, _ = await self.call(method, path, body, depth=depth)
        assert status == 207, text
        return ET.fromstring(text)  # noqa: S314 - of a server that we have started

    async def names(self, method: str, body: str) -> list[str]:
        """Last parts of the addresses in a report on the calendar."""
        root = await self.listed(method, self.calendar, body)
        return sorted(href.rpartition("/")[2] for href in hrefs(root))


def hrefs(root: ET.Element) -> list[str]:
    return [each.findtext(f"{DAV}href") or "" for each in root.findall(f"{DAV}response")]


@pytest.fixture(params=["sandbox", "radicale"])
async def dav(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Dav]:
    async with aiohttp.ClientSession() as http:
        if request.param == "sandbox":
            async with a_sandbox() as box:
                home = "/caldav/calendars/ada/"
                yield await _with_a_calendar(Dav(http, box.addresses.url, "/caldav/", home))
            return
        with socket.create_server(("127.0.0.1", 0)) as found:
            address = f"127.0.0.1:{found.getsockname()[1]}"
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "radicale", "--server-hosts", address, "--auth-type", "none"),
            *("--storage-filesystem-folder", str(tmp_path), "--logging-level", "critical"),
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            dav = Dav(http, f"http://{address}", "/", "/ada/")
            yield await _with_a_calendar(dav)
        finally:
            server.terminate()
            await server.wait()


async def _with_a_calendar(dav: Dav) -> Dav:
    while True:
        try:
            status, text, _ = await dav.call("MKCALENDAR", dav.calendar)
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(0.05)
        else:
            assert status == 201, text
            return dav


async def test_a_client_finds_the_calendars_of_its_user(dav: Dav) -> None:
    root = await dav.listed("PROPFIND", dav.root, PROPFIND, "0")
    principal = root.findtext(f".//{DAV}current-user-principal/{DAV}href")
    assert principal is not None
    found = await dav.listed("PROPFIND", principal, PROPFIND, "0")
    home = found.findtext(f".//{CAL}calendar-home-set/{DAV}href")
    assert home == dav.home
    missing = [each.text for each in found.iter(f"{DAV}status") if "404" in (each.text or "")]
    assert missing, "what it has not is named as missing"
    listed = await dav.listed("PROPFIND", dav.home, PROPFIND)
    (calendar,) = [
        each.findtext(f"{DAV}href")
        for each in listed.findall(f"{DAV}response")
        if each.find(f".//{CAL}calendar") is not None
    ]
    assert calendar == dav.calendar


async def test_an_object_is_written_as_its_client_knows_it(dav: Dav) -> None:
    created, etag = await dav.put("a.ics", an_event("a"), if_none_match="*")
    assert created == 201
    assert etag is not None
    assert (await dav.put("a.ics", an_event("a"), if_none_match="*"))[0] == 412
    changed, newer = await dav.put("a.ics", an_event("a", summary="Supper"), if_match=etag)
    assert changed in {201, 204}
    assert newer not in {None, etag}
    assert (await dav.put("a.ics", an_event("a"), if_match=etag))[0] == 412
    status, text, known = await dav.call("GET", f"{dav.calendar}a.ics")
    assert (status, "SUMMARY:Supper" in text, known) == (200, True, newer)
    assert (await dav.call("DELETE", f"{dav.calendar}a.ics", if_match=etag))[0] == 412
    assert (await dav.call("DELETE", f"{dav.calendar}a.ics", if_match=newer or ""))[0] in {200, 204}
    assert (await dav.call("GET", f"{dav.calendar}a.ics"))[0] == 404
    assert (await dav.call("DELETE", f"{dav.calendar}a.ics"))[0] == 404


async def test_one_uid_has_one_object_in_a_calendar(dav: Dav) -> None:
    await dav.put("a.ics", an_event("a"))
    assert (await dav.put("b.ics", an_event("a")))[0] == 409
    assert await dav.names("REPORT", QUERY) == ["a.ics"]


async def test_a_query_finds_what_has_some_of_that_time(dav: Dav) -> None:
    await dav.put("before.ics", an_event("before", "20270613"))
    await dav.put("within.ics", an_event("within"))
    await dav.put("after.ics", an_event("after", "20270615"))
    daily = an_event("daily", "20270601", more="RRULE:FREQ=DAILY;COUNT=30\n")
    await dav.put("daily.ics", daily)
    assert await dav.names("REPORT", QUERY) == ["daily.ics", "within.ics"]


async def test_objects_are_read_by_their_addresses(dav: Dav) -> None:
    await dav.put("a b.ics".replace(" ", "%20"), an_event("a"))
    (path,) = hrefs(await dav.listed("REPORT", dav.calendar, QUERY))
    body = (
        '<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop>'
        f"<D:getetag/><C:calendar-data/></D:prop><D:href>{path}</D:href>"
        f"<D:href>{dav.calendar}gone.ics</D:href></C:calendar-multiget>"
    )
    root = await dav.listed("REPORT", dav.calendar, body)
    assert sorted(hrefs(root)) == sorted([path, f"{dav.calendar}gone.ics"])
    data = [each.text or "" for each in root.iter(f"{CAL}calendar-data")]
    assert ["UID:a" in text for text in data] == [True]


async def test_a_sync_token_brings_what_has_changed_since(dav: Dav) -> None:
    await dav.put("a.ics", an_event("a"))
    await dav.put("b.ics", an_event("b"))
    first = await dav.listed("REPORT", dav.calendar, SYNC.format(token=""))
    assert len(hrefs(first)) == 2
    token = first.findtext(f"{DAV}sync-token")
    await dav.call("DELETE", f"{dav.calendar}a.ics")
    await dav.put("c.ics", an_event("c"))
    since = await dav.listed("REPORT", dav.calendar, SYNC.format(token=token))
    told = {
        (each.findtext(f"{DAV}href") or "").rpartition("/")[2]: each.findtext(f"{DAV}status") or ""
        for each in since.findall(f"{DAV}response")
    }
    assert set(told) == {"a.ics", "c.ics"}
    assert "404" in told["a.ics"]
    nothing = await dav.listed(
        "REPORT", dav.calendar, SYNC.format(token=since.findtext(f"{DAV}sync-token"))
    )
    assert hrefs(nothing) == []
    wrong = await dav.call("REPORT", dav.calendar, SYNC.format(token="http://other/1"))
    assert wrong[0] in {403, 409}


async def test_what_is_no_calendar_file_is_refused(dav: Dav) -> None:
    for text in ("", "BEGIN:VCALENDAR", "hello"):
        assert (await dav.put("a.ics", text))[0] >= 400, text
    body = '<!DOCTYPE x [<!ENTITY e "x">]><D:propfind xmlns:D="DAV:"><D:prop/></D:propfind>'
    assert (await dav.call("PROPFIND", dav.calendar, body))[0] >= 400
    assert (await dav.call("PROPFIND", dav.calendar, "<broken"))[0] == 400


async def test_a_calendar_is_removed_with_its_objects(dav: Dav) -> None:
    await dav.put("a.ics", an_event("a"))
    assert (await dav.call("MKCALENDAR", dav.calendar))[0] >= 400
    assert (await dav.call("DELETE", dav.calendar))[0] in {200, 204}
    assert (await dav.call("GET", f"{dav.calendar}a.ics"))[0] == 404
