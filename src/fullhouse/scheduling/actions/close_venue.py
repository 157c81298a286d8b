"""Close a venue for a time: nobody new is let in, and those who are booked are pointed out."""

from dataclasses import dataclass
from datetime import datetime

from fullhouse.booking.actions.telling import Deed, Fact, record
from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.model import VenueId
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.scheduling import events
from fullhouse.scheduling.materialisation import MaterialisationResult, materialise, offerings_at
from fullhouse.scheduling.model.closures import Closure, ClosureId, check_closure
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class NewClosure:
    """Shut in `[starts_at, ends_at)` of the venue's wall time; guests read the reason."""

    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class CloseVenue:
    """Adds a closure; every slot that it touches is closed, in all offerings of the venue."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(
        self, org_id: OrgId, venue_id: VenueId, new: NewClosure, *, caller: Caller
    ) -> tuple[ClosureId, tuple[MaterialisationResult, ...]]:
        """The closure's id, by which it is taken back, and what became of each offering's slots.

        Raises `ClosureInvalid` and `UnknownVenue`.
        """
        closure_id = ClosureId(self.ids.uuid())
        closure = Closure(new.starts_at, new.ends_at, new.reason, "owner", str(closure_id))
        check_closure(closure)
        deed = Deed(org_id, caller, self.clock.now())
        async with self.database.transaction() as session:
            if await venue_by_id(session, org_id, venue_id) is None:
                raise UnknownVenue(venue=venue_id)
            await session.execute(
                "scheduling.close_venue",
                org_id=org_id,
                closure_id=closure_id,
                venue_id=venue_id,
                starts_at=closure.starts_at,
                ends_at=closure.ends_at,
                reason=closure.reason,
                uid=closure.uid,
            )
            data = {
                "closure_id": closure_id,
                "starts_at": closure.starts_at,
                "ends_at": closure.ends_at,
                "reason": closure.reason,
            }
            await record(session, deed, [Fact(events.VENUE_CLOSED, venue_id, data)])
            offerings = await offerings_at(session, org_id, venue_id)
            done = await materialise(session, deed, offerings)
        return closure_id, done
