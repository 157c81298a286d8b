"""Long bodies have room in memory for each client and for all, or are refused unread."""

import asyncio

import pytest
from tests.builders.http_server import a_root_app
from tests.builders.site_client import a_request

from fullhouse.http.operations.application import ApiApp
from fullhouse.http.operations.problems import HTTP_STATUS, Problems
from fullhouse.http.request import Request
from fullhouse.http.response import AnyResponse, Response
from fullhouse.http.routing import Route, RouteClass
from fullhouse.http.server.long_bodies import LongBodies
from fullhouse.http.server.root_app import RootApp
from fullhouse.telemetry.metrics import MetricRegistry

LONG = 100_000
SHORT = b"x"


class Site:
    """A site with one place for files, whose answers wait until `may_answer`."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.read = 0
        self.root: RootApp = a_root_app(MetricRegistry())
        self.root.long_bodies = LongBodies(per_client_max=2 * LONG, bytes_max=3 * LONG)
        limits = RouteClass(body_bytes_max=LONG, seconds_max=30)
        place = Route("POST", "/api/file", self._take, limits)
        self.root.api = ApiApp((), (place,), Problems(HTTP_STATUS))

    async def _take(self, request: Request) -> Response:
        await request.body()
        self.read += 1
        await self.may_answer.wait()
        return Response(200)

    def send(
        self, client: str, body: bytes = b"x" * LONG, *, length: str | None = None
    ) -> asyncio.Task[AnyResponse]:
        request = a_request("POST", "/api/file", body=body)
        request.client_address = client
        said = str(len(body)) if length is None else length
        request.headers = {**request.headers, b"content-length": said.encode()}
        return asyncio.ensure_future(self.root(request))


@pytest.fixture
async def site() -> Site:
    return Site()


async def statuses(*tasks: asyncio.Task[AnyResponse]) -> list[int]:
    return [(await task).status for task in tasks]


async def test_a_client_has_room_for_so_many_and_all_have_for_some_more(site: Site) -> None:
    first, second = site.send("192.0.2.1"), site.send("192.0.2.1")
    assert await statuses(site.send("192.0.2.1")) == [503]
    other = site.send("192.0.2.2")
    assert await statuses(site.send("192.0.2.3")) == [503], "of all"
    short = site.send("192.0.2.1", SHORT)
    site.may_answer.set()
    assert await statuses(first, second, other, short) == [200] * 4
    assert site.read == 4, "what was refused was not read"
    assert site.root.long_bodies.held == 0
    assert await statuses(site.send("192.0.2.1"), site.send("192.0.2.1")) == [200, 200]


async def test_a_body_in_pieces_may_be_as_long_as_there_is_one(site: Site) -> None:
    pieces = [site.send("192.0.2.1", SHORT, length="") for _ in range(2)]
    assert await statuses(site.send("192.0.2.1", SHORT, length="")) == [503]
    site.may_answer.set()
    assert await statuses(*pieces) == [200, 200]
