"""An offering's slots of one day of UTC: the unit that is read, cached and shared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from fullhouse.booking.limits import AVAILABILITY_TTL_SECONDS
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import Slot
from fullhouse.kernel.ids import OrgId

_DAY_BYTES: Final = 400
_SLOT_BYTES: Final = 400
"""Memory of a day with its entry in the cache, and of each of its slots, as measured."""


class DayKey(NamedTuple):
    """The key of a day in the caches."""

    org_id: OrgId
    offering_id: OfferingId
    day: date


@dataclass(frozen=True, slots=True)
class Day:
    """The slots of a day in order of time, as they stood at `as_of`."""

    slots: tuple[Slot, ...]
    as_of: datetime

    def size(self) -> int:
        """Return the bytes of memory that it takes, about."""
        return _DAY_BYTES + _SLOT_BYTES * len(self.slots)

    def ttl_seconds(self, now: datetime) -> float:
        """Return the seconds until the day must be read again; not above 0 when it must."""
        return ttl_of(self.slots, self.as_of) - (now - self.as_of).total_seconds()


def ttl_of(slots: Sequence[Slot], read_at: datetime) -> float:
    """Return the seconds until a hold expires, which notifies nobody; at most the cache's limit."""
    expiries = [slot.next_expiry for slot in slots if slot.next_expiry is not None]
    latest = read_at + timedelta(seconds=AVAILABILITY_TTL_SECONDS)
    return (min([latest, *expiries]) - read_at).total_seconds()
