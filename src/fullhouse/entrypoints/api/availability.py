"""Availability: the most asked question there is, encoded once for all who ask it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Final, TypeVar
from uuid import UUID

import msgspec
from cachetools import FIFOCache
from msgspec import Meta

from fullhouse.booking.availability.availability import Availability, AvailabilitySnapshot, midnight
from fullhouse.booking.availability.days import Day
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.limits import AVAILABILITY_TTL_SECONDS
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.slot import Refusal, Slot, SlotState, refusal
from fullhouse.entrypoints.api import refusals
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.limits import AVAILABILITY_BODIES_CACHED_MAX, AVAILABILITY_DAYS_MAX
from fullhouse.entrypoints.api.offerings import offering_of
from fullhouse.entrypoints.api.operation import Operation, Success
from fullhouse.entrypoints.api.responses import JSON_TYPE
from fullhouse.entrypoints.api.shapes import EXAMPLE_SLOT, MoneyShape, Party, zone_of
from fullhouse.entrypoints.http.response import AnyResponse, Headers, Response
from fullhouse.kernel.clock import Clock

V = TypeVar("V")

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2200

FromDay = Annotated[
    date,
    Meta(description="The first day, at the venue. Today when left out.", examples=["2027-06-12"]),
]
ToDay = Annotated[
    date,
    Meta(description="The last day, included. A week when left out.", examples=["2027-06-13"]),
]


class AvailabilityQuery(msgspec.Struct, frozen=True):
    """Which days, and for how many people."""

    from_day: FromDay | None = msgspec.field(default=None, name="from")
    to_day: ToDay | None = msgspec.field(default=None, name="to")
    party: Party | None = None


class AvailableSlotShape(msgspec.Struct, frozen=True):
    """A slot as it stands: `refusal` says why it cannot be booked, `price` is for the party."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    capacity: int
    remaining: int
    price: MoneyShape
    state: SlotState
    reason: str
    refusal: Refusal | None


class AvailabilityShape(msgspec.Struct, frozen=True):
    """Slots in order of time. `stale`: older than it should be, because the database is slow."""

    offering: str
    zone: str
    slots: tuple[AvailableSlotShape, ...]
    as_of: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class Question:
    """The instants between which somebody asks, and the party if they said one."""

    first: datetime
    last: datetime
    party: int | None


@dataclass(frozen=True, slots=True)
class Encoded:
    """A body in memory, and for what it was made: the same days of the same offering."""

    offering: Offering
    days: tuple[Day, ...]
    stale: bool
    true_until: datetime
    body: bytes
    headers: Headers

    def still_shows(self, offering: Offering, picture: AvailabilitySnapshot, now: datetime) -> bool:
        return (
            self.offering is offering
            and self.stale == picture.stale
            and now < self.true_until
            and len(self.days) == len(picture.days)
            and all(mine is theirs for mine, theirs in zip(self.days, picture.days, strict=True))
        )


_encode: Final = msgspec.json.Encoder().encode
_ALWAYS: Final = timedelta(seconds=AVAILABILITY_TTL_SECONDS)
_CACHE_CONTROL: Final = (b"cache-control", b"no-cache")


def _bounded() -> FIFOCache[object, V]:
    return FIFOCache(AVAILABILITY_BODIES_CACHED_MAX)


