"""Offerings: what a business sells, and how it sets that up."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.booking.actions.save_offering import SaveOffering
from fullhouse.booking.catalogue import (
    CachedCatalogue,
    lock_offering,
    offering_by_slug,
    offerings_of,
)
from fullhouse.booking.errors import OfferingSlugTaken, UnknownOffering
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.entrypoints.inputs.offerings import OfferingRequest
from fullhouse.entrypoints.limits import OFFERINGS_PER_TOKEN
from fullhouse.entrypoints.outputs.offerings import OfferingListResponse, OfferingResponse
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.bodies import Patch
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Created
from fullhouse.http.request import Request
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.model import is_slug
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Offerings:
    """Shows offerings to all, and saves them for those who manage them."""

    database: Database
    catalogue: CachedCatalogue
    save: SaveOffering
    ids: Ids
    tag: ClassVar[str] = "Offerings"

    @operation("GET", "/api/v1/{org}/offerings", allow=Permission.BROWSE)
    async def list_offerings(self, org: OrgContext, request: Request) -> OfferingListResponse:
        """List the offerings.

        In the order of the business. Those that are not published only for its own staff and keys.
        Texts are in the language of `Accept-Language` as far as they are translated; for those who
        may change them they are as stored.
        """
        language = org.text_language(request)
        async with self.database.session() as session:
            offerings = await offerings_of(session, org.org_id)
        request.tokens += len(offerings) // OFFERINGS_PER_TOKEN
        shown = [o for o in offerings if o.published or org.may(Permission.MANAGE_OFFERINGS)]
        responses = [await self._response(one.in_language(language)) for one in shown]
        return OfferingListResponse(tuple(responses))

    @operation("GET", "/api/v1/{org}/offerings/{slug}", allow=Permission.BROWSE)
    async def get_offering(
        self, org: OrgContext, request: Request, *, offering: Offering
    ) -> OfferingResponse:
        """Read one offering.

        Texts are in the language of `Accept-Language` as far as they are translated; for those who
        may change them they are as stored.
        """
        return await self._response(offering.in_language(org.text_language(request)))

    @operation(
        "PUT",
        "/api/v1/{org}/offerings/{slug}",
        allow=Permission.MANAGE_OFFERINGS,
        raises=(UnknownVenue, OfferingSlugTaken),
    )
    async def save_offering(
        self,
        org: OrgContext,
        uow: UnitOfWork,
        *,
        slug: str,
        body: OfferingRequest,
        expected_version: int | None,
    ) -> Created[OfferingResponse] | OfferingResponse:
        """Add an offering, or replace all of it.

        A field left out of a `PUT` loses its value: it takes the default that the schema shows. To
        change a price and leave the rest, use `PATCH`. Bookings keep the price at which they were
        made.
        """
        if not is_slug(slug):
            raise InvalidInput("Use small letters, digits and dashes.", field="slug")
        known = await offering_by_slug(uow.session, uow.org_id, slug)
        offering = body.read(
            uow.org_id,
            known.offering_id if known else OfferingId(self.ids.uuid()),
            slug=slug,
            currency=known.currency if known else org.organisation.currency,
        )
        saved = await self.save(uow, offering, expected_version=expected_version)
        response = await self._response(saved)
        return response if known else Created(response)

    @operation(
        "PATCH",
        "/api/v1/{org}/offerings/{slug}",
        allow=Permission.MANAGE_OFFERINGS,
        raises=(UnknownVenue,),
    )
    async def update_offering(
        self,
        uow: UnitOfWork,
        *,
        offering: Offering,
        body: Patch[OfferingRequest],
        expected_version: int | None,
    ) -> OfferingResponse:
        """Change some fields of an offering.

        A field left out stays. Send the `ETag` as `If-Match` to change what you have read.
        """
        current = await lock_offering(uow.session, uow.org_id, offering.offering_id)
        if current is None:
            raise UnknownOffering
        changed = body.apply_to(OfferingRequest.of(current)).read(
            uow.org_id, current.offering_id, slug=current.slug, currency=current.currency
        )
        return await self._response(
            await self.save(uow, changed, expected_version=expected_version)
        )

    async def _response(self, offering: Offering) -> OfferingResponse:
        venue = await self.catalogue.venue(offering.org_id, offering.venue_id)
        return OfferingResponse.of(offering, venue.zone)
