"""Mark a no-show: the party did not come, and its places stay its own."""

from dataclasses import dataclass

from fullhouse.booking import events
from fullhouse.booking.actions.answering import Answer
from fullhouse.booking.actions.changing import Change, Changing, Seen
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class MarkNoShow:
    """Notes that a party did not come; it may still be checked in when it does."""

    changing: Changing

    async def __call__(
        self, org_id: OrgId, booking_id: BookingId, *, caller: Caller
    ) -> Answer[BookingOutcome]:
        """The booking; raises the error of a status that does not allow it, and as `Changing`."""

        def decide(_: Seen) -> Change:
            return Change(
                verb="no-show",
                statuses=("confirmed",),
                status="no_show",
                event=events.NO_SHOW,
            )

        return await self.changing(org_id, booking_id, caller=caller, decide=decide)
