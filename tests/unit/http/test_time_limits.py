"""One timer limits every request, cancels only the late ones, and rests when nothing runs."""

import asyncio

import pytest
from tests.builders.http_server import SHORT, a_root_app

from fullhouse.concurrency.deadline import seconds_left
from fullhouse.http.request import Request
from fullhouse.http.response import Response
from fullhouse.http.server import time_limits
from fullhouse.http.server.time_limits import TimeLimits
from fullhouse.telemetry.metrics import MetricRegistry


@pytest.fixture(autouse=True)
def _check_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limits, "TIME_LIMIT_CHECK_SECONDS", 0.01)


async def _answer(limits: TimeLimits, *, limit: float, work: float) -> str:
    request = limits.start(limit)
    try:
        await asyncio.sleep(work)
    except asyncio.CancelledError:
        assert request.is_expired
        return "cancelled"
    finally:
        limits.end(request)
    return "answered"


async def test_only_the_requests_past_their_limit_are_cancelled() -> None:
    limits = TimeLimits()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(_answer(limits, limit=0.02, work=60))
        second = group.create_task(_answer(limits, limit=60, work=0.1))
        third = group.create_task(_answer(limits, limit=0.05, work=60))
    assert [first.result(), second.result(), third.result()] == [
        "cancelled",
        "answered",
        "cancelled",
    ]
    assert limits.running == 0


async def test_a_request_after_a_quiet_time_is_limited_too() -> None:
    limits = TimeLimits()
    assert await _answer(limits, limit=60, work=0) == "answered"
    await asyncio.sleep(0.05)
    assert await _answer(limits, limit=0.02, work=60) == "cancelled"


async def test_a_request_that_needs_time_to_clean_up_is_cancelled_once() -> None:
    limits = TimeLimits()
    request = limits.start(0.02)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.sleep(60)
    task = asyncio.current_task()
    assert task is not None
    task.uncancel()
    await asyncio.sleep(0.05)
    assert request.is_expired
    limits.end(request)


async def no_body(_: int) -> bytes:
    return b""


async def test_handler_and_what_it_calls_know_how_long_the_request_lasts() -> None:
    asked = Request("GET", "/api/left", b"", {}, "127.0.0.1", is_https=False, read_body=no_body)
    response = await a_root_app(MetricRegistry())(asked)
    assert isinstance(response, Response)
    assert 0 < float(response.body) <= SHORT.seconds_max
    assert seconds_left(1_000) == 1_000, "afterwards nobody waits"
