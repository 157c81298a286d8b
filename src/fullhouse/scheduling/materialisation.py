"""Materialise slots: bring an offering's slots to what schedules, closures and holidays ask for.

Two transactions that work on one offering take turns by an advisory lock; several offerings are
locked in order. Slots are read and planned without row locks. Only slots that would be changed are
locked, in the order of their ids as the ledger locks them, then read and planned again: a booking
that was made in between is seen, and none can come after. An offering may have thousands of slots,
so all that is done with each of them is done in turns.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fullhouse.booking.actions.apply_slot_plan import (
    apply_slot_plan,
    existing_slots,
    lock_slots,
    with_references,
)
from fullhouse.booking.catalogue import offering_by_id
from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.limits import BOOK_AHEAD_DAYS_MAX
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import ExistingSlot, ScheduleId, SlotPlan, joined
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.timespan import Timespan, midnight
from fullhouse.people.model import Venue, VenueId
from fullhouse.people.reads.organisations import organisation_by_id, venue_by_id
from fullhouse.people.updates import locked_venue
from fullhouse.scheduling.errors import TooManyClosures, TooManySchedules, UnknownSchedule
from fullhouse.scheduling.limits import (
    CLOSURE_STEPS_MAX,
    CLOSURES_PER_VENUE_MAX,
    MATERIALISE_DAYS_MARGIN,
    SCHEDULES_PER_OFFERING_MAX,
    SLOTS_NEEDING_REVIEW_MAX,
)
from fullhouse.scheduling.model.calendar_zones import Zones
from fullhouse.scheduling.model.closures import ClosedSpan, ClosedSpanBuilder, ClosureRow
from fullhouse.scheduling.model.public_holidays import public_holidays
from fullhouse.scheduling.model.rule_expansion import StepBudget, TooManySlots
from fullhouse.scheduling.model.schedule import (
    OpenHours,
    Schedule,
    ScheduleTimes,
    TargetSlotBuilder,
    TargetSlots,
)
from fullhouse.scheduling.model.slot_planning import NO_CAPACITIES, plan_in_pieces
from fullhouse.scheduling.model.slot_review import SlotNeedingReview
from fullhouse.scheduling.model.wall_time import wall_at
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork

_ZONES_APART_MAX: Final = timedelta(days=2)
_FURTHEST: Final = timedelta(days=BOOK_AHEAD_DAYS_MAX + MATERIALISE_DAYS_MARGIN + 2)
"""No slot of a schedule is further ahead, whatever its offering allowed once."""


@dataclass(frozen=True, slots=True)
class MaterialisationResult:
    """What became of an offering's slots, as counts.

    `off_schedule` are slots that are in use and no longer fit: they stay, closed to new bookings,
    for the owner to look at. `skipped` are wall times that the clocks skip. `kept_capacity` counts
    the slots that sold more than their schedule has now, and keep that capacity. `times` is what
    each schedule comes to.
    """

    offering_id: OfferingId
    created: int
    closed: int
    reopened: int
    dropped: int
    kept_capacity: int
    off_schedule: tuple[SlotId, ...]
    skipped: tuple[datetime, ...]
    times: Mapping[ScheduleId, ScheduleTimes]


@dataclass(frozen=True, slots=True)
class PlannedOffering:
    """The plan of one offering within a window, made before its slots are locked."""

    offering_id: OfferingId
    schedules: Sequence[Schedule]
    window: Timespan
    horizon: datetime
    target: TargetSlots
    plan: SlotPlan


@dataclass(frozen=True, slots=True)
class _SlotOfferingRow:
    offering_id: OfferingId


async def materialise(
    uow: UnitOfWork,
    offerings: Sequence[OfferingId],
    *,
    capacities_before: Mapping[ScheduleId, int] = NO_CAPACITIES,
) -> tuple[MaterialisationResult, ...]:
    """Bring the coming slots of `offerings` to their target; record it where it changed any.

    `capacities_before`: what a schedule had until this transaction changed it; see `plan_slots`.
    Raises `UnknownOffering`, `TooManySlots`, `TooManySchedules`, `RuleInvalid` and
    `HolidaysUnknown`.
    """
    work = SlotMaterialiser(uow, capacities_before)
    planned = [await work.plan(offering_id) for offering_id in sorted(offerings)]
    changing = [slot_id for offering in planned for slot_id in offering.plan.touched]
    locked = await lock_slots(uow.session, uow.org_id, changing)
    return tuple([await work.apply(offering, locked) for offering in planned])


async def offerings_at(session: Session, org_id: OrgId, venue_id: VenueId) -> list[OfferingId]:
    """The offerings of a venue, in the order in which their schedules are locked."""
    rows = await session.fetch(
        "booking.offerings_of_venue", _SlotOfferingRow, org_id=org_id, venue_id=venue_id
    )
    return [row.offering_id for row in rows]


async def offering_at_venue(
    session: Session, org_id: OrgId, offering_id: OfferingId
) -> tuple[Offering, Venue]:
    """An offering and where it takes place. Raises `UnknownOffering`."""
    offering = await offering_by_id(session, org_id, offering_id)
    if offering is None:
        raise UnknownOffering(offering=offering_id)
    venue = await venue_by_id(session, org_id, VenueId(offering.venue_id))
    assert venue is not None, "an offering's venue exists by its foreign key"
    return offering, venue


@dataclass(frozen=True, slots=True)
class SlotMaterialiser:
    """The steps of `materialise`, on one unit of work."""

    uow: UnitOfWork
    capacities_before: Mapping[ScheduleId, int]

    async def plan(self, offering_id: OfferingId) -> PlannedOffering:
        """Take the offering's advisory lock and plan its slots without row locks."""
        session, org_id = self.uow.session, self.uow.org_id
        await session.execute("scheduling.lock_schedules", org_id=org_id, offering_id=offering_id)
        offering, venue = await offering_at_venue(session, org_id, offering_id)
        # Whole days at the venue, and one more than can be booked: it opens at the next midnight
        opens_next = offering.last_day(self.uow.now, venue.zone) + timedelta(days=1)
        horizon = midnight(opens_next + timedelta(days=MATERIALISE_DAYS_MARGIN), venue.zone)
        coming = Timespan(self.uow.now, self.uow.now + _FURTHEST)
        existing = await existing_slots(session, org_id, offering_id, window=coming)
        last = existing[-1].starts_at + timedelta(minutes=1) if existing else horizon
        window = Timespan(self.uow.now, max(last, horizon))
        schedules = await session.fetch(
            "scheduling.schedules_of_offering", Schedule, org_id=org_id, offering_id=offering_id
        )
        if len(schedules) > SCHEDULES_PER_OFFERING_MAX:
            raise TooManySchedules(limit=SCHEDULES_PER_OFFERING_MAX)
        hours = await self._open_hours(offering, venue, window, schedules=schedules)
        builder = TargetSlotBuilder(window, hours, midnight(opens_next, venue.zone))
        await session.turns.run(builder.add(schedules))
        target = builder.build()
        plan = await self.compare(target, existing, horizon)
        return PlannedOffering(offering_id, schedules, window, horizon, target, plan)

    async def apply(
        self, planned: PlannedOffering, locked: frozenset[SlotId]
    ) -> MaterialisationResult:
        """Plan again under the locks, leave alone what is not locked, and write the plan."""
        plan = planned.plan
        if plan.touched:
            plan = (await self.plan_again(planned)).restricted_to(locked)
        await apply_slot_plan(self.uow, planned.offering_id, plan)
        await self._write_next_times(planned)
        return MaterialisationResult(
            offering_id=planned.offering_id,
            created=len(plan.create),
            closed=len(plan.close),
            reopened=len(plan.reopen),
            dropped=len(plan.drop),
            kept_capacity=len(plan.kept_capacity),
            off_schedule=tuple(change.slot.slot_id for change in plan.off_schedule),
            skipped=planned.target.skipped,
            times=planned.target.times,
        )

    async def _write_next_times(self, planned: PlannedOffering) -> None:
        times = planned.target.times
        changed = {
            schedule.schedule_id: times[schedule.schedule_id].next
            for schedule in planned.schedules
            if times[schedule.schedule_id].next != schedule.next_starts_at
        }
        if changed:
            await self.uow.session.execute(
                "scheduling.write_next_times",
                org_id=self.uow.org_id,
                schedule_ids=list(changed),
                next_times=list(changed.values()),
            )

    async def plan_again(self, planned: PlannedOffering) -> SlotPlan:
        """The plan from what is true now that the slots are locked, with what refers to them."""
        existing = await existing_slots(
            self.uow.session,
            self.uow.org_id,
            planned.offering_id,
            window=planned.window,
        )
        referenced = await with_references(
            self.uow, existing, planned.window, longest=planned.window.duration
        )
        return await self.compare(planned.target, referenced, planned.horizon)

    async def compare(
        self, target: TargetSlots, existing: Sequence[ExistingSlot], horizon: datetime
    ) -> SlotPlan:
        """The plan from the slots that exist to their target, in turns."""
        plans = []
        pieces = plan_in_pieces(
            target.slots, existing, capacities_before=self.capacities_before, horizon=horizon
        )
        for plan in pieces:
            plans.append(plan)
            await self.uow.session.turns.next()
        return joined(plans)

    async def _open_hours(
        self,
        offering: Offering,
        venue: Venue,
        window: Timespan,
        *,
        schedules: Sequence[Schedule],
    ) -> OpenHours:
        zone = ZoneInfo(venue.zone)
        longest = max((schedule.duration_minutes for schedule in schedules), default=0)
        session = self.uow.session
        to_the_end_of_all = Timespan(window.start, window.end + timedelta(minutes=longest))
        closed = await closed_spans(
            session, venue, to_the_end_of_all, offering_id=offering.offering_id
        )
        if not any(schedule.closed_on_holidays for schedule in schedules):
            return OpenHours(zone, closed)
        first, last = wall_at(window.start, zone), wall_at(window.end, zone)
        years = range(first.year, last.year + 1)
        organisation = await organisation_by_id(session, venue.org_id)
        assert organisation is not None, "a venue has its organisation"
        # The first call of a process imports every country there is: a third of a second
        holidays = await asyncio.to_thread(
            public_holidays, venue.country, venue.subdivision, years, locale=organisation.locale
        )
        return OpenHours(zone, closed, holidays)


