"""Values that response structs share.

Instants have the offset of the venue, money is in minor units.
"""

from functools import cache
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from fullhouse.booking.model.outcomes import BookedSlot
from fullhouse.kernel.timespan import Instant

Url = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
TOKEN_EXAMPLE: Final = "Jx4vQe8nT2mKb7RwZs1LpA"  # noqa: S105 - of no link


class MoneyResponse(msgspec.Struct, frozen=True):
    """An amount in the minor units of ISO 4217: 1200 is 12.00 USD, 12.00 RSD or 1200 JPY."""

    amount: int
    currency: str


class SlotResponse(msgspec.Struct, frozen=True):
    """A time that was booked, in the venue's own offset."""

    id: UUID
    starts_at: Instant
    ends_at: Instant

    @staticmethod
    def of(slot: BookedSlot, zone: ZoneInfo) -> "SlotResponse":
        starts_at, ends_at = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
        return SlotResponse(slot.slot_id, starts_at, ends_at)


SLOT_EXAMPLE: Final = {
    "id": "01977f6e-8c00-7000-8000-00000000002a",
    "starts_at": "2027-06-12T10:30:00-05:00",
    "ends_at": "2027-06-12T11:00:00-05:00",
}


@cache
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)
