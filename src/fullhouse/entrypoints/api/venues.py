"""The organisation itself and its venues."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.entrypoints.inputs.offerings import VenueRequest
from fullhouse.entrypoints.outputs.offerings import (
    OrganisationResponse,
    VenueListResponse,
    VenueResponse,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Created
from fullhouse.kernel.context import Permission
from fullhouse.people.actions.add_venue import AddVenue
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Venues:
    """Shows the organisation and its venues, and adds venues."""

    database: Database
    add: AddVenue
    tag: ClassVar[str] = "Venues"

    @operation("GET", "/api/v1/{org}", allow=Permission.BROWSE)
    async def get_organisation(self, org: OrgContext) -> OrganisationResponse:
        """Read the business itself."""
        return OrganisationResponse.of(org.organisation)

    @operation("GET", "/api/v1/{org}/venues", allow=Permission.BROWSE)
    async def list_venues(self, org: OrgContext) -> VenueListResponse:
        """List the venues of the business."""
        async with self.database.session() as session:
            found = await venues(session, org.org_id)
        return VenueListResponse(tuple(map(VenueResponse.of, found)))

    @operation("POST", "/api/v1/{org}/venues", allow=Permission.MANAGE_OFFERINGS)
    async def add_venue(self, uow: UnitOfWork, body: VenueRequest) -> Created[VenueResponse]:
        """Add a venue."""
        return Created(VenueResponse.of(await self.add(uow, body.read())))
