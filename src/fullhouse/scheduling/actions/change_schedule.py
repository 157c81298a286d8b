"""Change a schedule: its coming slots follow, and nobody who has a place loses it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fullhouse.booking.actions.telling import Deed, Fact, record
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.scheduling import errors, events
from fullhouse.scheduling.materialisation import MaterialisationResult, materialise, venue_of
from fullhouse.scheduling.model.schedule import Schedule, ScheduleSpec, check_spec, spec_columns
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class ChangeSchedule:
    """Gives a schedule another shape and brings the coming slots to it."""

    database: Database
    clock: Clock

    async def __call__(
        self, org_id: OrgId, schedule_id: ScheduleId, shape: ScheduleSpec, *, caller: Caller
    ) -> MaterialisationResult:
        """What became of the slots; those in use that no longer fit are in `off_schedule`.

        A new capacity goes to the slots that had the old one, but never below what is taken.
        Raises `UnknownSchedule`, `RuleInvalid`, `ScheduleInvalid`, `TooManySlots` and
        `HolidaysUnknown`.
        """
        deed = Deed(org_id, caller, self.clock.now())
        async with self.database.transaction() as session:
            before = await session.fetch_one(
                "scheduling.lock_schedule", Schedule, org_id=org_id, schedule_id=schedule_id
            )
            if before is None:
                raise errors.UnknownSchedule(schedule=schedule_id)
            venue = await venue_of(session, org_id, before.offering_id)
            check_spec(shape, ZoneInfo(venue.zone))
            await session.execute(
                "scheduling.change_schedule",
                org_id=org_id,
                schedule_id=schedule_id,
                **spec_columns(shape),
            )
            changes = {
                "offering_id": before.offering_id,
                "before": spec_columns(before),
                "after": spec_columns(shape),
            }
            await record(session, deed, [Fact(events.SCHEDULE_CHANGED, schedule_id, changes)])
            (done,) = await materialise(
                session,
                deed,
                [before.offering_id],
                capacities_before={schedule_id: before.capacity},
            )
        return done
