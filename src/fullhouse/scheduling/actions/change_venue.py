"""Change a venue; the slots of its offerings follow its public holidays."""

from dataclasses import dataclass

from fullhouse.people.actions.change_venue import ChangeVenueDetails
from fullhouse.people.model import Venue
from fullhouse.scheduling.materialisation import materialise, offerings_at
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChangeVenue:
    """Writes the venue, and plans its slots anew when it is in another country or part of one."""

    change_details: ChangeVenueDetails

    async def __call__(
        self, uow: UnitOfWork, changed: Venue, *, expected_version: int | None = None
    ) -> Venue:
        """Raises as `ChangeVenueDetails`, and `HolidaysUnknown`."""
        offerings = await offerings_at(uow.session, uow.org_id, changed.venue_id)
        before, after = await self.change_details(
            uow, changed, offerings=offerings, expected_version=expected_version
        )
        if (before.country, before.subdivision) != (after.country, after.subdivision):
            await materialise(uow, offerings)
        return after
