"""Close a venue for a time; nobody new can book then, and existing bookings are pointed out."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fullhouse.kernel.ids import Ids
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.model import VenueId
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.scheduling.events import VenueClosed
from fullhouse.scheduling.materialisation import (
    MaterialisationResult,
    materialise,
    offerings_at,
    require_room_for_closures,
)
from fullhouse.scheduling.model.closures import (
    Closure,
    ClosureId,
    ClosureInvalid,
    check_closure,
)
from fullhouse.scheduling.model.wall_time import instant_from, instant_until
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class NewClosure:
    """Closed in `[starts_at, ends_at)` of the venue's wall time; customers read the reason."""

    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class CloseVenue:
    """Adds a closure; every slot that overlaps it is closed, in all offerings of the venue."""

    ids: Ids

    async def __call__(
        self, uow: UnitOfWork, venue_id: VenueId, new: NewClosure
    ) -> tuple[ClosureId, tuple[MaterialisationResult, ...]]:
        """The closure's id, by which it is taken back, and what became of each offering's slots.

        Raises `ClosureInvalid`, `TooManyClosures` and `UnknownVenue`.
        """
        closure_id = ClosureId(self.ids.uuid())
        closure = Closure(new.starts_at, new.ends_at, new.reason, "owner", str(closure_id))
        check_closure(closure)
        venue = await venue_by_id(uow.session, uow.org_id, venue_id)
        if venue is None:
            raise UnknownVenue(venue=venue_id)
        zone = ZoneInfo(venue.zone)
        starts_at, ends_at = instant_from(new.starts_at, zone), instant_until(new.ends_at, zone)
        if ends_at <= max(starts_at, uow.now):
            message = "This closure is over, or the clocks skip it. Name a time to come."
            raise ClosureInvalid(message, field="ends_at")
        await uow.session.execute(
            "scheduling.close_venue",
            org_id=uow.org_id,
            closure_id=closure_id,
            venue_id=venue_id,
            starts_at=closure.starts_at,
            ends_at=closure.ends_at,
            reason=closure.reason,
            uid=closure.uid,
        )
        await require_room_for_closures(uow, venue)
        uow.record(
            venue_id,
            VenueClosed(
                closure_id=closure_id,
                starts_at=closure.starts_at,
                ends_at=closure.ends_at,
                reason=closure.reason,
            ),
        )
        offerings = await offerings_at(uow.session, uow.org_id, venue_id)
        return closure_id, await materialise(uow, offerings)
