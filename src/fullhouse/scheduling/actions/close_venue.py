"""Close a venue, or offerings of it, for a time: nobody new can book then, and guests are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.model.offering import OfferingId
from fullhouse.kernel.ids import Ids
from fullhouse.kernel.timespan import Timespan
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.model import Venue, VenueId
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.scheduling.closure_notices import add_notices, closed_span, touched_bookings
from fullhouse.scheduling.events import VenueClosed
from fullhouse.scheduling.materialisation import (
    MaterialisationResult,
    materialise,
    offerings_at,
    require_room_for_closures,
)
from fullhouse.scheduling.model.closure_notices import ClosureRemedy, TouchedBooking
from fullhouse.scheduling.model.closures import (
    Closure,
    ClosureId,
    ClosureInvalid,
    check_closure,
)
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class NewClosure:
    """Closed in `[starts_at, ends_at)` of the venue's wall time; customers read the reason.

    `offerings` are of the venue, all of it when it is empty. With `tell`, the guests who have
    booked are offered that.
    """

    starts_at: datetime
    ends_at: datetime
    reason: str
    offerings: tuple[OfferingId, ...] = ()
    tell: ClosureRemedy | None = None


@dataclass(frozen=True, slots=True)
class ClosedVenue:
    """A closure, what became of each offering's slots, and who will be told."""

    closure_id: ClosureId
    slots: tuple[MaterialisationResult, ...]
    told: tuple[TouchedBooking, ...]


@dataclass(frozen=True, slots=True)
class CloseVenue:
    """Adds a closure; every slot that overlaps it is closed.

    Guests who are told get their e-mails one after the other, from `CLOSURE_UNDO_SECONDS` on:
    until then `ReopenVenue` undoes all of it.
    """

    ids: Ids

    async def __call__(self, uow: UnitOfWork, venue_id: VenueId, new: NewClosure) -> ClosedVenue:
        """Close, and name by the closure's id how it is taken back.

        Raises `ClosureInvalid`, `TooManyClosures`, `TooManyToTell`, `UnknownOffering` and
        `UnknownVenue`.
        """
        closure_id = ClosureId(self.ids.uuid())
        venue, span, offerings = await self._checked(uow.session, uow, venue_id, new=new)
        await uow.session.execute(
            "scheduling.close_venue",
            org_id=uow.org_id,
            closure_id=closure_id,
            venue_id=venue_id,
            starts_at=new.starts_at,
            ends_at=new.ends_at,
            reason=new.reason,
            offering_ids=new.offerings,
            uid=str(closure_id),
        )
        await require_room_for_closures(uow, venue)
        closed = VenueClosed(
            closure_id=closure_id,
            starts_at=new.starts_at,
            ends_at=new.ends_at,
            reason=new.reason,
            offerings=new.offerings,
            tell=new.tell,
        )
        uow.record(venue_id, closed)
        slots = await materialise(uow, offerings)
        told: Sequence[TouchedBooking] = ()
        if new.tell is not None:
            told = await touched_bookings(
                uow.session, venue, span, offerings=offerings, remedy=new.tell, now=uow.now
            )
            await add_notices(uow, closure_id, told, remedy=new.tell)
        return ClosedVenue(closure_id, slots, tuple(told))

    async def preview(
        self, uow: UnitOfWork, venue_id: VenueId, new: NewClosure
    ) -> list[TouchedBooking]:
        """Who has booked at these times, and would be told; nothing is changed. Raises as it does.

        Also for a closure that tells nobody.
        """
        venue, span, offerings = await self._checked(uow.session, uow, venue_id, new=new)
        remedy = new.tell or "move"
        return await touched_bookings(
            uow.session, venue, span, offerings=offerings, remedy=remedy, now=uow.now
        )

    async def _checked(
        self, session: Session, uow: UnitOfWork, venue_id: VenueId, *, new: NewClosure
    ) -> tuple[Venue, Timespan, list[OfferingId]]:
        check_closure(Closure(new.starts_at, new.ends_at, new.reason, "owner", ""))
        venue = await venue_by_id(session, uow.org_id, venue_id)
        if venue is None:
            raise UnknownVenue(venue=venue_id)
        span = closed_span(new.starts_at, new.ends_at, venue)
        if span is None or span.end <= uow.now:
            message = "This closure is over, or the clocks skip it. Name a time to come."
            raise ClosureInvalid(message, field="ends_at")
        of_venue = await offerings_at(session, uow.org_id, venue_id)
        for offering_id in new.offerings:
            if offering_id not in of_venue:
                raise UnknownOffering(offering=offering_id)
        return venue, span, [one for one in of_venue if one in (new.offerings or of_venue)]
