"""The days of availability that all processes share."""

from datetime import date
from typing import Final

import msgspec

from fullhouse.booking.availability.days import Day, DayKey
from fullhouse.booking.model.offering import OfferingId
from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.shared_cache import SharedCache, SharedValues, StoredValue

SharedDayCache = SharedCache[DayKey, Day]
CACHE_NAME: Final = "availability_days"


def scope(org_id: OrgId, offering_id: OfferingId, day: date | None) -> tuple[object, ...]:
    """The scope of a change: one day of UTC, or all days of the offering."""
    return (org_id, offering_id, day)


SHARED_DAYS: Final[SharedValues[DayKey, Day]] = SharedValues(
    cache=CACHE_NAME,
    name_of=lambda key: f"{key.org_id}:{key.offering_id}:{key.day}",
    scopes_of=lambda key: (scope(*key), scope(key.org_id, key.offering_id, None)),
    ttl_seconds=Day.ttl_seconds,
    decode=msgspec.msgpack.Decoder(StoredValue[Day]).decode,
)
