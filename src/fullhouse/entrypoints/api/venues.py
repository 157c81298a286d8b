"""The business itself and its venues."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.operation import Body, Operation, Success
from fullhouse.entrypoints.api.responses import json_response
from fullhouse.entrypoints.api.shapes import Description, Name, Strict, Summary
from fullhouse.entrypoints.api.writes import Writes
from fullhouse.entrypoints.http.response import AnyResponse, Response
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import IdempotencyKeyReused
from fullhouse.people.actions.add_venue import AddVenue
from fullhouse.people.model import NewVenue, Venue
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork


class OrganisationShape(msgspec.Struct, frozen=True):
    """A business as it shows itself."""

    slug: str
    name: str
    tagline: str
    email: str
    phone: str
    locale: str
    currency: str


class VenueFields(Strict, frozen=True):
    """A place with its time zone, which every schedule there is read in."""

    name: Name
    zone: Annotated[str, Meta(max_length=64, description="IANA, such as `America/Chicago`.")]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
    address: Summary = ""
    subdivision: (
        Annotated[
            str,
            Meta(pattern="^[A-Z0-9]{1,3}$", description="ISO 3166-2 without the country: `IL`."),
        ]
        | None
    ) = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    directions: Description = ""


class VenueShape(msgspec.Struct, frozen=True):
    """A place, as schedules and guests need to know it."""

    id: UUID
    name: str
    zone: str
    country: str
    address: str
    subdivision: str | None
    latitude: float | None
    longitude: float | None
    directions: str


class VenuesShape(msgspec.Struct, frozen=True):
    """Venues in the order in which they were added."""

    venues: tuple[VenueShape, ...]


_decoder: Final = msgspec.json.Decoder(VenueFields)
_EXAMPLE_FIELDS: Final = {
    "name": "North field",
    "zone": "America/Chicago",
    "country": "US",
    "subdivision": "IL",
    "address": "1 Sunflower Lane, Elgin",
}
_EXAMPLE: Final = {
    "id": "01977f6e-8000-7000-8000-000000000001",
    "name": "North field",
    "zone": "America/Chicago",
    "country": "US",
    "address": "1 Sunflower Lane, Elgin",
    "subdivision": "IL",
    "latitude": None,
    "longitude": None,
    "directions": "",
}


@dataclass(frozen=True, slots=True)
class Venues:
    """Shows the business and its venues, and adds venues for its owner."""

    callers: Callers
    database: Database
    writes: Writes
    add_venue: AddVenue

    def operations(self) -> Sequence[Operation]:
        path = "/api/v1/{org}/venues"
        return (
            Operation(
                method="GET",
                path="/api/v1/{org}",
                name="organisation",
                tag="Business",
                summary="The business itself",
                access="public",
                handler=self.organisation,
                successes=[Success(status=200, words="The business.", shape=OrganisationShape)],
            ),
            Operation(
                method="GET",
                path=path,
                name="venues",
                tag="Business",
                summary="Where the business is",
                access="public",
                handler=self.list,
                successes=[
                    Success(
                        status=200,
                        words="All venues.",
                        shape=VenuesShape,
                        example={"venues": [_EXAMPLE]},
                    )
                ],
            ),
            Operation(
                method="POST",
                path=path,
                name="addVenue",
                tag="Set-up",
                summary="Add a venue",
                access="owner",
                handler=self.add,
                body=Body(shape=VenueFields, examples={"a field": _EXAMPLE_FIELDS}),
                successes=[
                    Success(status=201, words="Added.", shape=VenueShape, example=_EXAMPLE),
                    Success(status=200, words="Added before, by this key.", shape=VenueShape),
                ],
                problems=[IdempotencyKeyReused],
            ),
        )

    async def organisation(self, request: ApiRequest) -> AnyResponse:
        found = (await self.callers.anyone(request)).organisation
        names = OrganisationShape.__struct_fields__
        return json_response(OrganisationShape(*(getattr(found, name) for name in names)))

    async def list(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.anyone(request)
        async with self.database.session() as session:
            found = await venues(session, asked.org_id)
        return json_response(VenuesShape(tuple(map(venue_shape, found))))

    async def add(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        fields = await request.json(_decoder)
        new = NewVenue(**msgspec.structs.asdict(fields))

        async def work(uow: UnitOfWork) -> Response:
            return json_response(venue_shape(await self.add_venue(uow, new)), status=201)

        return await self.writes(request, asked, work)


def venue_shape(venue: Venue) -> VenueShape:
    names = VenueShape.__struct_fields__[1:]
    return VenueShape(venue.venue_id, *(getattr(venue, name) for name in names))
