"""The installation under load, as any guest sees it: its offerings and the slots with room.

A rush needs a slot with an exact number of places free. It takes the open slot with the fewest
places above that number and first books those, party by party, as a guest would: no key of the
owner is needed, and the database under test decides nothing differently.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

import aiohttp
import msgspec

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import NotFound
from fullhouse.kernel.ids import Ids

LOOK_AHEAD_DAYS = 41


class Slot(msgspec.Struct, frozen=True):
    """A slot as availability tells it."""

    id: str
    starts_at: datetime
    remaining: int
    refusal: str | None = None


class _Availability(msgspec.Struct):
    slots: list[Slot]


class _Offering(msgspec.Struct):
    slug: str
    party_min: int
    party_max: int


class _Offerings(msgspec.Struct):
    offerings: list[_Offering]


@dataclass(frozen=True, slots=True)
class Venue:
    """One offering of one organisation at `url`, asked over HTTP.

    Before it is `found`, `offering` may be empty: then the first one with room is meant.
    """

    url: str
    org: str
    offering: str
    clock: Clock
    ids: Ids
    parties: range = range(1, 2)

    @property
    def bookings_path(self) -> str:
        return f"/api/v1/{self.org}/bookings"

    async def open_slots(self) -> list[Slot]:
        """The slots of the next weeks that the smallest party can book, in order of time."""
        first = self.clock.now().date()
        last = first + timedelta(days=LOOK_AHEAD_DAYS)
        body = await self._get(
            f"/api/v1/{self.org}/offerings/{self.offering}/availability",
            {"from": str(first), "to": str(last), "party": str(self.parties.start)},
        )
        slots = msgspec.json.decode(body, type=_Availability).slots
        return [slot for slot in slots if slot.refusal is None]

    async def slot_with(self, places: int) -> Slot:
        """A slot with exactly `places` free, after booking whatever it had above them."""
        roomy = [slot for slot in await self.open_slots() if slot.remaining >= places]
        if not roomy:
            detail = f"No slot of {self.offering} has {places} places free"
            raise NotFound(detail)
        slot = min(roomy, key=lambda slot: (slot.remaining, slot.starts_at))
        await self._fill(slot, slot.remaining - places)
        return msgspec.structs.replace(slot, remaining=places)

    def order(self, slot: Slot, *, party: int, number: int) -> tuple[bytes, Mapping[str, str]]:
        """Body and headers of one booking by a customer nobody has seen before."""
        key = self.ids.uuid()
        body = {
            "slot": slot.id,
            "party": party,
            "customer": {
                "name": f"Load Guest {number}",
                "email": f"guest-{key.hex}@load.example.org",
            },
            "source": {"utm_source": "fullhouse-load"},
        }
        return msgspec.json.encode(body), _headers(key)

    async def found(self, *, places: int = 1) -> "Venue":
        """This venue with an offering that has a slot with so many places free.

        The offering named, or else the first that will do; raises `NotFound`.
        """
        body = await self._get(f"/api/v1/{self.org}/offerings", {})
        for offering in msgspec.json.decode(body, type=_Offerings).offerings:
            if self.offering in {"", offering.slug}:
                parties = range(offering.party_min, offering.party_max + 1)
                venue = replace(self, offering=offering.slug, parties=parties)
                if any(slot.remaining >= places for slot in await venue.open_slots()):
                    return venue
        detail = f"{self.org} has no {self.offering or 'offering'} with {places} places free"
        raise NotFound(detail)

    async def _fill(self, slot: Slot, places: int) -> None:
        async with aiohttp.ClientSession(self.url) as session:
            while places > 0:
                party = min(places, self.parties.stop - 1)
                body, headers = self.order(slot, party=party, number=0)
                async with session.post(self.bookings_path, data=body, headers=headers) as answer:
                    if answer.status != HTTPStatus.CREATED:
                        detail = f"Could not prepare a slot: {await answer.text()}"
                        raise NotFound(detail)
                places -= party

    async def _get(self, path: str, query: Mapping[str, str]) -> bytes:
        try:
            async with (
                aiohttp.ClientSession(self.url) as session,
                session.get(path, params=query) as answer,
            ):
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            detail = (
                f"Nothing answers at {self.url}: start it with `fullhouse serve`, or name --url"
            )
            raise NotFound(detail) from error
        if answer.status != HTTPStatus.OK:
            detail = f"{path} answered {answer.status}: {body.decode()}"
            raise NotFound(detail)
        return body


def _headers(key: UUID) -> dict[str, str]:
    return {"Content-Type": "application/json", "Idempotency-Key": str(key)}
