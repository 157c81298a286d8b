"""Reopen a venue: take a closure back, and offer again what it had closed."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.booking.actions.telling import Deed, Fact, record
from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.people.model import VenueId
from fullhouse.scheduling import errors, events
from fullhouse.scheduling.materialisation import MaterialisationResult, materialise, offerings_at
from fullhouse.scheduling.model.closures import ClosureId
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class ReopenVenue:
    """Removes one closure. One that came of a calendar comes back when that is imported again."""

    database: Database
    clock: Clock

    async def __call__(
        self, org_id: OrgId, closure_id: ClosureId, *, caller: Caller
    ) -> tuple[MaterialisationResult, ...]:
        """What became of each offering's slots. Raises `UnknownClosure`."""
        deed = Deed(org_id, caller, self.clock.now())
        async with self.database.transaction() as session:
            found = await session.fetch_value(
                "scheduling.reopen_venue", UUID, org_id=org_id, closure_id=closure_id
            )
            if found is None:
                raise errors.UnknownClosure(closure=closure_id)
            venue_id = VenueId(found)
            fact = Fact(events.VENUE_REOPENED, venue_id, {"closure_id": closure_id})
            await record(session, deed, [fact])
            offerings = await offerings_at(session, org_id, venue_id)
            return await materialise(session, deed, offerings)
