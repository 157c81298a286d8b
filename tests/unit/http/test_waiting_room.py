"""Places in line: signed, bounded in time, and admitted in the order of their coming."""

import asyncio
import math
import time
from dataclasses import dataclass
from datetime import timedelta

import pytest
from tests.builders.http_server import a_root_app
from typing_extensions import override

from fullhouse.http.request import Request
from fullhouse.http.routing import Route
from fullhouse.http.server.limits import (
    ADMITTED_SECONDS_MAX,
    NEWCOMERS_SHARE,
    PLACE_SECONDS_FULL,
    PLACE_SECONDS_MAX,
    REQUESTS_RUNNING_MAX,
    WAITING_SECONDS_MAX,
)
from fullhouse.http.server.restrictions import NoRestrictions, Precedence
from fullhouse.http.server.root_app import RootApp
from fullhouse.http.server.run_queue import RunQueue
from fullhouse.http.server.time_limits import TimeLimits
from fullhouse.http.server.waiting_room import WaitingRoom
from fullhouse.kernel.clock import ManualClock
from fullhouse.telemetry.metrics import MetricRegistry

Headers = dict[bytes, bytes]


async def no_body(_: int) -> bytes:
    return b""


def a_request(headers: Headers, method: str = "GET") -> Request:
    return Request(
        method=method,
        path="/farm",
        query_string=b"",
        headers=headers,
        client_address="127.0.0.1",
        is_https=False,
        read_body=no_body,
    )


@pytest.fixture
def room(clock: ManualClock) -> WaitingRoom:
    return WaitingRoom(b"s" * 32, clock)


def a_place(room: WaitingRoom) -> Headers:
    cookie = room.new_place()
    return {b"cookie": f"lang=de; {cookie.name}={cookie.value}; theme=dark".encode()}


def test_a_place_says_how_long_its_client_has_waited(room: WaitingRoom, clock: ManualClock) -> None:
    place = a_place(room)
    assert room.priority(place) == 0
    clock.advance(timedelta(seconds=PLACE_SECONDS_FULL / 2))
    assert room.priority(place) == pytest.approx(0.5, abs=0.01)
    clock.advance(timedelta(seconds=PLACE_SECONDS_FULL))
    assert room.priority(place) == 1


def test_a_place_is_kept_for_so_long_and_no_longer(room: WaitingRoom, clock: ManualClock) -> None:
    place = a_place(room)
    clock.advance(timedelta(seconds=PLACE_SECONDS_MAX - 1))
    assert room.waited_seconds(place) is not None
    clock.advance(timedelta(seconds=1))
    assert room.waited_seconds(place) is None


def test_a_place_of_a_clock_that_is_ahead_has_not_waited(
    room: WaitingRoom, clock: ManualClock
) -> None:
    ahead = ManualClock(clock.now() + timedelta(seconds=5))
    place = a_place(WaitingRoom(room.secret, ahead))
    assert room.waited_seconds(place) == 0


@pytest.mark.parametrize(
    "cookie",
    [
        b"",
        b"waiting_since",
        b"waiting_since=",
        b"waiting_since=.",
        b"waiting_since=1",
        b"waiting_since=1.00000000000000000000000000000000",
        b"waiting_since=-1.x",
        b"waiting_since=\xb2.x",
        b"waiting_since=" + b"9" * 5_000 + b".x",
        b"waiting_since=1.\xff\xff",
        b"\xff=\x00; waiting_since=1e9.x",
    ],
)
def test_what_is_no_place_is_no_error(room: WaitingRoom, cookie: bytes) -> None:
    assert room.waited_seconds({b"cookie": cookie}) is None
    assert room.priority({b"cookie": cookie}) == 0


def test_nobody_makes_a_place_without_the_secret(clock: ManualClock, room: WaitingRoom) -> None:
    other = WaitingRoom(b"o" * 32, clock)
    assert room.waited_seconds(a_place(other)) is None
    genuine = a_place(room)[b"cookie"]
    older = genuine.replace(b"waiting_since=1", b"waiting_since=0")
    assert older != genuine
    assert room.waited_seconds({b"cookie": older}) is None


@dataclass(frozen=True)
class FixedDelay:
    wait_seconds: float = 0
    oldest_seconds: float = 0
    writes: int = 0

    @property
    def is_behind(self) -> bool:
        return max(self.wait_seconds, self.oldest_seconds) > 0


@pytest.fixture
async def root(room: WaitingRoom) -> RootApp:
    root = a_root_app(MetricRegistry())
    root.waiting_room = room
    return root


