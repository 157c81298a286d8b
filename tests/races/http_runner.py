"""One process of the race: so many guests over so many connections, all for one slot.

A guest who is asked to come again in a moment (503) does so with the same request, as browsers do.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import aiohttp
import msgspec

from fullhouse.kernel.clock import SystemClock

CONNECTIONS: Final = 100
ATTEMPTS: Final = 500
CLOCK = SystemClock()
PAUSE_SECONDS = 0.1


class Tally(msgspec.Struct):
    """What one process saw: answers by code, and the slowest of them in seconds."""

    codes: Counter[str]
    slowest: float
    without_alternatives: int
    asked_again: int


@dataclass(slots=True)
class Race:
    """What the guests ask for, and what they were told."""

    path: str
    slot: str
    name: str
    guests: Iterator[int]
    codes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    without_alternatives: int = 0
    asked_again: int = 0

    async def run(self, session: aiohttp.ClientSession) -> None:
        """One connection: guest after guest, until there are no more."""
        for guest in self.guests:
            status, facts = await self._ask(session, guest)
            if status < HTTPStatus.BAD_REQUEST:
                self.codes["booked"] += 1
            else:
                self.codes[facts.get("code", str(status))] += 1
                self.without_alternatives += not facts.get("alternatives")

    async def _ask(self, session: aiohttp.ClientSession, guest: int) -> tuple[int, dict[str, str]]:
        body = {
            "slot": self.slot,
            "party": 1,
            "customer": {"name": "Ada", "email": f"{self.name}-{guest}@example.org"},
        }
        while True:
            began = CLOCK.monotonic()
            async with session.post(self.path, json=body) as answer:
                facts = await answer.json(content_type=None)
            self.slowest = max(self.slowest, CLOCK.monotonic() - began)
            if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                return answer.status, facts
            assert "Retry-After" in answer.headers
            self.asked_again += 1
            await asyncio.sleep(PAUSE_SECONDS)


async def _run(url: str, race: Race) -> None:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with (
        aiohttp.ClientSession(url, connector=connector) as session,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(CONNECTIONS):
            group.create_task(race.run(session))


def run(url: str, path: str, slot: str, name: str) -> Tally:
    """The process."""
    race = Race(path, slot, name, iter(range(ATTEMPTS)))
    asyncio.run(_run(url, race))
    return Tally(race.codes, race.slowest, race.without_alternatives, race.asked_again)
