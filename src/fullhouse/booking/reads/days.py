"""An offering's slots that start on one day of UTC: what is read, remembered and shared at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from fullhouse.booking.limits import AVAILABILITY_TTL_SECONDS
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import Slot
from fullhouse.kernel.ids import OrgId


class DayKey(NamedTuple):
    """Which offering's, and which day."""

    org_id: OrgId
    offering_id: OfferingId
    day: date


@dataclass(frozen=True, slots=True)
class Day:
    """Its slots in order of time, as they stood at `as_of`."""

    slots: tuple[Slot, ...]
    as_of: datetime

    def good_for(self, now: datetime) -> float:
        """Seconds until it must be read again, though nobody tells; not above 0 when it must."""
        return good_for(self.slots, self.as_of) - (now - self.as_of).total_seconds()


def good_for(slots: Sequence[Slot], read_at: datetime) -> float:
    """Seconds until a hold lapses, of which nobody will tell; at most the cache's own limit."""
    expiries = [slot.next_expiry for slot in slots if slot.next_expiry is not None]
    latest = read_at + timedelta(seconds=AVAILABILITY_TTL_SECONDS)
    return (min([latest, *expiries]) - read_at).total_seconds()
