"""Reopen a venue: take a closure back, and offer again what it had closed."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.people.model import VenueId
from fullhouse.scheduling.closure_notices import lock_notices, tell_reopened
from fullhouse.scheduling.errors import UnknownClosure
from fullhouse.scheduling.events import VenueReopened
from fullhouse.scheduling.materialisation import MaterialisationResult, materialise, offerings_at
from fullhouse.scheduling.model.closures import ClosureId
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ReopenedVenue:
    """What became of each offering's slots, and of those who were to be told.

    `stopped` were not told yet, and never will be. `told` had been, and are told of this too.
    """

    slots: tuple[MaterialisationResult, ...]
    stopped: int
    told: int


@dataclass(frozen=True, slots=True)
class ReopenVenue:
    """Removes one closure. One from a calendar comes back with the calendar's next import."""

    async def __call__(self, uow: UnitOfWork, closure_id: ClosureId) -> ReopenedVenue:
        """Open the times again. What was cancelled stays so. Raises `UnknownClosure`."""
        withdrawn = await lock_notices(uow, closure_id)
        found = await uow.session.fetch_value(
            "scheduling.reopen_venue", UUID, org_id=uow.org_id, closure_id=closure_id
        )
        if found is None:
            raise UnknownClosure(
                closure=closure_id,
            )
        venue_id = VenueId(found)
        uow.record(venue_id, VenueReopened(closure_id=closure_id))
        slots = await materialise(uow, await offerings_at(uow.session, uow.org_id, venue_id))
        told = await tell_reopened(uow, withdrawn, closure_id)
        return ReopenedVenue(slots, withdrawn.stopped, told)
