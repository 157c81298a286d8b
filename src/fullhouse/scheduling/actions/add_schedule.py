"""Add a schedule to an offering and make its slots."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.kernel.ids import Ids
from fullhouse.scheduling.events import ScheduleAdded
from fullhouse.scheduling.materialisation import MaterialisationResult, materialise, venue_of
from fullhouse.scheduling.model.schedule import ScheduleSpec, check_spec, spec_columns
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
        venue = await venue_of(uow.session, uow.org_id, offering_id)
        check_spec(spec, ZoneInfo(venue.zone))
        await uow.session.execute(
            "scheduling.add_schedule",
            org_id=uow.org_id,
            schedule_id=schedule_id,
            offering_id=offering_id,
            **spec_columns(spec),
        )
        uow.record(schedule_id, ScheduleAdded(offering_id=offering_id, spec=spec_columns(spec)))
        (result,) = await materialise(uow, [offering_id])
        return schedule_id, result
