"""The country in which a customer's telephone number without a plus is dialled."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.errors import UnknownSlot
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.reads.bookings import Bookings
from fullhouse.entrypoints.inputs.bookings import CreateBookingRequest, JoinWaitingListRequest
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class PhoneRegions:
    """The country of the venue that is booked; its business may have venues in several."""

    catalogue: CachedCatalogue
    bookings: Bookings

    async def region_for(
        self, org_id: OrgId, body: CreateBookingRequest | JoinWaitingListRequest
    ) -> str | None:
        """The country, if the number needs one; most customers give none or a full number.

        None for a slot or hold that is not known: the action refuses it.
        """
        number = body.customer.phone
        if not number.strip() or "+" in number:
            return None
        if isinstance(body, CreateBookingRequest) and body.hold is not None:
            hold = await self.bookings.by_id(org_id, body.hold)
            return None if hold is None else hold.venue.country
        slot = body.slot
        if slot is None and isinstance(body, CreateBookingRequest) and body.slots:
            slot = body.slots[0]
        return None if slot is None else await self._country_of(org_id, slot)

    async def _country_of(self, org_id: OrgId, slot_id: UUID) -> str | None:
        with suppress(UnknownSlot):
            (slot,) = await self.catalogue.slots(org_id, [SlotId(slot_id)])
            offering = await self.catalogue.offering_by_id(org_id, slot.offering_id)
            return (await self.catalogue.venue(org_id, offering.venue_id)).country
        return None
