"""Count what was sold for the days whose bookings have changed."""

from dataclasses import dataclass
from datetime import date

from fullhouse.booking.limits import SALES_AMOUNT_MAX, SALES_DAYS_COUNTED_MAX
from fullhouse.booking.model.booking import OF_CUSTOMERS
from fullhouse.booking.model.offering import OfferingId
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class SalesDay:
    """A day at the venue of an offering."""

    org_id: OrgId
    offering_id: OfferingId
    day: date


@dataclass(frozen=True, slots=True)
class CountSales:
    """Counts from the bookings themselves, so that no figure can drift from them.

    A booking that commits meanwhile marks its day again once it is relayed.
    """

    database: Database

    async def __call__(self) -> int:
        """Return the number of days that were counted."""
        counted = 0
        while days := await self._count():
            counted += days
        return counted

    async def _count(self) -> int:
        async with self.database.unrestricted.transaction() as session:
            days = await session.fetch(
                "booking.take_sales_days", SalesDay, limit=SALES_DAYS_COUNTED_MAX
            )
            values = {
                "org_ids": [one.org_id for one in days],
                "offering_ids": [one.offering_id for one in days],
                "days": [one.day for one in days],
            }
            if days:
                await session.execute("booking.forget_sales_days", **values)
                await session.execute(
                    "booking.count_sales_days",
                    statuses=list(OF_CUSTOMERS),
                    amount_max=SALES_AMOUNT_MAX,
                    **values,
                )
        return len(days)
