"""Offerings: what a business offers, and how its owner sets that up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.actions.save_offering import SaveOffering
from fullhouse.booking.catalogue import CachedCatalogue, offering_by_slug, offerings_of
from fullhouse.booking.errors import OfferingSlugTaken, UnknownOffering
from fullhouse.booking.limits import (
    HOLD_SECONDS_DEFAULT,
    HOLD_SECONDS_MAX,
    HOLD_SECONDS_MIN,
    PARTY_MAX,
    POLICY_MINUTES_MAX,
    PRICE_AMOUNT_MAX,
    WAITING_OFFER_MINUTES_DEFAULT,
)
from fullhouse.booking.model.offering import Offering, OfferingId, OfferingKind, PriceUnit
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.operation import Body, Operation, Success
from fullhouse.entrypoints.api.responses import json_response
from fullhouse.entrypoints.api.shapes import Description, MoneyShape, Name, Strict, Summary
from fullhouse.entrypoints.api.writes import Writes
from fullhouse.entrypoints.http.response import AnyResponse, Response
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.model import is_slug
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork

Minutes = Annotated[int, Meta(ge=0, le=POLICY_MINUTES_MAX)]
Places = Annotated[int, Meta(ge=1, le=PARTY_MAX)]


class OfferingShape(msgspec.Struct, frozen=True):
    """Something that can be booked. Policy times are minutes before a slot starts."""

    slug: str
    id: UUID
    venue: UUID
    kind: OfferingKind
    name: str
    summary: str
    description: str
    picture: str | None
    price: MoneyShape
    price_unit: PriceUnit
    zone: str
    party_min: int
    party_max: int
    hold_seconds: int
    book_until_minutes: int
    cancel_free_until_minutes: int
    cancel_until_minutes: int
    cancel_fee_percent: int
    move_until_minutes: int
    waiting_offer_minutes: int
    published: bool
    position: int


class OfferingsShape(msgspec.Struct, frozen=True):
    """A business's offerings in its own order."""

    offerings: tuple[OfferingShape, ...]


class OfferingFields(Strict, frozen=True, kw_only=True):
    """All of an offering but its address. What is left out takes the value shown as default."""

    venue: UUID
    name: Name
    kind: OfferingKind = "timed_entry"
    summary: Summary = ""
    description: Description = ""
    picture: Annotated[str, Meta(max_length=200, pattern="^[a-z0-9/._-]*$")] | None = None
    price_amount: Annotated[int, Meta(ge=0, le=PRICE_AMOUNT_MAX)]
    price_unit: PriceUnit = "person"
    party_min: Places = 1
    party_max: Places = 10
    hold_seconds: Annotated[int, Meta(ge=HOLD_SECONDS_MIN, le=HOLD_SECONDS_MAX)] = (
        HOLD_SECONDS_DEFAULT
    )
    book_until_minutes: Minutes = 0
    cancel_free_until_minutes: Minutes = 1440
    cancel_until_minutes: Minutes = 120
    cancel_fee_percent: Annotated[int, Meta(ge=0, le=100)] = 0
    move_until_minutes: Minutes = 1440
    waiting_offer_minutes: Annotated[int, Meta(ge=1, le=POLICY_MINUTES_MAX)] = (
        WAITING_OFFER_MINUTES_DEFAULT
    )
    published: bool = True
    position: Annotated[int, Meta(ge=0, le=10_000)] = 0


_decoder: Final = msgspec.json.Decoder(OfferingFields)
_EXAMPLE_FIELDS: Final = {
    "venue": "01977f6e-8000-7000-8000-000000000001",
    "name": "Sunflower mornings",
    "summary": "Half an hour among the sunflowers; five stems are yours.",
    "price_amount": 1200,
    "price_unit": "person",
    "party_max": 8,
}
_EXAMPLE: Final = {
    "slug": "sunflower-mornings",
    "id": "01977f6e-8400-7000-8000-000000000007",
    "venue": "01977f6e-8000-7000-8000-000000000001",
    "kind": "timed_entry",
    "name": "Sunflower mornings",
    "summary": "Half an hour among the sunflowers; five stems are yours.",
    "description": "",
    "picture": None,
    "price": {"amount": 1200, "currency": "USD"},
    "price_unit": "person",
    "zone": "America/Chicago",
    "party_min": 1,
    "party_max": 8,
    "hold_seconds": 600,
    "book_until_minutes": 0,
    "cancel_free_until_minutes": 1440,
    "cancel_until_minutes": 120,
    "cancel_fee_percent": 0,
    "move_until_minutes": 1440,
    "waiting_offer_minutes": 30,
    "published": True,
    "position": 0,
}