def test_the_longer_a_client_has_waited_the_sooner_it_is_admitted(
    root: RootApp, room: WaitingRoom, clock: ManualClock
) -> None:
    requests = []
    for _ in range(4):
        requests.append(a_request(a_place(room)))
        clock.advance(timedelta(seconds=PLACE_SECONDS_FULL / 4))
    requests.append(a_request({}))
    admitted_at = []
    for thousandths in range(2_000, -1, -1):
        delay = FixedDelay(WAITING_SECONDS_MAX * thousandths / 1_000)
        while requests and root.refusal_of(requests[0], delay) is None:
            admitted_at.append(delay.wait_seconds)
            requests.pop(0)
        later = requests[1:]
        assert all(root.refusal_of(one, delay) is not None for one in later), (
            "nobody is admitted before who came first"
        )
    assert admitted_at == sorted(set(admitted_at), reverse=True)
    assert admitted_at[0] == ADMITTED_SECONDS_MAX
    assert admitted_at[-1] == pytest.approx(ADMITTED_SECONDS_MAX * NEWCOMERS_SHARE)


def test_writes_for_which_those_before_them_leave_no_room_are_refused_unread(
    root: RootApp,
) -> None:
    root.refuses_writes = lambda waiting: waiting >= 10
    for writes in (9, 10):
        found = [
            root.refusal_of(a_request({}, method), FixedDelay(writes=writes)) is None
            for method in ("POST", "GET")
        ]
        assert found == [writes < 10, True]


def test_places_in_line_pass_no_bound(
    root: RootApp, room: WaitingRoom, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited, newcomer = a_request(a_place(room)), a_request({})
    clock.advance(timedelta(seconds=PLACE_SECONDS_FULL))
    share = math.ceil(REQUESTS_RUNNING_MAX * NEWCOMERS_SHARE)
    for running, admits in ((share - 1, (True, True)), (share, (True, False))):
        monkeypatch.setattr(TimeLimits, "running", running)
        found = [root.refusal_of(one, FixedDelay()) is None for one in (waited, newcomer)]
        assert tuple(found) == admits
    monkeypatch.setattr(TimeLimits, "running", REQUESTS_RUNNING_MAX)
    assert root.refusal_of(waited, FixedDelay()) is not None
    monkeypatch.setattr(TimeLimits, "running", 0)
    too_late = FixedDelay(oldest_seconds=WAITING_SECONDS_MAX * 1.01)
    assert root.refusal_of(waited, too_late) is not None


def test_a_place_is_read_under_overload_only(
    root: RootApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_room: WaitingRoom, _headers: Headers) -> float:
        raise AssertionError

    monkeypatch.setattr(WaitingRoom, "priority", refuse)
    assert root.refusal_of(a_request({}), FixedDelay(0.1, 0.1)) is None


def test_programs_and_files_of_pages_need_no_place(root: RootApp, room: WaitingRoom) -> None:
    room.exempt = ("/api/", "/static/")
    busy = FixedDelay(ADMITTED_SECONDS_MAX)
    found = {}
    for path in ("/farm", "/api/v1/farm/bookings", "/static/fullhouse.css", "/apiary"):
        request = a_request({})
        request.path = path
        found[path] = root.refusal_of(request, busy) is None
    assert list(found.values()) == [False, True, True, False]


def test_what_matters_less_leaves_room_and_what_matters_most_waits_in_no_line(
    root: RootApp, room: WaitingRoom
) -> None:
    class ByPath(NoRestrictions):
        """The test's routes have no permissions: the handler tells them apart."""

        @override
        def precedence_of(self, route: Route) -> Precedence:
            return {
                "/api/slow/{word}": Precedence(waits_in_line=False),
                "/api/hang": Precedence(0.8),
                "/api/large": Precedence(0.5),
            }[route.path]

    root.restrictions = ByPath()
    admitted = {}
    for path in ("/api/slow/a", "/api/hang", "/api/large"):
        request = a_request({})
        request.path = path
        for exempt in ((), ("/api/",)):
            room.exempt = exempt
            admitted[path, bool(exempt)] = [
                root.refusal_of(request, FixedDelay(ADMITTED_SECONDS_MAX * share)) is None
                for share in (0.3, 0.45, 0.6, 0.9, 1.1)
            ]
    assert admitted == {
        ("/api/slow/a", False): [True, True, True, True, False],
        ("/api/slow/a", True): [True, True, True, True, False],
        ("/api/hang", False): [True, False, False, False, False],
        ("/api/hang", True): [True, True, True, False, False],
        ("/api/large", False): [True, False, False, False, False],
        ("/api/large", True): [True, True, False, False, False],
    }


async def test_the_wait_of_a_queue_follows_what_is_added_at_once() -> None:
    class Slow:
        may_write = False

        def start(self) -> None:
            time.sleep(0.005)

        def refuse(self) -> None: ...

    queue = RunQueue(asyncio.get_running_loop())
    for _ in range(30):
        queue.add(Slow())
        await asyncio.sleep(0)
    for _ in range(400):
        queue.add(Slow())
    longer = queue.wait_seconds
    assert longer > 0
    queue.add(Slow())
    assert queue.wait_seconds > longer
