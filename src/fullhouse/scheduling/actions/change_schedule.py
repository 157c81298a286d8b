"""Change a schedule; its coming slots follow, and nobody who has a place loses it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.kernel.errors import VersionConflict
from fullhouse.scheduling.events import ScheduleChanged
from fullhouse.scheduling.materialisation import (
    MaterialisationResult,
    lock_schedule,
    materialise,
    offering_at_venue,
)
from fullhouse.scheduling.model.schedule import ScheduleSpec, spec_columns
from fullhouse.scheduling.model.schedule_checks import check_spec
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChangeSchedule:
    """Gives a schedule another specification and brings the coming slots to it."""

    async def __call__(
        self,
        uow: UnitOfWork,
        schedule_id: ScheduleId,
        spec: ScheduleSpec,
        *,
        expected_version: int | None = None,
    ) -> MaterialisationResult:
        """What became of the slots; slots in use that no longer fit are in `off_schedule`.

        A new capacity goes to the slots that had the old one, but never below what is taken.
        Raises `UnknownSchedule`, `RuleInvalid`, `ScheduleInvalid`, `TooManySlots`,
        `HolidaysUnknown`, and `VersionConflict` when somebody has changed the schedule since
        `expected_version`.
        """
        before = await lock_schedule(uow.session, uow.org_id, schedule_id)
        if expected_version not in {None, before.version}:
            raise VersionConflict(version=before.version)
        offering, venue = await offering_at_venue(uow.session, uow.org_id, before.offering_id)
        check_spec(spec, offering, ZoneInfo(venue.zone))
        await uow.session.execute(
            "scheduling.change_schedule",
            org_id=uow.org_id,
            schedule_id=schedule_id,
            **spec_columns(spec),
        )
        uow.record(
            schedule_id,
            ScheduleChanged(
                offering_id=before.offering_id,
                before=spec_columns(before),
                after=spec_columns(spec),
            ),
        )
        (result,) = await materialise(
            uow, [before.offering_id], capacities_before={schedule_id: before.capacity}
        )
        return result
