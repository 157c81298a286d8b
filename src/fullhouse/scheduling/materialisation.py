"""How slots come to be as schedules, closures and holidays want them, inside one transaction.

Two that work on one offering take turns by an advisory lock, and those of several offerings are
taken in order. Slots are read and planned without any lock; only those that would be touched are
locked, in the order of their ids as the ledger locks them, then looked at again: whoever was
booked in between is seen, and what is done then nobody can overtake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking import errors, events
from fullhouse.booking.actions.telling import Deed, Fact, record
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import ExistingSlot, ScheduleId, SlotPlan, TargetSlot
from fullhouse.kernel.ids import OrgId, derived_id
from fullhouse.kernel.timespan import Timespan
from fullhouse.people.model import Venue, VenueId
from fullhouse.people.reads.organisations import organisation_by_id, venue_by_id
from fullhouse.scheduling.limits import MATERIALISE_DAYS_AHEAD, TOPICS_BYTES_MAX
from fullhouse.scheduling.model.closures import Closure, closed_spans, public_holidays
from fullhouse.scheduling.model.schedule import OpenHours, Schedule, Wanted, target_slots
from fullhouse.scheduling.model.slot_planning import NO_CAPACITIES, plan_slots
from fullhouse.scheduling.model.wall_time import instant_from, wall_at
from fullhouse.storage.database import Session

_AHEAD: Final = timedelta(days=MATERIALISE_DAYS_AHEAD + 1)


@dataclass(frozen=True, slots=True)
class MaterialisationResult:
    """What became of an offering's slots, counted.

    `off_schedule` are those to look at: somebody is in them, so they stayed, closed to new guests.
    `skipped` are wall times that the clocks pass over. `kept_capacity` counts the slots that sold
    more than their schedule has now, and stay as large as that.
    """

    offering_id: OfferingId
    created: int
    closed: int
    reopened: int
    dropped: int
    kept_capacity: int
    off_schedule: tuple[SlotId, ...]
    skipped: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class PlannedOffering:
    """The plan of one offering within a window, before its slots are locked."""

    offering_id: OfferingId
    window: Timespan
    wanted: Wanted
    plan: SlotPlan


@dataclass(frozen=True, slots=True)
class _Id:
    slot_id: SlotId


@dataclass(frozen=True, slots=True)
class _OfferingRow:
    offering_id: OfferingId


async def materialise(
    session: Session,
    deed: Deed,
    offerings: Sequence[OfferingId],
    *,
    capacities_before: Mapping[ScheduleId, int] = NO_CAPACITIES,
) -> tuple[MaterialisationResult, ...]:
    """Brings the coming slots of `offerings` to what is wanted; tells of it where it changed any.

    `capacities_before`: what a schedule had until this transaction changed it; see `plan_slots`.
    Raises `UnknownOffering`, `TooManySlots`, `RuleInvalid` and `HolidaysUnknown`.
    """
    work = SlotMaterialiser(session, deed, capacities_before)
    surveys = [await work.survey(offering_id) for offering_id in sorted(offerings)]
    locked = await work.lock([slot_id for survey in surveys for slot_id in survey.plan.touched])
    return tuple([await work.settle(survey, locked) for survey in surveys])


async def offerings_at(session: Session, org_id: OrgId, venue_id: VenueId) -> list[OfferingId]:
    """What takes place at a venue."""
    rows = await session.fetch(
        "booking.offerings_of_venue", _OfferingRow, org_id=org_id, venue_id=venue_id
    )
    return [row.offering_id for row in rows]


async def venue_of(session: Session, org_id: OrgId, offering_id: OfferingId) -> Venue:
    """Where an offering takes place. Raises `UnknownOffering`."""
    venue_id = await session.fetch_value(
        "booking.venue_of_offering", UUID, org_id=org_id, offering_id=offering_id
    )
    venue = None if venue_id is None else await venue_by_id(session, org_id, VenueId(venue_id))
    if venue is None:
        raise errors.UnknownOffering(offering=offering_id)
    return venue


@dataclass(frozen=True, slots=True)
class SlotMaterialiser:
    """The steps, on one session."""

    session: Session
    deed: Deed
    capacities_before: Mapping[ScheduleId, int]

    async def lock(self, slot_ids: Sequence[SlotId]) -> frozenset[SlotId]:
        if not slot_ids:
            return frozenset()
        rows = await self.session.fetch(
            "booking.lock_slots", _Id, org_id=self.deed.org_id, slot_ids=sorted(slot_ids)
        )
        return frozenset(row.slot_id for row in rows)

    async def survey(self, offering_id: OfferingId) -> PlannedOffering:
        await self.session.execute(
            "scheduling.lock_schedules", org_id=self.deed.org_id, offering_id=offering_id
        )
        venue = await venue_of(self.session, self.deed.org_id, offering_id)
        zone = ZoneInfo(venue.zone)
        # To the end of the last day at the venue, so that a day is there whole or not at all
        last = datetime.combine((wall_at(self.deed.at, zone) + _AHEAD).date(), time())
        window = Timespan(self.deed.at, instant_from(last, zone))
        schedules = await self.session.fetch(
            "scheduling.schedules_of_offering",
            Schedule,
            org_id=self.deed.org_id,
            offering_id=offering_id,
        )
        hours = await self._open_hours(venue, window, schedules)
        wanted = target_slots(schedules, window, hours)
        standing = await self._standing(offering_id, window)
        plan = plan_slots(wanted.slots, standing, capacities_before=self.capacities_before)
        return PlannedOffering(offering_id, window, wanted, plan)

    async def _open_hours(
        self, venue: Venue, window: Timespan, schedules: Sequence[Schedule]
    ) -> OpenHours:
        zone = ZoneInfo(venue.zone)
        first, last = wall_at(window.start, zone), wall_at(window.end, zone)
        longest = max((schedule.duration_minutes for schedule in schedules), default=0)
        closures = await self.session.fetch(
            "scheduling.closures_of_venue",
            Closure,
            org_id=venue.org_id,
            venue_id=venue.venue_id,
            first=first - timedelta(days=1),
            last=last + timedelta(days=1, minutes=longest),
        )
        if not any(schedule.closed_on_holidays for schedule in schedules):
            return OpenHours(zone, closed_spans(closures, zone))
        years = range(first.year, last.year + 1)
        organisation = await organisation_by_id(self.session, venue.org_id)
        assert organisation is not None, "a venue has its organisation"
        holidays = public_holidays(
            venue.country, venue.subdivision, years, locale=organisation.locale
        )
        return OpenHours(zone, closed_spans(closures, zone), holidays)

    async def _standing(self, offering_id: OfferingId, window: Timespan) -> list[ExistingSlot]:
        return await self.session.fetch(
            "booking.slots_standing",
            ExistingSlot,
            org_id=self.deed.org_id,
            offering_id=offering_id,
            first=window.start,
            last=window.end,
        )

    async def settle(
        self, survey: PlannedOffering, locked: frozenset[SlotId]
    ) -> MaterialisationResult:
        plan = survey.plan
        if plan.touched:
            plan = (await self._plan_again(survey)).within(locked)
        await self._carry_out(survey.offering_id, plan)
        done = MaterialisationResult(
            offering_id=survey.offering_id,
            created=len(plan.create),
            closed=len(plan.close),
            reopened=len(plan.reopen),
            dropped=len(plan.drop),
            kept_capacity=len(plan.kept_capacity),
            off_schedule=tuple(change.slot.slot_id for change in plan.off_schedule),
            skipped=survey.wanted.skipped,
        )
        if not plan.is_empty:
            await self._tell(plan, done)
        return done

    async def _plan_again(self, survey: PlannedOffering) -> SlotPlan:
        """The plan by what is true now that its slots are locked, and by what is remembered."""
        rows = await self.session.fetch(
            "booking.slots_remembered",
            _Id,
            org_id=self.deed.org_id,
            slot_ids=survey.plan.touched,
            # A booking starts with the first of its slots, which are no further apart than this
            since=survey.window.start - _AHEAD,
            until=survey.window.end,
        )
        remembered = frozenset(row.slot_id for row in rows)
        standing = [
            replace(slot, remembered=slot.slot_id in remembered)
            for slot in await self._standing(survey.offering_id, survey.window)
        ]
        return plan_slots(survey.wanted.slots, standing, capacities_before=self.capacities_before)

    async def _carry_out(self, offering_id: OfferingId, plan: SlotPlan) -> None:
        if plan.drop:
            await self.session.execute(
                "booking.drop_slots",
                org_id=self.deed.org_id,
                slot_ids=[slot.slot_id for slot in plan.drop],
            )
        if plan.change:
            await self.session.execute(
                "booking.change_slots",
                org_id=self.deed.org_id,
                slot_ids=[change.slot.slot_id for change in plan.change],
                schedule_ids=[change.schedule_id for change in plan.change],
                capacities=[change.capacity for change in plan.change],
                states=[change.state for change in plan.change],
                reasons=[change.reason for change in plan.change],
                off_schedule=[change.off_schedule for change in plan.change],
                at=self.deed.at,
            )
        if plan.create:
            await self.session.execute(
                "booking.create_slots",
                org_id=self.deed.org_id,
                offering_id=offering_id,
                slot_ids=[slot_id_of(self.deed.org_id, offering_id, slot) for slot in plan.create],
                schedule_ids=[slot.schedule_id for slot in plan.create],
                starts=[slot.starts_at for slot in plan.create],
                ends=[slot.ends_at for slot in plan.create],
                capacities=[slot.capacity for slot in plan.create],
                states=[slot.state for slot in plan.create],
                reasons=[slot.reason for slot in plan.create],
            )

    async def _tell(self, plan: SlotPlan, done: MaterialisationResult) -> None:
        facts = {
            "created": done.created,
            "changed": len(plan.change),
            "closed": done.closed,
            "reopened": done.reopened,
            "dropped": done.dropped,
            "off_schedule": len(done.off_schedule),
            # Whoever began to wait before these were locked is seen; who does so later is told of
            "slots": [change.slot.slot_id for change in plan.roomier],
        }
        told = [Fact(events.SLOTS_MATERIALISED, done.offering_id, facts)]
        told += [
            Fact(
                events.SLOT_OFF_SCHEDULE,
                change.slot.slot_id,
                {
                    "offering_id": str(done.offering_id),
                    "starts_at": change.slot.starts_at.isoformat(),
                    "taken": change.slot.taken,
                    "reason": change.reason,
                },
            )
            for change in plan.off_schedule
        ]
        await record(self.session, self.deed, told)
        topics = [f"{self.deed.org_id}/{done.offering_id}/{day}" for day in sorted(plan.days)]
        if len(msgspec.json.encode(topics)) > TOPICS_BYTES_MAX:
            topics = ["*"]
        await self.session.execute("booking.wake", topics=topics)


def slot_id_of(org_id: OrgId, offering_id: OfferingId, slot: TargetSlot) -> SlotId:
    """The same span of the same offering has the same id, whoever makes the slot, and when.

    The end belongs to it: facts of a slot are remembered by its id and never change.
    """
    span = f"{slot.starts_at.isoformat()}/{slot.ends_at.isoformat()}"
    return SlotId(derived_id("slot", str(org_id), str(offering_id), span))
