"""Read the days that guests will ask for into memory, before they ask."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from fullhouse.booking.availability.availability import Availability
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.limits import WARM_DAYS, WARM_OFFERINGS_MAX, WARM_SALES_DAYS
from fullhouse.booking.model.offering import OfferingId
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class OfferingInDemand:
    """An offering that was booked lately."""

    org_id: OrgId
    offering_id: OfferingId


@dataclass(frozen=True, slots=True)
class WarmAvailability:
    """Of the offerings that sold most lately, one after the other, by one connection at most."""

    database: Database
    catalogue: CachedCatalogue
    availability: Availability
    clock: Clock
    wait_until_calm: Callable[[], Awaitable[None]]

    async def __call__(self) -> int:
        """Return the number of offerings whose next days are in memory.

        Waits while customers rush. Raises what the database raises.
        """
        now = self.clock.now()
        async with self.database.unrestricted.session() as session:
            found = await session.fetch(
                "booking.offerings_in_demand",
                OfferingInDemand,
                since=now.date() - timedelta(days=WARM_SALES_DAYS),
                rows_max=WARM_OFFERINGS_MAX,
            )
        warmed = 0
        for one in found:
            await self.wait_until_calm()
            try:
                offering = await self.catalogue.offering_by_id(one.org_id, one.offering_id)
            except UnknownOffering:
                continue
            await self.availability.between(offering, now, now + timedelta(days=WARM_DAYS))
            warmed += 1
        return warmed