@dataclass(frozen=True, slots=True)
class Offerings:
    """Lists and shows offerings to all, and lets the owner write them."""

    callers: Callers
    database: Database
    catalogue: CachedCatalogue
    save_offering: SaveOffering
    writes: Writes
    ids: Ids

    def operations(self) -> Sequence[Operation]:
        path = "/api/v1/{org}/offerings"
        return (
            Operation(
                method="GET",
                path=path,
                name="offerings",
                tag="Offerings",
                summary="What the business offers",
                description="In the business's own order. Unpublished ones only for its own key.",
                access="public",
                handler=self.list,
                successes=[
                    Success(
                        status=200,
                        words="All offerings.",
                        shape=OfferingsShape,
                        example={"offerings": [_EXAMPLE]},
                    )
                ],
            ),
            Operation(
                method="GET",
                path=path + "/{slug}",
                name="offering",
                tag="Offerings",
                summary="One offering",
                access="public",
                handler=self.show,
                successes=[
                    Success(
                        status=200, words="The offering.", shape=OfferingShape, example=_EXAMPLE
                    )
                ],
                problems=[UnknownOffering],
            ),
            self._writing(path + "/{slug}"),
        )

    def _writing(self, path: str) -> Operation:
        return Operation(
            method="PUT",
            path=path,
            name="saveOffering",
            tag="Set-up",
            summary="Add an offering, or change it",
            description="Bookings keep the price at which they were made.",
            access="owner",
            handler=self.write,
            body=Body(shape=OfferingFields, examples={"timed entry": _EXAMPLE_FIELDS}),
            successes=[
                Success(status=200, words="Changed.", shape=OfferingShape, example=_EXAMPLE),
                Success(status=201, words="Added.", shape=OfferingShape, example=_EXAMPLE),
            ],
            problems=[UnknownVenue, OfferingSlugTaken],
        )

    async def list(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.anyone(request)
        async with self.database.session() as session:
            offerings = await offerings_of(session, asked.org_id)
        shown = [
            o for o in offerings if o.published or asked.context.may(Permission.MANAGE_OFFERINGS)
        ]
        return json_response(OfferingsShape(tuple([await self._shape(o) for o in shown])))

    async def show(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.anyone(request)
        return json_response(await self._shape(await offering_of(request, asked, self.catalogue)))

    async def write(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        fields = await request.json(_decoder)
        slug = request.path["slug"]
        if not is_slug(slug):
            raise InvalidInput("An address has small letters, digits and dashes.", field="slug")
        async with self.database.session() as session:
            known = await offering_by_slug(session, asked.org_id, slug)
        offering = Offering(
            org_id=asked.org_id,
            offering_id=known.offering_id if known else OfferingId(self.ids.uuid()),
            slug=slug,
            currency=known.currency if known else asked.organisation.currency,
            venue_id=fields.venue,
            **{name: getattr(fields, name) for name in fields.__struct_fields__ if name != "venue"},
        )

        async def work(uow: UnitOfWork) -> Response:
            saved = await self.save_offering(uow, offering)
            return json_response(
                await self._shape(saved), status=201 if saved.version == 1 else 200
            )

        return await self.writes(request, asked, work)

    async def _shape(self, offering: Offering) -> OfferingShape:
        venue = await self.catalogue.venue(offering.org_id, offering.venue_id)
        return OfferingShape(
            id=offering.offering_id,
            venue=offering.venue_id,
            price=MoneyShape(offering.price_amount, offering.currency),
            zone=venue.zone,
            **{name: getattr(offering, name) for name in _AS_STORED},
        )


_AS_STORED: Final = tuple(
    name for name in OfferingShape.__struct_fields__ if name not in {"id", "venue", "price", "zone"}
)


async def offering_of(
    request: ApiRequest, asked: OrgContext, catalogue: CachedCatalogue
) -> Offering:
    """The offering that the path names; raises `UnknownOffering`."""
    slug = request.path["slug"]
    if not is_slug(slug):
        raise UnknownOffering
    offering = await catalogue.offering(asked.org_id, slug)
    if not (offering.published or asked.context.may(Permission.MANAGE_OFFERINGS)):
        raise UnknownOffering
    return offering
