"""Schedules: when an offering takes place, in wall time at its venue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.limits import CAPACITY_MAX
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.entrypoints.api import refusals
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.offerings import offering_of
from fullhouse.entrypoints.api.operation import Body, Operation, Success
from fullhouse.entrypoints.api.responses import json_response, no_content
from fullhouse.entrypoints.api.shapes import Strict, uuid_of
from fullhouse.entrypoints.api.writes import Writes
from fullhouse.entrypoints.http.response import AnyResponse, Response
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import IdempotencyKeyReused
from fullhouse.scheduling.actions.add_schedule import AddSchedule
from fullhouse.scheduling.actions.change_schedule import ChangeSchedule
from fullhouse.scheduling.actions.end_schedule import EndSchedule
from fullhouse.scheduling.errors import UnknownSchedule
from fullhouse.scheduling.limits import (
    DURATION_MINUTES_MAX,
    MATERIALISE_DAYS_AHEAD,
    RULE_CHARACTERS_MAX,
    TIMES_LISTED_MAX,
)
from fullhouse.scheduling.model.closures import HolidaysUnknown
from fullhouse.scheduling.model.recurrence import RuleInvalid, TooManySlots
from fullhouse.scheduling.model.schedule import Schedule, ScheduleInvalid, ScheduleSpec
from fullhouse.scheduling.reads.schedules import schedules_of_offering
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork

WallTime = Annotated[
    str,
    Meta(
        pattern=r"^[12][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]$",
        description="What the clock at the venue shows, without an offset: `2027-06-12T08:30`.",
        examples=["2027-06-12T08:30"],
    ),
]
WallTimes = Annotated[tuple[WallTime, ...], Meta(max_length=TIMES_LISTED_MAX)]


class ScheduleFields(Strict, frozen=True):
    """When slots start, how long they are and how many places each has."""

    starts_at: WallTime
    duration_minutes: Annotated[int, Meta(ge=1, le=DURATION_MINUTES_MAX)]
    capacity: Annotated[int, Meta(ge=1, le=CAPACITY_MAX)]
    rule: Annotated[
        str,
        Meta(
            max_length=RULE_CHARACTERS_MAX,
            description="An RFC 5545 recurrence rule; left out, the slot takes place once.",
        ),
    ] = ""
    rdates: WallTimes = ()
    exdates: WallTimes = ()
    closed_on_holidays: Annotated[
        bool, Meta(description="On public holidays its slots are closed.")
    ] = False

    def read(self) -> ScheduleSpec:
        """Raises `InvalidFields` for a time that no calendar has."""
        return ScheduleSpec(
            starts_at=wall_time(self.starts_at, "starts_at"),
            rule=self.rule,
            duration_minutes=self.duration_minutes,
            capacity=self.capacity,
            rdates=tuple(wall_time(text, "rdates") for text in self.rdates),
            exdates=tuple(wall_time(text, "exdates") for text in self.exdates),
            closed_on_holidays=self.closed_on_holidays,
        )


class ScheduleAnswer(msgspec.Struct, frozen=True):
    """A schedule as it stands."""

    id: UUID
    starts_at: str
    duration_minutes: int
    capacity: int
    rule: str
    rdates: tuple[str, ...]
    exdates: tuple[str, ...]
    closed_on_holidays: bool


class SchedulesAnswer(msgspec.Struct, frozen=True):
    """An offering's schedules in the order in which they were added."""

    schedules: tuple[ScheduleAnswer, ...]


_decoder: Final = msgspec.json.Decoder(ScheduleFields)
_EXAMPLE_FIELDS: Final = {
    "starts_at": "2027-06-12T08:30",
    "duration_minutes": 30,
    "capacity": 20,
    "rule": "FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=8,9,10,11;BYMINUTE=0,30;UNTIL=20270801T000000Z",
}
_EXAMPLE: Final = {
    "id": "01977f6e-8800-7000-8000-000000000011",
    **_EXAMPLE_FIELDS,
    "rdates": [],
    "exdates": [],
    "closed_on_holidays": False,
}
_BODY: Final = Body(shape=ScheduleFields, examples={"weekend mornings": _EXAMPLE_FIELDS})
_REFUSED: Final = (ScheduleInvalid, RuleInvalid, TooManySlots, HolidaysUnknown)


