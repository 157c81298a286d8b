"""End a schedule: it makes no more slots, and its coming slots that nobody uses are deleted."""

from dataclasses import dataclass

from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.kernel.errors import VersionConflict
from fullhouse.scheduling.errors import UnknownSchedule
from fullhouse.scheduling.events import ScheduleEnded
from fullhouse.scheduling.materialisation import MaterialisationResult, materialise
from fullhouse.scheduling.model.schedule import Schedule, spec_columns
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class EndSchedule:
    """Ends a schedule; slots in use stay, closed to new bookings, for the owner to look at."""

    async def __call__(
        self, uow: UnitOfWork, schedule_id: ScheduleId, *, expected_version: int | None = None
    ) -> MaterialisationResult:
        """What became of the slots.

        Raises `UnknownSchedule`, and `VersionConflict` when somebody has changed the schedule since
        `expected_version`.
        """
        ended = await uow.session.fetch_one(
            "scheduling.end_schedule", Schedule, org_id=uow.org_id, schedule_id=schedule_id
        )
        if ended is None:
            raise UnknownSchedule(schedule=schedule_id)
        if expected_version not in {None, ended.version}:
            raise VersionConflict(version=ended.version)
        uow.record(
            schedule_id, ScheduleEnded(offering_id=ended.offering_id, before=spec_columns(ended))
        )
        (result,) = await materialise(uow, [ended.offering_id])
        return result
