"""Release a hold: give its places back before it expires."""

from dataclasses import dataclass

from fullhouse.booking.events import HoldReleased
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.updates import (
    BookingSnapshot,
    BookingUpdater,
    StatusChange,
    require_status,
    status_event,
)
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Gives held places back; a guest who was offered the places so leaves the waiting list."""

    updater: BookingUpdater

    async def __call__(
        self, org_id: OrgId, hold_id: BookingId, *, context: RequestContext
    ) -> Result[BookingOutcome]:
        """Return the released hold; raises `HoldHasExpired`, and as the updater."""

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            require_status(snapshot.booking, "release")
            return StatusChange(
                verb="release",
                event=status_event(HoldReleased),
                releases_current=True,
                entry_verb="decline" if snapshot.booking.entry_id else None,
            )

        return await self.updater(org_id, hold_id, context=context, decide=decide)
