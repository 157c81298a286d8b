"""Release a hold: give its places back before its time is over."""

from dataclasses import dataclass

from fullhouse.booking import events
from fullhouse.booking.actions.answering import Answer
from fullhouse.booking.actions.changing import Change, Changing, Seen, require_status
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Gives held places back; who was offered a place so declines it and leaves the list."""

    changing: Changing

    async def __call__(
        self, org_id: OrgId, hold_id: BookingId, *, caller: Caller
    ) -> Answer[BookingOutcome]:
        """The released hold; raises `HoldExpired` and what `Changing` raises."""

        def decide(seen: Seen) -> Change:
            require_status(seen.booking, "held", "released")
            return Change(
                verb="release",
                statuses=("held",),
                status="released",
                event=events.HOLD_RELEASED,
                gives=True,
                waiting_status="left" if seen.booking.entry_id else None,
            )

        return await self.changing(org_id, hold_id, caller=caller, decide=decide)
