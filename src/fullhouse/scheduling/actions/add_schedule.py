"""Add a schedule: say when an offering takes place, and have its slots at once."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fullhouse.booking.actions.telling import Deed, Fact, record
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.scheduling import events
from fullhouse.scheduling.materialisation import MaterialisationResult, materialise, venue_of
from fullhouse.scheduling.model.schedule import ScheduleSpec, check_spec, spec_columns
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class AddSchedule:
    """Adds a schedule to an offering and materialises it, together or not at all."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(
        self, org_id: OrgId, offering_id: OfferingId, shape: ScheduleSpec, *, caller: Caller
    ) -> tuple[ScheduleId, MaterialisationResult]:
        """The new schedule's id and what became of the slots.

        Raises `UnknownOffering`, `RuleInvalid`, `ScheduleInvalid`, `TooManySlots` and
        `HolidaysUnknown`.
        """
        schedule_id = ScheduleId(self.ids.uuid())
        deed = Deed(org_id, caller, self.clock.now())
        async with self.database.transaction() as session:
            venue = await venue_of(session, org_id, offering_id)
            check_spec(shape, ZoneInfo(venue.zone))
            await session.execute(
                "scheduling.add_schedule",
                org_id=org_id,
                schedule_id=schedule_id,
                offering_id=offering_id,
                **spec_columns(shape),
            )
            fact = Fact(
                events.SCHEDULE_ADDED,
                schedule_id,
                {"offering_id": offering_id, **spec_columns(shape)},
            )
            await record(session, deed, [fact])
            (done,) = await materialise(session, deed, [offering_id])
        return schedule_id, done
