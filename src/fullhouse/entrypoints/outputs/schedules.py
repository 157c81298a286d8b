"""Responses about schedules, closures and slots that the owner sets up."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec

from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.slot import SlotState
from fullhouse.entrypoints.inputs.offerings import (
    CLOSURE_EXAMPLE,
    SCHEDULE_EXAMPLE,
    ScheduleRequest,
)
from fullhouse.entrypoints.outputs.fields import SLOT_EXAMPLE, zone_of
from fullhouse.http.operations.bodies import ResponseBody, VersionedBody
from fullhouse.kernel.timespan import Instant
from fullhouse.scheduling.limits import SLOTS_NEEDING_REVIEW_MAX
from fullhouse.scheduling.materialisation import MaterialisationResult
from fullhouse.scheduling.model.closure_notices import (
    ClosureRemedy,
    ListedClosure,
    TouchedBooking,
)
from fullhouse.scheduling.model.closures import Closure
from fullhouse.scheduling.model.schedule import ScheduleSpec, ScheduleTimes
from fullhouse.scheduling.model.slot_review import SlotNeedingReview
from fullhouse.scheduling.model.wall_text import wall_text


class ScheduleResponse(VersionedBody, frozen=True, kw_only=True):
    """A schedule as it is stored."""

    example: ClassVar = {
        "id": "01977f6e-8800-7000-8000-000000000011",
        "version": 1,
        **SCHEDULE_EXAMPLE,
        "rdates": [],
        "exdates": [],
        "closed_on_holidays": False,
    }
    id: UUID
    starts_at: str
    duration_minutes: int
    capacity: int
    rule: str
    rdates: tuple[str, ...]
    exdates: tuple[str, ...]
    closed_on_holidays: bool

    @staticmethod
    def of(schedule_id: UUID, spec: ScheduleSpec, *, version: int) -> "ScheduleResponse":
        fields = msgspec.structs.asdict(ScheduleRequest.of(spec))
        return ScheduleResponse(id=schedule_id, version=version, **fields)


class ScheduleTimesResponse(msgspec.Struct, frozen=True):
    """What a schedule comes to as it stands.

    `bookable` and `closed` count the times so near that guests may book them: those that are open,
    and those that a closure or a holiday closes. `first_starts_at` is the first coming time, and
    `booking_opens_at` from when that can be booked; both are null when no time is to come.
    `skipped` are wall times that the clocks skip.
    """

    bookable: int
    closed: int
    first_starts_at: Instant | None
    booking_opens_at: Instant | None
    skipped: tuple[str, ...]

    @staticmethod
    def of(times: ScheduleTimes, offering: Offering, zone: str) -> "ScheduleTimesResponse":
        first = times.first
        opens_at = None if first is None else offering.opens_at(first, zone)
        return ScheduleTimesResponse(
            bookable=times.open,
            closed=times.closed,
            first_starts_at=None if first is None else first.astimezone(zone_of(zone)),
            booking_opens_at=None if opens_at is None else opens_at.astimezone(zone_of(zone)),
            skipped=tuple(map(wall_text, times.skipped)),
        )


class SavedScheduleResponse(ScheduleResponse, frozen=True, kw_only=True):
    """A schedule as it was saved, with the times that it comes to."""

    example: ClassVar = {
        **ScheduleResponse.example,
        "times": {
            "bookable": 0,
            "closed": 0,
            "first_starts_at": "2027-06-12T08:30:00-05:00",
            "booking_opens_at": "2027-03-14T00:00:00-06:00",
            "skipped": [],
        },
    }
    times: ScheduleTimesResponse

    @staticmethod
    def saved(
        schedule_id: UUID, spec: ScheduleSpec, *, version: int, times: ScheduleTimesResponse
    ) -> "SavedScheduleResponse":
        fields = msgspec.structs.asdict(ScheduleRequest.of(spec))
        return SavedScheduleResponse(id=schedule_id, version=version, times=times, **fields)


class ScheduleListResponse(ResponseBody, frozen=True):
    """The schedules of an offering in the order in which they were added."""

    example: ClassVar = {"schedules": [ScheduleResponse.example]}
    schedules: tuple[ScheduleResponse, ...]


ClosureZone = Annotated[
    str,
    msgspec.Meta(
        description=(
            "The time zone of its times: an IANA name, or the name that a calendar file defines."
            " Null for that of the venue."
        ),
        examples=["Europe/Paris"],
    ),
]


class ClosureTimesResponse(ResponseBody, frozen=True, kw_only=True):
    """When a venue is closed, and why.

    A closure with a `rule` recurs: its times are wall time in `zone`, at the venue where that is
    null.
    """

    starts_at: str
    ends_at: str
    reason: str
    rule: str = ""
    exdates: tuple[str, ...] = ()
    zone: ClosureZone | None = None

    @staticmethod
    def of_closure(closure: Closure) -> "ClosureTimesResponse":
        recurrence = closure.recurrence
        return ClosureTimesResponse(
            starts_at=wall_text(closure.starts_at),
            ends_at=wall_text(closure.ends_at),
            reason=closure.reason,
            rule="" if recurrence is None else recurrence.rule,
            exdates=() if recurrence is None else tuple(map(wall_text, recurrence.exdates)),
            zone=None if recurrence is None else recurrence.zone.name or None,
        )


class NoticesResponse(msgspec.Struct, frozen=True):
    """How far the guests of a closure are told.

    Those who are `due` can still be spared, by removing the closure. Of those who were `told`, some
    have `moved` to another time, and some bookings are `cancelled`.
    """

    tell: ClosureRemedy
    due: int
    told: int
    moved: int
    cancelled: int

    @staticmethod
    def of(row: ListedClosure) -> "NoticesResponse | None":
        if row.remedy is None:
            return None
        return NoticesResponse(row.remedy, row.due, row.told, row.moved, row.left)


class ClosureResponse(ClosureTimesResponse, frozen=True, kw_only=True):
    """A closure; `source` says whether the owner wrote it or a calendar file.

    Without `offerings` the whole venue is closed. `notices` is null when nobody is told.
    """

    example: ClassVar = {
        "id": "01977f6e-8a00-7000-8000-000000000015",
        **CLOSURE_EXAMPLE,
        "source": "owner",
        "rule": "",
        "exdates": [],
        "zone": None,
        "offerings": ["sunflower-morning"],
        "notices": {"tell": "move", "due": 3, "told": 9, "moved": 4, "cancelled": 1},
    }
    id: UUID
    source: Literal["owner", "calendar"]
    offerings: tuple[str, ...] = ()
    notices: NoticesResponse | None = None

    @staticmethod
    def of(row: ListedClosure) -> "ClosureResponse":
        return ClosureResponse(
            id=row.closure_id,
            source=row.source,
            offerings=tuple(row.slugs),
            notices=NoticesResponse.of(row),
            **msgspec.structs.asdict(ClosureTimesResponse.of_closure(row.closure)),
        )


class TouchedBookingResponse(msgspec.Struct, frozen=True):
    """A booking at a time that is closed."""

    ref: str
    offering: str
    starts_at: Instant
    party: int
    name: str

    @staticmethod
    def of(row: TouchedBooking) -> "TouchedBookingResponse":
        starts_at = row.starts_at.astimezone(zone_of(row.zone))
        return TouchedBookingResponse(
            row.ref, row.offering, starts_at, row.party, row.customer_name
        )


class ClosurePreviewResponse(ResponseBody, frozen=True):
    """Whom a closure would touch: `touched` are the first of them, the soonest first."""

    example: ClassVar = {
        "bookings": 1,
        "guests": 4,
        "touched": [
            {
                "ref": "K7QF2M9D",
                "offering": "sunflower-morning",
                "starts_at": "2027-06-12T08:30:00-05:00",
                "party": 4,
                "name": "Ada Lovelace",
            }
        ],
    }
    bookings: int
    guests: int
    touched: tuple[TouchedBookingResponse, ...]

    @staticmethod
    def of(found: Sequence[TouchedBooking]) -> "ClosurePreviewResponse":
        confirmed = [booking for booking in found if booking.status == "confirmed"]
        return ClosurePreviewResponse(
            bookings=len(confirmed),
            guests=sum(booking.party for booking in confirmed),
            touched=tuple(map(TouchedBookingResponse.of, confirmed[:SLOTS_NEEDING_REVIEW_MAX])),
        )


class SavedClosureResponse(ClosureResponse, frozen=True):
    """A closure as it was saved, with the slots that it closed and whom it touches.

    `slots_closed` were open before; in `slots_in_use` somebody has a place: see
    `listSlotsNeedingReview`. Both are 0 when nothing was on sale then.
    """

    example: ClassVar = {**ClosureResponse.example, "slots_closed": 14, "slots_in_use": 2}
    slots_closed: int
    slots_in_use: int

    @staticmethod
    def saved(
        closure: ClosureResponse, slots: Sequence[MaterialisationResult]
    ) -> "SavedClosureResponse":
        return SavedClosureResponse(
            **msgspec.structs.asdict(closure),
            slots_closed=sum(result.closed for result in slots),
            slots_in_use=sum(len(result.off_schedule) for result in slots),
        )


class ClosureListResponse(ResponseBody, frozen=True):
    """Closures that are not over, the soonest first."""

    example: ClassVar = {"closures": [ClosureResponse.example]}
    closures: tuple[ClosureResponse, ...]


class CapacityResponse(ResponseBody, frozen=True):
    """How many places a slot has."""

    example: ClassVar = {"id": SLOT_EXAMPLE["id"], "capacity": 24}
    id: UUID
    capacity: int


class SlotReviewResponse(msgspec.Struct, frozen=True):
    """A coming slot in use that has left its schedule."""

    id: UUID
    offering: str
    starts_at: Instant
    ends_at: Instant
    capacity: int
    booked: int
    held: int
    state: SlotState
    reason: str
    off_schedule_since: Instant

    @staticmethod
    def of(slot: SlotNeedingReview) -> "SlotReviewResponse":
        zone = zone_of(slot.zone)
        return SlotReviewResponse(
            id=slot.slot_id,
            offering=slot.offering,
            starts_at=slot.starts_at.astimezone(zone),
            ends_at=slot.ends_at.astimezone(zone),
            capacity=slot.capacity,
            booked=slot.booked,
            held=slot.held,
            state=slot.state,
            reason=slot.reason,
            off_schedule_since=slot.off_schedule_since.astimezone(zone),
        )


class SlotReviewListResponse(ResponseBody, frozen=True):
    """Slots that need the owner's decision, the soonest first."""

    example: ClassVar = {
        "slots": [
            {
                **SLOT_EXAMPLE,
                "offering": "sunflower-morning",
                "capacity": 20,
                "booked": 4,
                "held": 2,
                "state": "closed",
                "reason": "Storm damage",
                "off_schedule_since": "2027-06-10T19:02:11-05:00",
            }
        ]
    }
    slots: tuple[SlotReviewResponse, ...]
