"""Schedules: when an offering takes place, in wall time at its venue."""

from dataclasses import dataclass
from typing import ClassVar, Final

from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.entrypoints.inputs.offerings import ScheduleRequest
from fullhouse.entrypoints.outputs.schedules import (
    SavedScheduleResponse,
    ScheduleListResponse,
    ScheduleResponse,
    ScheduleTimesResponse,
)
from fullhouse.http.operations.bodies import Patch
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Created
from fullhouse.kernel.context import Permission
from fullhouse.scheduling.actions.add_schedule import AddSchedule
from fullhouse.scheduling.actions.change_schedule import ChangeSchedule
from fullhouse.scheduling.actions.end_schedule import EndSchedule
from fullhouse.scheduling.errors import TooManySchedules
from fullhouse.scheduling.materialisation import MaterialisationResult, lock_schedule
from fullhouse.scheduling.model.public_holidays import HolidaysUnknown
from fullhouse.scheduling.model.recurrence import RuleInvalid
from fullhouse.scheduling.model.rule_expansion import TooManySlots
from fullhouse.scheduling.model.schedule import Schedule, ScheduleInvalid
from fullhouse.scheduling.reads.schedules import schedules_of_offering
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork

_INVALID: Final = (RuleInvalid, ScheduleInvalid, TooManySlots, TooManySchedules, HolidaysUnknown)
"""Errors of a schedule that cannot take place."""


@dataclass(frozen=True, slots=True)
class Schedules:
    """Slots follow their schedule in the same transaction."""

    database: Database
    catalogue: CachedCatalogue
    add: AddSchedule
    change: ChangeSchedule
    end: EndSchedule
    tag: ClassVar[str] = "Schedules"

    @operation("GET", "/api/v1/{org}/offerings/{slug}/schedules", allow=Permission.MANAGE_OFFERINGS)
    async def list_schedules(self, offering: Offering) -> ScheduleListResponse:
        """List the schedules of an offering."""
        async with self.database.session() as session:
            found = await schedules_of_offering(session, offering.org_id, offering.offering_id)
        return ScheduleListResponse(
            tuple(ScheduleResponse.of(one.schedule_id, one, version=one.version) for one in found)
        )

    @operation(
        "POST",
        "/api/v1/{org}/offerings/{slug}/schedules",
        allow=Permission.MANAGE_OFFERINGS,
        raises=_INVALID,
    )
    async def add_schedule(
        self, uow: UnitOfWork, offering: Offering, body: ScheduleRequest
    ) -> Created[SavedScheduleResponse]:
        """Add a schedule to an offering.

        Guests may book its times as many days ahead as the offering's `book_ahead_days` says, so
        `times` tells how many that are now, and from when the first can be booked.
        """
        spec = body.read()
        schedule_id, result = await self.add(uow, offering.offering_id, spec)
        times = await self._times(uow, offering.offering_id, schedule_id, result=result)
        return Created(SavedScheduleResponse.saved(schedule_id, spec, version=1, times=times))

    @operation(
        "PUT",
        "/api/v1/{org}/schedules/{id}",
        allow=Permission.MANAGE_OFFERINGS,
        raises=_INVALID,
    )
    async def change_schedule(
        self,
        uow: UnitOfWork,
        *,
        id: ScheduleId,
        body: ScheduleRequest,
        expected_version: int | None,
    ) -> SavedScheduleResponse:
        """Replace a schedule.

        Slots in use that no longer fit stay: see `listSlotsNeedingReview`.
        """
        current = await lock_schedule(uow.session, uow.org_id, id)
        return await self._change(uow, current, body=body, expected_version=expected_version)

    @operation(
        "PATCH",
        "/api/v1/{org}/schedules/{id}",
        allow=Permission.MANAGE_OFFERINGS,
        raises=_INVALID,
    )
    async def update_schedule(
        self,
        uow: UnitOfWork,
        *,
        id: ScheduleId,
        body: Patch[ScheduleRequest],
        expected_version: int | None,
    ) -> SavedScheduleResponse:
        """Change some fields of a schedule.

        A field left out stays. Send the `ETag` as `If-Match` to change what you have read.
        """
        current = await lock_schedule(uow.session, uow.org_id, id)
        changed = body.apply_to(ScheduleRequest.of(current))
        return await self._change(uow, current, body=changed, expected_version=expected_version)

    @operation("DELETE", "/api/v1/{org}/schedules/{id}", allow=Permission.MANAGE_OFFERINGS)
    async def end_schedule(
        self,
        uow: UnitOfWork,
        *,
        id: ScheduleId,
        expected_version: int | None,
    ) -> None:
        """End a schedule.

        Slots in use stay, closed to new bookings: see `listSlotsNeedingReview`.
        """
        await self.end(uow, id, expected_version=expected_version)

    async def _change(
        self,
        uow: UnitOfWork,
        current: Schedule,
        *,
        body: ScheduleRequest,
        expected_version: int | None,
    ) -> SavedScheduleResponse:
        spec, schedule_id = body.read(), current.schedule_id
        result = await self.change(uow, schedule_id, spec, expected_version=expected_version)
        times = await self._times(uow, current.offering_id, schedule_id, result=result)
        return SavedScheduleResponse.saved(
            schedule_id, spec, version=current.version + 1, times=times
        )

    async def _times(
        self,
        uow: UnitOfWork,
        offering_id: OfferingId,
        schedule_id: ScheduleId,
        *,
        result: MaterialisationResult,
    ) -> ScheduleTimesResponse:
        offering = await self.catalogue.offering_by_id(uow.org_id, offering_id)
        venue = await self.catalogue.venue(uow.org_id, offering.venue_id)
        return ScheduleTimesResponse.of(result.times[schedule_id], offering, venue.zone)
