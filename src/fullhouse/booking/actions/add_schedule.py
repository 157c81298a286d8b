"""Add a schedule: say when an offering takes place, and have its slots at once."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fullhouse.booking import events
from fullhouse.booking.actions.materialising import Materialised, materialise, venue_of
from fullhouse.booking.actions.telling import Deed, Fact, facts_of_shape, record
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.model.schedule import ScheduleId, ScheduleShape, check_shape
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class AddSchedule:
    """Adds a schedule to an offering and materialises it, together or not at all."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(
        self, org_id: OrgId, offering_id: OfferingId, shape: ScheduleShape, *, caller: Caller
    ) -> tuple[ScheduleId, Materialised]:
        """The new schedule's id and what became of the slots.

        Raises `UnknownOffering`, `RuleInvalid`, `ScheduleInvalid`, `TooManySlots` and
        `HolidaysUnknown`.
        """
        schedule_id = ScheduleId(self.ids.uuid())
        deed = Deed(org_id, caller, self.clock.now())
        async with self.database.transaction() as session:
            venue = await venue_of(session, org_id, offering_id)
            check_shape(shape, ZoneInfo(venue.zone))
            await session.execute(
                "booking.add_schedule",
                org_id=org_id,
                schedule_id=schedule_id,
                offering_id=offering_id,
                **facts_of_shape(shape),
            )
            fact = Fact(
                events.SCHEDULE_ADDED,
                schedule_id,
                {"offering_id": offering_id, **facts_of_shape(shape)},
            )
            await record(session, deed, [fact])
            (done,) = await materialise(session, deed, [offering_id])
        return schedule_id, done
