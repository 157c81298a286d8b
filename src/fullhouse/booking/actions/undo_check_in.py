"""Undo a check-in, or a no-show, that was noted by mistake: for a minute."""

from dataclasses import dataclass

from fullhouse.booking import events
from fullhouse.booking.actions.answering import Answer
from fullhouse.booking.actions.changing import Change, Changing, Seen, require_within_a_minute
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class UndoCheckIn:
    """Puts an arrival or a no-show back to *expected*."""

    changing: Changing

    async def __call__(
        self, org_id: OrgId, booking_id: BookingId, *, caller: Caller
    ) -> Answer[BookingOutcome]:
        """The booking, expected again; raises `TooLateToUndo` and as `Changing`."""
        noted_at = [
            at
            for kind in (events.CHECKED_IN, events.NO_SHOW)
            if (at := await self.changing.last_told(org_id, booking_id, kind)) is not None
        ]

        def decide(seen: Seen) -> Change:
            require_within_a_minute(max(noted_at, default=None), seen.now)
            return Change(
                verb="undo check-in",
                statuses=("checked_in", "no_show"),
                status="confirmed",
                event=events.CHECK_IN_UNDONE,
            )

        return await self.changing(org_id, booking_id, caller=caller, decide=decide)
