"""The installation under load, through its public API: offerings and open slots.

A rush needs a slot with an exact number of free places. `slot_with_remaining` takes the open slot
with the fewest places above that number and books the surplus first, party by party, as a customer
does: no API key is needed, and the system under test runs no special code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeVar
from uuid import UUID

import aiohttp
import msgspec

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import NotFound
from fullhouse.kernel.ids import Ids
from fullhouse.people.model.contact import INVENTED_DOMAIN

LOOK_AHEAD_DAYS = 41
T = TypeVar("T")


class OpenSlot(msgspec.Struct, frozen=True):
    """A slot of the availability response."""

    id: str
    starts_at: datetime
    remaining: int
    refusal: str | None = None


class _Availability(msgspec.Struct):
    slots: list[OpenSlot]


class _Offering(msgspec.Struct):
    slug: str
    party_min: int
    party_max: int


class _Offerings(msgspec.Struct):
    offerings: list[_Offering]


class _Refusal(msgspec.Struct):
    detail: str


@dataclass(frozen=True, slots=True)
class LoadTarget:
    """One offering of one organisation at `url`, used over HTTP.

    `offering` may be empty before `resolve`, which then chooses the first offering with room.
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

    async def open_slots(self) -> list[OpenSlot]:
        """Slots of the next `LOOK_AHEAD_DAYS` that the smallest party can book, ordered by time."""
        first = self.clock.now().date()
        last = first + timedelta(days=LOOK_AHEAD_DAYS)
        found = await self._get(
            f"/api/v1/{self.org}/offerings/{self.offering}/availability",
            {"from": str(first), "to": str(last), "party": str(self.parties.start)},
            _Availability,
        )
        return [slot for slot in found.slots if slot.refusal is None]

    async def slot_with_remaining(self, places: int) -> OpenSlot:
        """A slot with exactly `places` free, after booking its surplus; raises `NotFound`."""
        candidates = [slot for slot in await self.open_slots() if slot.remaining >= places]
        if not candidates:
            detail = f"No slot of {self.offering} has {places} places free"
            raise NotFound(detail)
        slot = min(candidates, key=lambda slot: (slot.remaining, slot.starts_at))
        await self._book_surplus(slot, slot.remaining - places)
        return msgspec.structs.replace(slot, remaining=places)

    def booking_request(
        self, slot: OpenSlot, *, party: int, number: int
    ) -> tuple[bytes, Mapping[str, str]]:
        """Body and headers of one booking by a new customer."""
        key = self.ids.uuid()
        body = {
            "slot": slot.id,
            "party": party,
            "customer": {
                "name": f"Load Guest {number}",
                "email": f"load-{key.hex}@{INVENTED_DOMAIN}",
            },
            "source": {"utm_source": "fullhouse-load"},
        }
        return msgspec.json.encode(body), _headers(key)

    async def resolve(self, *, places: int = 1) -> "LoadTarget":
        """This target with its offering set: the named one, or the first that is suitable.

        Suitable means a slot with at least `places` free; raises `NotFound` without one.
        """
        found = await self._get(f"/api/v1/{self.org}/offerings", {}, _Offerings)
        for offering in found.offerings:
            if self.offering in {"", offering.slug}:
                parties = range(offering.party_min, offering.party_max + 1)
                target = replace(self, offering=offering.slug, parties=parties)
                if any(slot.remaining >= places for slot in await target.open_slots()):
                    return target
        named = f"offering {self.offering}" if self.offering else "offering"
        detail = f"{self.org} has no {named} with {places} places free"
        raise NotFound(detail)

    async def _book_surplus(self, slot: OpenSlot, places: int) -> None:
        async with aiohttp.ClientSession(self.url) as session:
            while places > 0:
                party = min(places, self.parties.stop - 1)
                body, headers = self.booking_request(slot, party=party, number=0)
                async with session.post(self.bookings_path, data=body, headers=headers) as response:
                    if response.status != HTTPStatus.CREATED:
                        detail = f"Could not prepare a slot: {await response.text()}"
                        raise NotFound(detail)
                places -= party

    async def _get(self, path: str, query: Mapping[str, str], kind: type[T]) -> T:
        try:
            async with (
                aiohttp.ClientSession(self.url) as session,
                session.get(path, params=query) as response,
            ):
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            detail = (
                f"Nothing answers at {self.url}: start it with `fullhouse serve`, or name --url"
            )
            raise NotFound(detail) from error
        try:
            if response.status == HTTPStatus.OK:
                return msgspec.json.decode(body, type=kind)
            detail = msgspec.json.decode(body, type=_Refusal).detail
        except msgspec.DecodeError:
            detail = "This is no answer of Fullhouse: check --url."
        raise NotFound(f"{self.url}{path} answers {response.status}. {detail}")


def _headers(key: UUID) -> dict[str, str]:
    return {"Content-Type": "application/json", "Idempotency-Key": str(key)}
