"""Responses about organisations, venues and offerings, and their availability."""

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

import msgspec

from fullhouse.booking.model.offering import Offering, OfferingKind, PriceUnit
from fullhouse.booking.model.picture import OfferingPicture
from fullhouse.booking.model.price_categories import PriceCategory
from fullhouse.booking.model.questions import Question
from fullhouse.booking.model.slot import Refusal, SlotState
from fullhouse.booking.model.translated_texts import OfferingTexts
from fullhouse.entrypoints.inputs.businesses import (
    ORGANISATION_EXAMPLE,
    VENUE_EXAMPLE,
)
from fullhouse.entrypoints.inputs.offerings import OFFERING_EXAMPLE
from fullhouse.entrypoints.outputs.fields import SLOT_EXAMPLE, MoneyResponse
from fullhouse.http.operations.bodies import ResponseBody, VersionedBody
from fullhouse.kernel.timespan import Instant
from fullhouse.people.model import Organisation, Venue
from fullhouse.people.model.translated_texts import OrganisationTexts, VenueTexts


class OrganisationResponse(VersionedBody, frozen=True, kw_only=True):
    """A business as it presents itself."""

    example: ClassVar = {
        "slug": "bouquet-garden",
        "version": 1,
        **ORGANISATION_EXAMPLE,
        "domain_confirmed_at": "2027-05-03T09:12:00Z",
    }
    slug: str
    name: str
    tagline: str
    email: str
    phone: str
    locale: str
    currency: str
    accent: str | None
    cover: str | None
    cover_alt: str
    logo: str | None
    terms: str
    privacy: str
    imprint: str
    consent: str
    languages: tuple[str, ...]
    sender_name: str
    reply_to: str
    domain: str
    domain_confirmed_at: Instant | None
    translations: tuple[OrganisationTexts, ...]

    @staticmethod
    def of(organisation: Organisation) -> "OrganisationResponse":
        names = OrganisationResponse.__struct_fields__
        return OrganisationResponse(**{name: getattr(organisation, name) for name in names})


class VenueResponse(VersionedBody, frozen=True, kw_only=True):
    """A place with its time zone."""

    example: ClassVar = {
        "id": "01977f6e-8000-7000-8000-000000000001",
        "version": 1,
        **VENUE_EXAMPLE,
    }
    id: UUID
    name: str
    zone: str
    country: str
    address: str
    subdivision: str | None
    latitude: float | None
    longitude: float | None
    directions: str
    translations: tuple[VenueTexts, ...]

    @staticmethod
    def of(venue: Venue) -> "VenueResponse":
        names = (name for name in VenueResponse.__struct_fields__ if name != "id")
        return VenueResponse(id=venue.venue_id, **{name: getattr(venue, name) for name in names})


class VenueListResponse(ResponseBody, frozen=True):
    """Venues in the order in which they were added."""

    example: ClassVar = {"venues": [VenueResponse.example]}
    venues: tuple[VenueResponse, ...]


class OfferingResponse(VersionedBody, frozen=True, kw_only=True):
    """Something that can be booked. Policy times are minutes before a slot starts."""

    example: ClassVar = {
        "slug": "sunflower-morning",
        "id": "01977f6e-8400-7000-8000-000000000007",
        "version": 1,
        **OFFERING_EXAMPLE,
        "price": {"amount": 1200, "currency": "USD"},
        "zone": "America/Chicago",
    }
    slug: str
    id: UUID
    venue: UUID
    kind: OfferingKind
    name: str
    summary: str
    description: str
    how_to_pay: str
    what_to_bring: str
    questions: tuple[Question, ...]
    picture: str | None
    picture_alt: str
    price: MoneyResponse
    price_unit: PriceUnit
    price_categories: tuple[PriceCategory, ...]
    zone: str
    party_min: int
    party_max: int
    hold_seconds: int
    book_ahead_days: int
    book_until_minutes: int
    cancel_free_until_minutes: int
    cancel_until_minutes: int
    cancel_fee_percent: int
    move_until_minutes: int
    waiting_offer_minutes: int
    published: bool
    position: int
    translations: tuple[OfferingTexts, ...]
    more_pictures: tuple[OfferingPicture, ...]

    @staticmethod
    def of(offering: Offering, zone: str) -> "OfferingResponse":
        return OfferingResponse(
            id=offering.offering_id,
            venue=offering.venue_id,
            price=MoneyResponse(offering.price_amount, offering.currency),
            zone=zone,
            **{name: getattr(offering, name) for name in _OFFERING_FIELDS},
        )


_OFFERING_FIELDS: Final = tuple(
    name
    for name in OfferingResponse.__struct_fields__
    if name not in {"id", "venue", "price", "zone"}
)


class OfferingListResponse(ResponseBody, frozen=True):
    """The offerings of a business in its own order."""

    example: ClassVar = {"offerings": [OfferingResponse.example]}
    offerings: tuple[OfferingResponse, ...]


class AvailableSlotResponse(msgspec.Struct, frozen=True):
    """A slot: `refusal` says why it cannot be booked, `price` is the party's."""

    id: UUID
    starts_at: Instant
    ends_at: Instant
    capacity: int
    remaining: int
    price: MoneyResponse
    state: SlotState
    reason: str
    refusal: Refusal | None


class AvailabilityResponse(ResponseBody, frozen=True):
    """Slots in order of time. `bookable_until` is the last day that guests may book now.

    `stale`: the database is slow or away, and this is its last answer.
    """

    example: ClassVar = {
        "offering": "sunflower-morning",
        "zone": "America/Chicago",
        "slots": [
            {
                **SLOT_EXAMPLE,
                "capacity": 20,
                "remaining": 12,
                "price": {"amount": 2400, "currency": "USD"},
                "state": "open",
                "reason": "",
                "refusal": None,
            }
        ],
        "bookable_until": "2027-09-10",
        "as_of": "2027-06-12T08:00:00-05:00",
        "stale": False,
    }
    offering: str
    zone: str
    slots: tuple[AvailableSlotResponse, ...]
    bookable_until: date
    as_of: Instant
    stale: bool
