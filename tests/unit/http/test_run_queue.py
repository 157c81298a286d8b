"""Requests that wait for their turn: short turns, in order, and not for long."""

import asyncio
import time
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from fullhouse.http.server import run_queue
from fullhouse.http.server.run_queue import RunQueue

PATIENCE = 0.02


@dataclass(slots=True)
class Request:
    """A request of a test, which writes down what becomes of it."""

    number: int
    log: list[str] = field(default_factory=list)
    may_write: bool = False

    def start(self) -> None:
        self.log.append(f"{self.number} started")

    def refuse(self) -> None:
        self.log.append(f"{self.number} refused")


async def test_requests_past_those_of_a_turn_wait_in_order() -> None:
    queue, log = RunQueue(asyncio.get_running_loop(), _starts_max=2), list[str]()
    for number in range(5):
        queue.add(Request(number, log))
    assert log == ["0 started", "1 started"]
    for _ in range(3):
        await asyncio.sleep(0)
    assert log == [f"{number} started" for number in range(5)]


async def test_a_request_that_has_waited_too_long_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_queue, "WAITING_SECONDS_MAX", PATIENCE)
    queue, log = RunQueue(asyncio.get_running_loop(), _starts_max=1), list[str]()
    for number in range(2):
        queue.add(Request(number, log))
    time.sleep(2 * PATIENCE)  # noqa: ASYNC251 - a handler that holds the event loop
    await asyncio.sleep(0)
    assert log == ["0 started", "1 refused"]


async def test_it_tells_how_many_writes_wait() -> None:
    queue = RunQueue(asyncio.get_running_loop(), _starts_max=1)
    for number in range(5):
        queue.add(Request(number, may_write=number != 3))
    assert queue.writes == 3, "one has started, and one reads"
    while queue.is_behind:  # noqa: ASYNC110 - the turns of the event loop
        await asyncio.sleep(0)
    assert queue.writes == 0


async def test_an_error_in_one_request_does_not_end_the_turns() -> None:
    class Broken(Request):
        @override
        def start(self) -> None:
            raise RuntimeError

    loop, log = asyncio.get_running_loop(), list[str]()
    loop.set_exception_handler(lambda _loop, _context: None)
    queue = RunQueue(loop, _starts_max=1)
    for waiter in (Request(0, log), Broken(1, log), Request(2, log)):
        queue.add(waiter)
    for _ in range(5):
        await asyncio.sleep(0)
    assert log == ["0 started", "2 started"]


async def test_slow_requests_leave_fewer_to_a_turn() -> None:
    queue = RunQueue(asyncio.get_running_loop())
    before = queue._starts_max
    for _ in range(5):
        queue.add(Request(0))
        time.sleep(0.01)  # noqa: ASYNC251 - a handler that holds the event loop
        await asyncio.sleep(0)
    assert queue._starts_max < before
