"""Availability: the most frequent read, encoded once for all who ask the same.

To encode a slot takes some 12 µs: a list of two months with a slot each five minutes would stop the
event loop for 100 ms, and a few clients that ask for such lists would stop it for good. So a long
list is encoded in pieces, one in a turn of the event loop, and one long list at a time.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import ClassVar, Final

import msgspec

from fullhouse.booking.availability.availability import Availability, AvailabilitySnapshot
from fullhouse.booking.availability.days import Day
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.limits import AVAILABILITY_TTL_SECONDS
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.slot import Slot, refusals
from fullhouse.entrypoints.api.limits import (
    AVAILABILITY_BODIES_BYTES_MAX,
    AVAILABILITY_SLOTS_PER_TOKEN,
    AVAILABILITY_SLOTS_PER_TURN,
)
from fullhouse.entrypoints.inputs.fields import FromDay, Party, ToDay
from fullhouse.entrypoints.inputs.limits import AVAILABILITY_DAYS_MAX
from fullhouse.entrypoints.outputs.fields import MoneyResponse, zone_of
from fullhouse.entrypoints.outputs.offerings import AvailabilityResponse, AvailableSlotResponse
from fullhouse.http.operations.limits import QUERIES_CACHED_MAX
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import CachedBody
from fullhouse.http.response import JSON_TYPE, Response
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.kernel.timespan import midnight
from fullhouse.resilience.bounded import ByteBoundedMap
from fullhouse.scheduling.model.wall_text import day_range

_DAYS_DEFAULT: Final = 7
_TTL: Final = timedelta(seconds=AVAILABILITY_TTL_SECONDS)
_CACHE_CONTROL: Final = (b"cache-control", b"no-cache")
_SLOTS: Final = b'"slots":'
_NO_SLOTS: Final = b'"slots":[]'
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
    long_lists: asyncio.Lock = field(default_factory=asyncio.Lock)
    tag: ClassVar[str] = "Offerings"

    @operation("GET", "/api/v1/{org}/offerings/{slug}/availability", allow=Permission.BROWSE)
    async def get_availability(
        self, offering: Offering, query: AvailabilityQuery
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
        view = _AvailabilityView(offering, snapshot, party, zone, now)
        cached = self._current(view) or await self._encoded(view)
        return msgspec.structs.replace(cached.response, is_current=self._validity(cached, view))

    def _validity(
        self, cached: CachedAvailability, view: "_AvailabilityView"
    ) -> Callable[[], bool]:
        """Whether the same query gets this response; today ends at a quarter of an hour of UTC."""
        ends = min(cached.valid_until, _next_quarter(view.now))
        monotonic = self.clock.monotonic
        ends_at = monotonic() + (ends - view.now).total_seconds()
        offering_is_current = self.catalogue.validity(view.offering)
        days_are_current = self.availability.validity(view.offering, view.snapshot)
        return lambda: monotonic() < ends_at and offering_is_current() and days_are_current()

    def _current(self, view: "_AvailabilityView") -> CachedAvailability | None:
        cached = self.bodies.get(view.key)
        if cached is None or not cached.is_current_for(view.offering, view.snapshot, view.now):
            return None
        return cached

    async def _encoded(self, view: "_AvailabilityView") -> CachedAvailability:
        """Encode a short list at once, a long one when those before are done."""
        if sum(len(day.slots) for day in view.snapshot.days) <= AVAILABILITY_SLOTS_PER_TURN:
            return self._keep(view, await encode(view))
        async with self.long_lists:
            return self._current(view) or self._keep(view, await encode(view))

    def _keep(self, view: "_AvailabilityView", encoded: CachedAvailability) -> CachedAvailability:
        if view.snapshot.days:
            self.bodies[view.key] = encoded
        return encoded


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


def _next_quarter(instant: datetime) -> datetime:
    begun = instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)
    return begun + timedelta(minutes=15)


def nearest_refused_party(offering: Offering, party: int) -> int:
    """The first party past those admitted: all of that side are refused alike, and share a body."""
    return offering.party_min - 1 if party < offering.party_min else offering.party_max + 1


class _AvailabilityView(msgspec.Struct, frozen=True):
    """What a client asked for, and what there is."""

    offering: Offering
    snapshot: AvailabilitySnapshot
    party: int
    zone: str
    now: datetime

    @property
    def key(self) -> tuple[object, ...]:
        snapshot = self.snapshot
        return (self.offering.offering_id, snapshot.first, snapshot.last, self.party)


async def encode(view: _AvailabilityView) -> CachedAvailability:
    """The response for this party, and until when it stays right though nothing changes."""
    offering, snapshot, zone = view.offering, view.snapshot, view.zone
    slots = snapshot.slots
    pieces = []
    for at in range(0, len(slots), AVAILABILITY_SLOTS_PER_TURN):
        if at:
            await asyncio.sleep(0)
        pieces.append(_encoded_slots(view, slots[at : at + AVAILABILITY_SLOTS_PER_TURN]))
    listed = b"[%b]" % b",".join(pieces)
    digest = blake2b(listed, digest_size=12)
    bookable_until = offering.last_day(view.now, zone)
    digest.update(_encode((offering.slug, zone, bookable_until, snapshot.stale)))
    etag = f'W/"{digest.hexdigest()}"'
    headers = (JSON_TYPE, _CACHE_CONTROL, (b"etag", etag.encode()))
    body = AvailabilityResponse(
        offering=offering.slug,
        zone=zone,
        slots=(),
        bookable_until=bookable_until,
        as_of=snapshot.as_of.astimezone(zone_of(zone)),
        stale=snapshot.stale,
    )
    response = Response(200, _encode(body).replace(_NO_SLOTS, _SLOTS + listed), headers)
    tokens = 1 + len(slots) // AVAILABILITY_SLOTS_PER_TOKEN
    return CachedAvailability(
        offering,
        snapshot.days,
        snapshot.stale,
        _valid_until(view, slots),
        CachedBody(response, etag, tokens),
    )


def _encoded_slots(view: _AvailabilityView, slots: Sequence[Slot]) -> bytes:
    """The slots as JSON objects, separated by commas."""
    offering, party, zone = view.offering, view.party, zone_of(view.zone)
    amount = offering.price_of(max(offering.party_min, min(party, offering.party_max)))
    price = MoneyResponse(amount.amount, amount.currency)
    refusal_of = refusals(offering, party=party, now=view.now, zone=view.zone)
    encoded = _encode(
        tuple(
            AvailableSlotResponse(
                id=slot.slot_id,
                starts_at=slot.starts_at.astimezone(zone),
                ends_at=slot.ends_at.astimezone(zone),
                capacity=slot.capacity,
                remaining=slot.remaining,
                price=price,
                state=slot.state,
                reason=slot.reason,
                refusal=refusal_of(slot),
            )
            for slot in slots
        )
    )
    return encoded[1:-1]


def _valid_until(view: _AvailabilityView, slots: Sequence[Slot]) -> datetime:
    """The next instant at which a refusal comes or goes by time alone.

    A slot shown as bookable is too near, or the last day that may be booked is the next one.
    """
    offering, now = view.offering, view.now
    ends = (offering.books_until(slot.starts_at) for slot in slots)
    tomorrow = midnight(now.astimezone(zone_of(view.zone)).date() + timedelta(days=1), view.zone)
    return min(
        min((end + timedelta.resolution for end in ends if end >= now), default=now + _TTL),
        tomorrow,
    )
