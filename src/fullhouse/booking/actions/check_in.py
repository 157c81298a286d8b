"""Check a party in: it has arrived."""

from dataclasses import dataclass

from fullhouse.booking import events
from fullhouse.booking.actions.answering import Answer
from fullhouse.booking.actions.changing import Change, Changing, Seen
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Notes that a party has arrived. A ticket shown twice is told so."""

    changing: Changing

    async def __call__(
        self, org_id: OrgId, booking_id: BookingId, *, caller: Caller
    ) -> Answer[BookingOutcome]:
        """The booking; raises `AlreadyCheckedIn`, `AlreadyCancelled`, and as `Changing`."""

        def decide(_: Seen) -> Change:
            return Change(
                verb="check in",
                statuses=("confirmed", "no_show"),
                status="checked_in",
                event=events.CHECKED_IN,
                repeatable=False,
            )

        return await self.changing(org_id, booking_id, caller=caller, decide=decide)