async def closed_spans(
    session: Session, venue: Venue, window: Timespan, *, offering_id: OfferingId | None = None
) -> tuple[ClosedSpan, ...]:
    """When a venue is shut within `window`, and why; for one offering, or by all closures.

    Raises `TooManyClosures`.
    """
    zone = ZoneInfo(venue.zone)
    rows = await session.fetch(
        "scheduling.closures_of_venue",
        ClosureRow,
        org_id=venue.org_id,
        venue_id=venue.venue_id,
        offering_id=offering_id,
        first=wall_at(window.start, zone) - _ZONES_APART_MAX,
        last=wall_at(window.end, zone) + _ZONES_APART_MAX,
    )
    budget = StepBudget(CLOSURE_STEPS_MAX)
    builder = ClosedSpanBuilder(Zones(zone, budget), window, budget)
    try:
        await session.turns.run(builder.add(row.closure for row in rows))
    except TooManySlots as error:
        message = "The recurring closures of this venue have too many times. Remove some first."
        raise TooManyClosures(message, limit=CLOSURE_STEPS_MAX) from error
    return builder.build()


async def require_room_for_closures(uow: UnitOfWork, venue: Venue) -> None:
    """Raises `TooManyClosures` when the venue, with the new ones, has more closures than it may."""
    await locked_venue(uow.session, uow.org_id, venue.venue_id)  # so that counting is exact
    await closed_spans(uow.session, venue, Timespan(uow.now, uow.now + _FURTHEST))
    count = await uow.session.fetch_value(
        "scheduling.count_closures_ahead",
        int,
        org_id=venue.org_id,
        venue_id=venue.venue_id,
        first=wall_at(uow.now, ZoneInfo(venue.zone)),
    )
    if count is not None and count > CLOSURES_PER_VENUE_MAX:
        raise TooManyClosures(limit=CLOSURES_PER_VENUE_MAX)


async def slots_with_bookings(
    session: Session, org_id: OrgId, slot_ids: Sequence[SlotId]
) -> list[SlotNeedingReview]:
    """Those of closed slots in which guests are; at most `SLOTS_NEEDING_REVIEW_MAX`."""
    if not slot_ids:
        return []
    return await session.fetch(
        "scheduling.slots_with_bookings",
        SlotNeedingReview,
        org_id=org_id,
        slot_ids=slot_ids,
        count=SLOTS_NEEDING_REVIEW_MAX,
    )


async def lock_schedule(session: Session, org_id: OrgId, schedule_id: ScheduleId) -> Schedule:
    """A schedule that nobody else changes until the transaction ends; raises `UnknownSchedule`."""
    found = await session.fetch_one(
        "scheduling.lock_schedule", Schedule, org_id=org_id, schedule_id=schedule_id
    )
    if found is None:
        raise UnknownSchedule(schedule=schedule_id)
    return found
