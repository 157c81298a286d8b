"""Writes of one turn of the event loop are sent in one call."""

import asyncio
from typing import cast

import pytest

from fullhouse.http.server.limits import WRITTEN_TOGETHER_BYTES_MAX
from fullhouse.http.server.protocol import WriteCoalescingTransport

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


def coalescing(line: Line) -> WriteCoalescingTransport:
    return WriteCoalescingTransport(cast("asyncio.Transport", line), asyncio.get_running_loop())


async def test_head_and_body_are_sent_together(line: Line) -> None:
    transport = coalescing(line)
    transport.write(HEAD)
    transport.write(BODY)
    assert line.packets == []
    await asyncio.sleep(0)
    assert line.packets == [HEAD + BODY]


async def test_writes_of_different_turns_are_sent_separately(line: Line) -> None:
    transport = coalescing(line)
    for part in (HEAD, b"first", b"second"):
        transport.write(part)
        await asyncio.sleep(0)
    assert line.packets == [HEAD, b"first", b"second"]


async def test_large_data_is_sent_at_once(line: Line) -> None:
    transport = coalescing(line)
    large = bytes(WRITTEN_TOGETHER_BYTES_MAX)
    transport.write(HEAD)
    transport.write(large)
    assert line.packets == [HEAD + large]
    transport.write(BODY)
    await asyncio.sleep(0)
    assert b"".join(line.packets) == HEAD + large + BODY


async def test_close_sends_the_buffered_data(line: Line) -> None:
    transport = coalescing(line)
    transport.write(HEAD)
    transport.close()
    assert line.packets == [HEAD, b"closed"]
    assert transport.is_closing()
    await asyncio.sleep(0)
    assert line.packets == [HEAD, b"closed"]
