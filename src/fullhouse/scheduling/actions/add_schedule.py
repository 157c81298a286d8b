"""Add a schedule to an offering and make its slots."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.kernel.ids import Ids
from fullhouse.scheduling.events import ScheduleAdded
from fullhouse.scheduling.limits import NEXT_TIME_YEARS_MAX
from fullhouse.scheduling.materialisation import (
    MaterialisationResult,
    materialise,
    offering_at_venue,
)
from fullhouse.scheduling.model.schedule import ScheduleInvalid, ScheduleSpec, spec_columns
from fullhouse.scheduling.model.schedule_checks import check_spec
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AddSchedule:
    """Adds a schedule and materialises it, together or not at all."""

    ids: Ids

    async def __call__(
        self, uow: UnitOfWork, offering_id: OfferingId, spec: ScheduleSpec
    ) -> tuple[ScheduleId, MaterialisationResult]:
        """The new schedule's id and what became of the slots.

        Raises `UnknownOffering`, `RuleInvalid`, `ScheduleInvalid`, `TooManySlots` and
        `HolidaysUnknown`.
        """
        schedule_id = ScheduleId(self.ids.uuid())
        offering, venue = await offering_at_venue(uow.session, uow.org_id, offering_id)
        check_spec(spec, offering, ZoneInfo(venue.zone))
        await uow.session.execute(
            "scheduling.add_schedule",
            org_id=uow.org_id,
            schedule_id=schedule_id,
            offering_id=offering_id,
            **spec_columns(spec),
        )
        uow.record(schedule_id, ScheduleAdded(offering_id=offering_id, spec=spec_columns(spec)))
        (result,) = await materialise(uow, [offering_id])
        if result.times[schedule_id].first is None:
            message = (
                "This schedule has no time to come: all are over, exceptions, skipped by the clocks"
                f" or more than {NEXT_TIME_YEARS_MAX} years ahead. Name a coming one."
            )
            raise ScheduleInvalid(message, field="rule" if spec.rule else "starts_at")
        return schedule_id, result
