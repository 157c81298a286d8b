"""Each attack of the siege, a moment long and at a small part of its strength."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from subprocess import PIPE, Popen
from typing import Final, cast

import pytest
from typing_extensions import override

from fullhouse.capacity.siege.attack import AttackPlan, Tenant
from fullhouse.capacity.siege.attacker import ATTACKS, play
from fullhouse.capacity.siege.heads import hostile_requests
from fullhouse.capacity.siege.memory import memory_mib

TENANT = Tenant(
    "tenant", "key", "venue", season="season", museum="museum", opens_on=date(2026, 12, 5)
)
PAUSE_SECONDS = 0.02
"""Until an answer: attackers who wait for it would else compute all the time."""
ENDS = (b"\r\n\r\n", b"}", b"END:VCALENDAR\r\n", b"slot=x")
SLOTS = b'{"slots":[{"id":"01900000-0000-7000-8000-000000000005","remaining":40}]}'


class Server:
    """Answers every request alike, or hangs up; counts the bytes that arrive."""

    def __init__(self, head: str = "", *, hangs_up: bool = False) -> None:
        self.received = 0
        self.transports = set[asyncio.Transport]()
        self.hangs_up = hangs_up
        self.answer = f"{head}\r\nContent-Length: {len(SLOTS)}\r\n\r\n".encode() + SLOTS


class ServerConnection(asyncio.Protocol):
    def __init__(self, server: Server) -> None:
        self._server = server

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.transports.add(self._transport)
        if self._server.hangs_up:
            transport.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._server.transports.discard(self._transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._server.received += len(data)
        if data.endswith(ENDS) and self._transport.get_write_buffer_size() == 0:
            loop = asyncio.get_running_loop()
            loop.call_later(PAUSE_SECONDS, self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._server.answer)


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: ServerConnection(server), "127.0.0.1", 0)
    yield listening.sockets[0].getsockname()[1]
    listening.close()
    for transport in server.transports:
        transport.abort()
    await asyncio.sleep(0.05)


def plan_of(name: str, port: int) -> AttackPlan:
    return AttackPlan(name, "127.0.0.1", port, 0.5, run="t", tenant=TENANT, scale=0.01)


@pytest.mark.parametrize("name", ATTACKS)
async def test_attack_reaches_the_server_and_ends_in_time(name: str) -> None:
    server = Server("HTTP/1.1 201 Created")
    async with serving(server) as port, asyncio.timeout(5):
        result = await play(plan_of(name, port))
    assert result.connections > 0
    assert server.received > 0 or name == "idle"
    assert result.server_errors == 0


async def test_refusals_are_counted_and_timed() -> None:
    async with serving(Server("HTTP/1.1 429 Too Many Requests")) as port:
        result = await play(plan_of("mass-mail", port))
    assert result.refused == result.statuses[429] > 0
    assert result.refused_p99_ms > 0
    assert result.acknowledged == 0


async def test_clients_whose_connection_the_server_ends_come_again() -> None:
    async with serving(Server(hangs_up=True)) as port:
        result = await play(plan_of("half-heads", port))
    assert result.connections > 10
    assert result.closed > 10


def test_no_two_hostile_requests_are_the_same() -> None:
    requests = hostile_requests()
    assert len(set(requests)) == len(requests) > 50


_FORKED: Final = """
import os, sys
kept = b"x" * (64 << 20)
os.fork()
os.write(1, b"%d\\n" % len(kept))  # in one piece: there are two
sys.stdin.read()
"""


def test_memory_is_counted_once_though_a_child_shares_it_with_its_parent() -> None:
    with Popen([sys.executable, "-c", _FORKED], stdin=PIPE, stdout=PIPE, text=True) as parent:
        assert parent.stdout is not None
        said = [parent.stdout.readline() for _ in range(2)]
        assert 64 < memory_mib(parent.pid) < 128
        parent.communicate("")
    assert said == 2 * [f"{64 << 20}\n"]
