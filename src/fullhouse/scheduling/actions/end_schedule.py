"""End a schedule: from now on it makes no slots, and the empty ones to come are gone."""

from dataclasses import dataclass

from fullhouse.booking.actions.telling import Deed, Fact, record
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.scheduling import errors, events
from fullhouse.scheduling.materialisation import MaterialisationResult, materialise
from fullhouse.scheduling.model.schedule import Schedule, spec_columns
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class EndSchedule:
    """Ends a schedule; slots that somebody is in stay, closed to new guests, to be looked at."""

    database: Database
    clock: Clock

    async def __call__(
        self, org_id: OrgId, schedule_id: ScheduleId, *, caller: Caller
    ) -> MaterialisationResult:
        """What became of the slots. Raises `UnknownSchedule`."""
        deed = Deed(org_id, caller, self.clock.now())
        async with self.database.transaction() as session:
            ended = await session.fetch_one(
                "scheduling.end_schedule", Schedule, org_id=org_id, schedule_id=schedule_id
            )
            if ended is None:
                raise errors.UnknownSchedule(schedule=schedule_id)
            data = {"offering_id": ended.offering_id, "before": spec_columns(ended)}
            await record(session, deed, [Fact(events.SCHEDULE_ENDED, schedule_id, data)])
            (done,) = await materialise(session, deed, [ended.offering_id])
        return done
