"""Availability: the most frequent read, encoded once for all who ask the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import ClassVar, Final

import msgspec

from fullhouse.booking.availability.availability import Availability, AvailabilitySnapshot, midnight
from fullhouse.booking.availability.days import Day
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.limits import AVAILABILITY_TTL_SECONDS
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.slot import Slot, refusal
from fullhouse.entrypoints.api.limits import (
    AVAILABILITY_BODIES_BYTES_MAX,
    AVAILABILITY_SLOTS_PER_TOKEN,
)
from fullhouse.entrypoints.inputs.fields import FromDay, Party, ToDay
from fullhouse.entrypoints.inputs.limits import AVAILABILITY_DAYS_MAX
from fullhouse.entrypoints.inputs.times import day_range
from fullhouse.entrypoints.outputs.fields import MoneyResponse, zone_of
from fullhouse.entrypoints.outputs.offerings import AvailabilityResponse, AvailableSlotResponse
from fullhouse.http.operations.limits import QUERIES_CACHED_MAX
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import CachedBody
from fullhouse.http.request import Request
from fullhouse.http.response import JSON_TYPE, Response
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.resilience.bounded import ByteBoundedMap

_DAYS_DEFAULT: Final = 7
_TTL: Final = timedelta(seconds=AVAILABILITY_TTL_SECONDS)
_CACHE_CONTROL: Final = (b"cache-control", b"no-cache")
_encode: Final = msgspec.json.Encoder().encode


class AvailabilityQuery(msgspec.Struct, frozen=True):
    """The days, a week when `to` is left out, and the number of people."""

    from_day: FromDay | None = msgspec.field(default=None, name="from")
    to_day: ToDay | None = msgspec.field(default=None, name="to")
    party: Party | None = None


@dataclass(frozen=True, slots=True)
class CachedAvailability:
    """An encoded response, and the very days and offering that it was made from."""

    offering: Offering
    days: tuple[Day, ...]
    stale: bool
    valid_until: datetime
    response: CachedBody[AvailabilityResponse]
    tokens: int
    """Of the rate limit: the work and the bytes of a response grow with its slots."""

    def size(self) -> int:
        """The bytes of the body, and of the days that may live on for it alone."""
        return len(self.response.response.body) + sum(day.size() for day in self.days)

    def is_current_for(
        self, offering: Offering, snapshot: AvailabilitySnapshot, now: datetime
    ) -> bool:
        """By identity: a day that changed is another object, and comparing them costs nothing."""
        return (
            self.offering is offering
            and self.stale == snapshot.stale
            and now < self.valid_until
            and len(self.days) == len(snapshot.days)
            and all(mine is theirs for mine, theirs in zip(self.days, snapshot.days, strict=True))
        )


def _body_cache() -> ByteBoundedMap[object, CachedAvailability]:
    return ByteBoundedMap(AVAILABILITY_BODIES_BYTES_MAX, CachedAvailability.size)


@dataclass(frozen=True, slots=True)
class AvailabilityResource:
    """Answers from memory; a client that has the answer already gets 304."""

    catalogue: CachedCatalogue
    availability: Availability
    clock: Clock
    bodies: ByteBoundedMap[object, CachedAvailability] = field(default_factory=_body_cache)
    tag: ClassVar[str] = "Offerings"

    @operation("GET", "/api/v1/{org}/offerings/{slug}/availability", allow=Permission.BROWSE)
    async def get_availability(
        self, offering: Offering, query: AvailabilityQuery, request: Request
    ) -> CachedBody[AvailabilityResponse]:
        """List the slots of some days as they stand.

        Full and closed ones too. Whether a slot is sold is decided when it is booked, never from
        this answer. An answer with many slots counts as several requests for the rate limit.
        """
        zone = (await self.catalogue.venue(offering.org_id, offering.venue_id)).zone
        now = self.clock.now()
        first, last = query_window(query, zone, now.astimezone(zone_of(zone)).date())
        snapshot = await self.availability.between(offering, first, last)
        party = query.party or offering.party_min
        if not offering.party_min <= party <= offering.party_max:
            party = nearest_refused_party(offering, party)
        key = (offering.offering_id, first, last, party)
        cached = self.bodies.get(key)
        if cached is None or not cached.is_current_for(offering, snapshot, now):
            cached = encode(offering, snapshot, party=party, zone=zone, now=now)
            if snapshot.days:
                self.bodies[key] = cached
        request.tokens = cached.tokens
        return cached.response


@lru_cache(QUERIES_CACHED_MAX)
def query_window(query: AvailabilityQuery, zone: str, today: date) -> tuple[datetime, datetime]:
    """The instants between which the days of a query lie; raises as `day_range`."""
    first, last = day_range(
        query.from_day or today,
        query.to_day,
        days_default=_DAYS_DEFAULT,
        days_max=AVAILABILITY_DAYS_MAX,
    )
    return midnight(first, zone), midnight(last + timedelta(days=1), zone)


def nearest_refused_party(offering: Offering, party: int) -> int:
    """The first party past those admitted: all of that side are refused alike, and share a body."""
    return offering.party_min - 1 if party < offering.party_min else offering.party_max + 1


def encode(
    offering: Offering, snapshot: AvailabilitySnapshot, *, party: int, zone: str, now: datetime
) -> CachedAvailability:
    """The response for this party, and until when it stays right though nothing changes."""
    venue_zone = zone_of(zone)
    amount = offering.price_of(max(offering.party_min, min(party, offering.party_max)))
    price = MoneyResponse(amount.amount, amount.currency)
    body = AvailabilityResponse(
        offering=offering.slug,
        zone=zone,
        slots=tuple(
            AvailableSlotResponse(
                id=slot.slot_id,
                starts_at=slot.starts_at.astimezone(venue_zone),
                ends_at=slot.ends_at.astimezone(venue_zone),
                capacity=slot.capacity,
                remaining=slot.remaining,
                price=price,
                state=slot.state,
                reason=slot.reason,
                refusal=refusal(slot, offering, party=party, now=now),
            )
            for slot in snapshot.slots
        ),
        as_of=snapshot.as_of.astimezone(venue_zone),
        stale=snapshot.stale,
    )
    digest = blake2b(_encode((body.slots, offering.slug, zone, body.stale)), digest_size=12)
    etag = f'W/"{digest.hexdigest()}"'
    headers = (JSON_TYPE, _CACHE_CONTROL, (b"etag", etag.encode()))
    return CachedAvailability(
        offering,
        snapshot.days,
        snapshot.stale,
        _valid_until(offering, snapshot.slots, now),
        CachedBody(Response(200, _encode(body), headers), etag),
        tokens=1 + len(body.slots) // AVAILABILITY_SLOTS_PER_TOKEN,
    )


def _valid_until(offering: Offering, slots: Sequence[Slot], now: datetime) -> datetime:
    """The next instant at which a slot shown as bookable no longer is, by time alone."""
    ends = (offering.books_until(slot.starts_at) for slot in slots)
    return min((end for end in ends if end >= now), default=now + _TTL) + timedelta.resolution
