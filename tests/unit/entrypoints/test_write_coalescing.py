"""Answers leave whole: what is written in one turn of the loop is one packet."""

import asyncio
from typing import cast

import pytest

from fullhouse.entrypoints.asgi.limits import WRITTEN_TOGETHER_BYTES_MAX
from fullhouse.entrypoints.asgi.protocol import WriteCoalescingTransport

HEAD, BODY = b"HTTP/1.1 200 OK\r\n\r\n", b"[]"


class Line:
    """Notes what reaches it."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.packets.append(data)

    def close(self) -> None:
        self.packets.append(b"closed")

    def is_closing(self) -> bool:
        return b"closed" in self.packets


@pytest.fixture
def line() -> Line:
    return Line()


def gathering(line: Line) -> WriteCoalescingTransport:
    return WriteCoalescingTransport(cast("asyncio.Transport", line), asyncio.get_running_loop())


async def test_head_and_body_leave_together(line: Line) -> None:
    wire = gathering(line)
    wire.write(HEAD)
    wire.write(BODY)
    assert line.packets == []
    await asyncio.sleep(0)
    assert line.packets == [HEAD + BODY]


async def test_what_nothing_follows_leaves_by_itself(line: Line) -> None:
    wire = gathering(line)
    for part in (HEAD, b"first", b"second"):
        wire.write(part)
        await asyncio.sleep(0)
    assert line.packets == [HEAD, b"first", b"second"]


async def test_large_answers_leave_as_they_are_written(line: Line) -> None:
    wire = gathering(line)
    large = bytes(WRITTEN_TOGETHER_BYTES_MAX)
    wire.write(HEAD)
    wire.write(large)
    assert line.packets == [HEAD + large]
    wire.write(BODY)
    await asyncio.sleep(0)
    assert b"".join(line.packets) == HEAD + large + BODY


async def test_nothing_is_lost_when_it_is_closed(line: Line) -> None:
    wire = gathering(line)
    wire.write(HEAD)
    wire.close()
    assert line.packets == [HEAD, b"closed"]
    assert wire.is_closing()
    await asyncio.sleep(0)
    assert line.packets == [HEAD, b"closed"]