@dataclass(frozen=True, slots=True)
class AvailabilityResource:
    """Answers from memory; a client that knows the answer already is only told so."""

    callers: Callers
    catalogue: CachedCatalogue
    availability: Availability
    clock: Clock
    bodies: FIFOCache[object, Encoded] = field(default_factory=_bounded)
    questions: FIFOCache[object, Question] = field(default_factory=_bounded)

    def operations(self) -> Sequence[Operation]:
        shown = {
            **EXAMPLE_SLOT,
            "capacity": 20,
            "remaining": 12,
            "price": {"amount": 2400, "currency": "USD"},
            "state": "open",
            "reason": "",
            "refusal": None,
        }
        example = {
            "offering": "sunflower-mornings",
            "zone": "America/Chicago",
            "slots": [shown],
            "as_of": "2027-06-12T08:00:00-05:00",
            "stale": False,
        }
        return (
            Operation(
                method="GET",
                path="/api/v1/{org}/offerings/{slug}/availability",
                name="availability",
                tag="Offerings",
                summary="What can still be booked",
                description=(
                    "Every slot of the days asked for, full and closed ones too. Whether a slot is "
                    "sold is decided when it is booked, never from this answer."
                ),
                access="public",
                handler=self.show,
                query=AvailabilityQuery,
                successes=[
                    Success(
                        status=200,
                        words="The slots as they stand.",
                        shape=AvailabilityShape,
                        example=example,
                    ),
                    Success(status=304, words="Nothing has changed since `If-None-Match`."),
                ],
                problems=[UnknownOffering],
            ),
        )

    async def show(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.anyone(request)
        offering = await offering_of(request, asked, self.catalogue)
        zone = (await self.catalogue.venue(asked.org_id, offering.venue_id)).zone
        now = self.clock.now()
        today = now.astimezone(zone_of(zone)).date()
        question = self._question(request, zone=zone, today=today)
        picture = await self.availability.between(offering, question.first, question.last)
        party = question.party or offering.party_min
        key = (offering.offering_id, question.first, question.last, party)
        encoded = self.bodies.get(key)
        if encoded is None or not encoded.still_shows(offering, picture, now):
            encoded = encode(offering, picture, party=party, zone=zone, now=now)
            self.bodies[key] = encoded
        known = request.http.header(b"if-none-match")
        if known is not None and _knows(known, encoded.headers):
            return Response(304, b"", encoded.headers)
        return Response(200, encoded.body, encoded.headers)

    def _question(self, request: ApiRequest, *, zone: str, today: date) -> Question:
        """What is asked, read once for all who ask it in the same words on the same day."""
        words = (request.http.query_string, zone, today)
        question = self.questions.get(words)
        if question is None:
            query = request.query(AvailabilityQuery)
            first, last = days_of(query.from_day, query.to_day, today)
            question = Question(
                midnight(first, zone), midnight(last + timedelta(days=1), zone), query.party
            )
            self.questions[words] = question
        return question


def encode(
    offering: Offering, picture: AvailabilitySnapshot, *, party: int, zone: str, now: datetime
) -> Encoded:
    """The body for this party, and until when it stays true though nothing changes."""
    slots = picture.slots
    place = zone_of(zone)
    price = offering.price_of(party)
    shape = AvailabilityShape(
        offering=offering.slug,
        zone=zone,
        slots=tuple(
            AvailableSlotShape(
                id=slot.slot_id,
                starts_at=slot.starts_at.astimezone(place),
                ends_at=slot.ends_at.astimezone(place),
                capacity=slot.capacity,
                remaining=slot.remaining,
                price=MoneyShape(price.amount, price.currency),
                state=slot.state,
                reason=slot.reason,
                refusal=refusal(slot, offering, party=party, now=now),
            )
            for slot in slots
        ),
        as_of=picture.as_of.astimezone(place),
        stale=picture.stale,
    )
    tag = blake2b(_encode((shape.slots, offering.slug, zone, shape.stale)), digest_size=12)
    etag = f'W/"{tag.hexdigest()}"'.encode()
    return Encoded(
        offering,
        picture.days,
        picture.stale,
        _true_until(offering, slots, now),
        _encode(shape),
        (JSON_TYPE, _CACHE_CONTROL, (b"etag", etag)),
    )


def days_of(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The days asked for; raises `InvalidFields` for a span nobody can want."""
    start = first or today
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise refusals.one_field("from", "Choose a day of these times.")
    end = last or start + timedelta(days=6)
    if end < start:
        raise refusals.one_field("to", "The last day comes before the first.")
    if (end - start).days >= AVAILABILITY_DAYS_MAX:
        raise refusals.one_field("to", f"Ask for at most {AVAILABILITY_DAYS_MAX} days at once.")
    return start, end


def _true_until(offering: Offering, slots: Sequence[Slot], now: datetime) -> datetime:
    """The next instant at which a slot shown as bookable no longer is, by time alone."""
    ends = (offering.books_until(slot.starts_at) for slot in slots)
    return min((end for end in ends if end >= now), default=now + _ALWAYS) + timedelta.resolution


def _knows(if_none_match: str, headers: Headers) -> bool:
    """Weak comparison of RFC 9110 §8.8.3.2: the mark `W/` does not count."""
    mine = dict(headers)[b"etag"].decode().removeprefix("W/")
    given = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return if_none_match.strip() == "*" or mine in given
