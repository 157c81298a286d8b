"""Attacks by connections that stay open: streams, half a request, nothing at all, no reading."""

import asyncio

from fullhouse.capacity.bench.fixtures import OFFERING_SLUG, ORG_SLUG
from fullhouse.capacity.siege.attack import Attack, Attackers
from fullhouse.capacity.siege.availability import museum_path
from fullhouse.capacity.siege.client import Client, get

_RUNBOOK = "connections-at-bound"
_READERS = 256


async def streams(attackers: Attackers) -> None:
    """Open live streams and read what comes."""
    day = attackers.tenant.opens_on
    path = f"/api/v1/{ORG_SLUG}/offerings/{OFFERING_SLUG}/live?date={day}"

    async def follow(client: Client, _number: int) -> None:
        await client.send(get(path))
        attackers.count(await client.head())
        await client.read_to_end()

    await attackers.all_of(2_000, follow)


async def half_heads(attackers: Attackers) -> None:
    """Begin a head and never end it."""
    await _begin(attackers, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b")


async def half_bodies(attackers: Attackers) -> None:
    """Announce a body and send one byte of it."""
    head = f"POST /api/v1/{ORG_SLUG}/bookings HTTP/1.1\r\nHost: localhost\r\n"
    fields = "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    await _begin(attackers, (head + fields).encode())


async def idle(attackers: Attackers) -> None:
    """Connect and say nothing."""
    await _begin(attackers, b"")


async def slow_readers(attackers: Attackers) -> None:
    """Ask for the largest answer and read nothing of it."""

    async def ignore(client: Client, number: int) -> None:
        await client.send(get(museum_path(attackers.tenant, party=number % 10 + 1)))
        await asyncio.sleep(attackers.plan.seconds)

    await attackers.all_of(_READERS, ignore, addresses=_READERS, read_slowly=True)


async def requests_ahead(attackers: Attackers) -> None:
    """Send requests for large answers one after the other, without waiting for any answer."""

    async def ask_ahead(client: Client, number: int) -> None:
        request = get(museum_path(attackers.tenant, party=number % 10 + 1))
        while True:
            await client.send(request * 64)

    await attackers.all_of(64, ask_ahead, addresses=64, read_slowly=True)


async def _begin(attackers: Attackers, opening: bytes) -> None:
    async def begin(client: Client, _number: int) -> None:
        await client.send(opening)
        await client.read_to_end()

    await attackers.all_of(2_000, begin)


CONNECTION_ATTACKS = (
    Attack("streams", "2,000 live streams stay open", streams, _RUNBOOK),
    Attack("half-heads", "2,000 connections send half a head", half_heads, _RUNBOOK),
    Attack("half-bodies", "2,000 connections send half a body", half_bodies, _RUNBOOK),
    Attack("idle", "2,000 connections say nothing", idle, _RUNBOOK),
    Attack("slow-readers", "256 clients do not read large answers", slow_readers, _RUNBOOK),
    Attack("requests-ahead", "64 clients send ahead and read nothing", requests_ahead, _RUNBOOK),
)