@dataclass(frozen=True, slots=True)
class Schedules:
    """Adds, changes and ends schedules; the slots follow in the same transaction."""

    callers: Callers
    database: Database
    catalogue: CachedCatalogue
    add_schedule: AddSchedule
    change_schedule: ChangeSchedule
    end_schedule: EndSchedule
    writes: Writes

    def operations(self) -> Sequence[Operation]:
        below, one = "/api/v1/{org}/offerings/{slug}/schedules", "/api/v1/{org}/schedules/{id}"
        return (*self._below_offering(below), *self._of_one(one))

    def _below_offering(self, path: str) -> Sequence[Operation]:
        return (
            Operation(
                method="GET",
                path=path,
                name="schedules",
                tag="Set-up",
                summary="When an offering takes place",
                access="owner",
                handler=self.list,
                successes=[Success(status=200, words="All schedules.", shape=SchedulesAnswer)],
                problems=[UnknownOffering],
            ),
            Operation(
                method="POST",
                path=path,
                name="addSchedule",
                tag="Set-up",
                summary="Add a schedule",
                description=f"Its slots of the next {MATERIALISE_DAYS_AHEAD} days are there "
                "at once, the others as their time comes nearer.",
                access="owner",
                handler=self.add,
                body=_BODY,
                successes=[
                    Success(status=201, words="Added.", shape=ScheduleAnswer, example=_EXAMPLE),
                    Success(status=200, words="Added before, by this key.", shape=ScheduleAnswer),
                ],
                problems=[UnknownOffering, IdempotencyKeyReused, *_REFUSED],
            ),
        )

    def _of_one(self, path: str) -> Sequence[Operation]:
        return (
            Operation(
                method="PUT",
                path=path,
                name="changeSchedule",
                tag="Set-up",
                summary="Change a schedule",
                description="Slots with guests that no longer fit stay: see `slotsToLookAt`.",
                access="owner",
                handler=self.change,
                body=_BODY,
                successes=[
                    Success(
                        status=200,
                        words="The schedule now.",
                        shape=ScheduleAnswer,
                        example=_EXAMPLE,
                    )
                ],
                problems=[UnknownSchedule, *_REFUSED],
            ),
            Operation(
                method="DELETE",
                path=path,
                name="endSchedule",
                tag="Set-up",
                summary="End a schedule",
                description="Slots with guests stay, closed to new ones: see `slotsToLookAt`.",
                access="owner",
                handler=self.end,
                successes=[Success(status=204, words="Ended.")],
                problems=[UnknownSchedule],
            ),
        )

    async def list(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        offering = await offering_of(request, asked, self.catalogue)
        found = await self._schedules(asked, offering.offering_id)
        return json_response(SchedulesAnswer(tuple(_answer(s.schedule_id, s) for s in found)))

    async def add(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        spec = (await request.json(_decoder)).read()
        offering = await offering_of(request, asked, self.catalogue)

        async def work(uow: UnitOfWork) -> Response:
            schedule_id, _ = await self.add_schedule(uow, offering.offering_id, spec)
            return json_response(_answer(schedule_id, spec), status=201)

        return await self.writes(request, asked, work)

    async def change(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        schedule_id = _schedule_id(request)
        spec = (await request.json(_decoder)).read()

        async def work(uow: UnitOfWork) -> Response:
            await self.change_schedule(uow, schedule_id, spec)
            return json_response(_answer(schedule_id, spec))

        return await self.writes(request, asked, work)

    async def end(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        schedule_id = _schedule_id(request)

        async def work(uow: UnitOfWork) -> Response:
            await self.end_schedule(uow, schedule_id)
            return no_content()

        return await self.writes(request, asked, work)

    async def _schedules(self, asked: OrgContext, offering_id: OfferingId) -> Sequence[Schedule]:
        async with self.database.session() as session:
            return await schedules_of_offering(session, asked.org_id, offering_id)


def wall_time(text: str, field: str) -> datetime:
    """Raises `InvalidFields` naming `field`."""
    try:
        return datetime.fromisoformat(text)  # naive on purpose: the venue's zone gives it meaning
    except ValueError:
        raise refusals.one_field(field, f"{text} is no day and time.") from None


def spelled(wall: datetime) -> str:
    return wall.isoformat(timespec="minutes")


def _answer(schedule_id: UUID, shape: ScheduleSpec) -> ScheduleAnswer:
    return ScheduleAnswer(
        id=schedule_id,
        starts_at=spelled(shape.starts_at),
        duration_minutes=shape.duration_minutes,
        capacity=shape.capacity,
        rule=shape.rule,
        rdates=tuple(map(spelled, shape.rdates)),
        exdates=tuple(map(spelled, shape.exdates)),
        closed_on_holidays=shape.closed_on_holidays,
    )


def _schedule_id(request: ApiRequest) -> ScheduleId:
    return ScheduleId(uuid_of(request.path["id"], UnknownSchedule()))
