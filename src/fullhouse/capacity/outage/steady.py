"""Guests who book steadily, each with a key of its own, and repeat it until they are answered."""

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random
from typing import Final, NamedTuple

import aiohttp
import msgspec

from fullhouse.capacity.limits import OUTAGE_ANSWER_SECONDS_MAX
from fullhouse.kernel.ids import Ids

BOOKINGS_PER_SECOND: Final = 5.0
_REQUEST_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.7
_PHONES: Final = 491_510_000_0000
"""Numbers of a German mobile network; the last digits are of the guest."""

_BOOKED: Final = frozenset({HTTPStatus.CREATED, HTTPStatus.OK})


class Guest(NamedTuple):
    """Who books, by the ways on which they are told."""

    address: str
    phone: str
    ref: str = ""
    """Of the booking, once there is one: by it programs hear."""


class _Booked(msgspec.Struct):
    ref: str


@dataclass(slots=True)
class SteadyGuests:
    """Book as long as `book` runs; `acknowledged` are those who were told yes."""

    url: str
    org: str
    slots: list[str]
    ids: Ids
    random: Random
    acknowledged: set[Guest] = field(default_factory=set)
    unanswered: set[Guest] = field(default_factory=set)
    """Who never got an answer, or one that cannot be meant."""
    waited_seconds_max: float = 0.0

    async def book(self, name: str, seconds: float) -> None:
        """One guest each fifth of a second, whatever became of those before."""
        now = asyncio.get_running_loop().time
        began = now()
        async with aiohttp.ClientSession(self.url) as session, asyncio.TaskGroup() as group:
            for number in range(int(seconds * BOOKINGS_PER_SECOND)):
                await asyncio.sleep(max(0.0, began + number / BOOKINGS_PER_SECOND - now()))
                guest = Guest(f"{name}-{number}@guests.example", f"+{_PHONES + number}")
                group.create_task(self._book(session, guest, until=began + seconds))

    async def _book(self, session: aiohttp.ClientSession, guest: Guest, *, until: float) -> None:
        now, began = asyncio.get_running_loop().time, asyncio.get_running_loop().time()
        body = {
            "slot": self.random.choice(self.slots),
            "party": 1,
            "customer": {"name": "Rosa Field", "email": guest.address, "phone": guest.phone},
        }
        headers = {"Idempotency-Key": str(self.ids.uuid())}
        self.unanswered.add(guest)
        while now() < until + OUTAGE_ANSWER_SECONDS_MAX:
            if ref := await self._booked(session, body, headers):
                self.acknowledged.add(guest._replace(ref=ref))
                self.unanswered.discard(guest)
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        self.waited_seconds_max = max(self.waited_seconds_max, now() - began)

    async def _booked(
        self, session: aiohttp.ClientSession, body: object, headers: dict[str, str]
    ) -> str:
        """The reference of the booking; empty without an answer that says yes."""
        timeout = aiohttp.ClientTimeout(total=_REQUEST_SECONDS)
        path = f"/api/v1/{self.org}/bookings"
        try:
            async with session.post(path, json=body, headers=headers, timeout=timeout) as response:
                answer = await response.read()
        except (aiohttp.ClientError, OSError):
            return ""
        booked = response.status in _BOOKED
        return msgspec.json.decode(answer, type=_Booked).ref if booked else ""
