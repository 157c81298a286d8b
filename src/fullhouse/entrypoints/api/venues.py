"""The organisation itself and its venues."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.booking.actions.change_business import ChangeBusiness
from fullhouse.entrypoints.inputs.businesses import (
    OrganisationRequest,
    VenueDetailsRequest,
    VenueRequest,
)
from fullhouse.entrypoints.outputs.offerings import (
    OrganisationResponse,
    VenueListResponse,
    VenueResponse,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.bodies import Patch
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Created
from fullhouse.http.request import Request
from fullhouse.kernel.context import Permission
from fullhouse.people.actions.add_venue import AddVenue
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.model import VenueId
from fullhouse.people.reads.organisations import venue_by_id, venues
from fullhouse.people.updates import locked_organisation, locked_venue
from fullhouse.scheduling.actions.change_venue import ChangeVenue
from fullhouse.scheduling.model.public_holidays import HolidaysUnknown
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Venues:
    """Shows and changes the organisation and its venues, and adds venues."""

    database: Database
    add: AddVenue
    change: ChangeVenue
    change_organisation: ChangeBusiness
    tag: ClassVar[str] = "Venues"

    @operation("GET", "/api/v1/{org}", allow=Permission.BROWSE)
    async def get_organisation(self, org: OrgContext, request: Request) -> OrganisationResponse:
        """Read the business itself, with texts as in its offerings."""
        language = org.text_language(request)
        return OrganisationResponse.of(org.organisation.in_language(language))

    @operation("GET", "/api/v1/{org}/venues", allow=Permission.BROWSE)
    async def list_venues(self, org: OrgContext, request: Request) -> VenueListResponse:
        """List the venues of the business, with texts as in its offerings."""
        language = org.text_language(request)
        async with self.database.session() as session:
            found = await venues(session, org.org_id)
        shown = (VenueResponse.of(venue.in_language(language)) for venue in found)
        return VenueListResponse(tuple(shown))

    @operation("POST", "/api/v1/{org}/venues", allow=Permission.MANAGE_OFFERINGS)
    async def add_venue(self, uow: UnitOfWork, body: VenueRequest) -> Created[VenueResponse]:
        """Add a venue."""
        return Created(VenueResponse.of(await self.add(uow, body.read())))

    @operation("GET", "/api/v1/{org}/venues/{id}", allow=Permission.BROWSE)
    async def get_venue(self, org: OrgContext, request: Request, id: VenueId) -> VenueResponse:
        """Read one venue, with texts as in its offerings."""
        async with self.database.session() as session:
            venue = await venue_by_id(session, org.org_id, id)
        if venue is None:
            raise UnknownVenue(venue=id)
        return VenueResponse.of(venue.in_language(org.text_language(request)))

    @operation(
        "PATCH",
        "/api/v1/{org}/venues/{id}",
        allow=Permission.MANAGE_OFFERINGS,
        raises=(HolidaysUnknown,),
    )
    async def update_venue(
        self,
        uow: UnitOfWork,
        *,
        id: VenueId,
        body: Patch[VenueDetailsRequest],
        expected_version: int | None,
    ) -> VenueResponse:
        """Change some fields of a venue.

        A field left out stays. The time zone cannot change, since slots and tickets follow it. With
        another country or subdivision, slots follow the public holidays there.
        """
        current = await locked_venue(uow.session, uow.org_id, id)
        changed = body.apply_to(VenueDetailsRequest.of(current)).read_change(current)
        return VenueResponse.of(await self.change(uow, changed, expected_version=expected_version))

    @operation("PATCH", "/api/v1/{org}", allow=Permission.MANAGE_OFFERINGS)
    async def update_organisation(
        self,
        uow: UnitOfWork,
        body: Patch[OrganisationRequest],
        expected_version: int | None,
    ) -> OrganisationResponse:
        """Change what the business says of itself.

        A field left out stays. The slug cannot change. The currency can while no booking has a
        price; prices keep their numbers. Send the `ETag` as `If-Match` to change what you have
        read.
        """
        current = await locked_organisation(uow.session, uow.org_id)
        changed = body.apply_to(OrganisationRequest.of(current)).read_change(current)
        saved = await self.change_organisation(uow, changed, expected_version=expected_version)
        return OrganisationResponse.of(saved)
