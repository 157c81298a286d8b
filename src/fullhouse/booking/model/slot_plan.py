"""From the slots that stand to the slots that are wanted, without taking anything from anybody.

A slot that somebody has a place in, holds or waits for is never dropped and never changes its
time. When the schedule no longer names it, or the venue is shut, it is closed to new guests and
marked for the owner to look at. A slot that nobody was ever in is dropped, or replaced when its
length has changed; one that an old booking remembers stays, closed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final

from fullhouse.booking.model.schedule import ScheduleId, WantedSlot
from fullhouse.booking.model.slot import SlotId, SlotState

OFF_SCHEDULE_REASON: Final = "No longer on the schedule"
NO_CAPACITIES: Final[Mapping[ScheduleId, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class StandingSlot:
    """A slot of some schedule as it is stored, with who is in it."""

    slot_id: SlotId
    schedule_id: ScheduleId
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int
    """Places booked and held."""
    waiting: bool
    remembered: bool
    """Whether any booking or waiting entry, ended ones too, names it."""
    state: SlotState
    reason: str
    off_schedule_since: datetime | None

    @property
    def in_use(self) -> bool:
        return self.taken > 0 or self.waiting


@dataclass(frozen=True, slots=True)
class SlotChange:
    """What a standing slot becomes; its id and its time stay."""

    slot: StandingSlot
    schedule_id: ScheduleId
    capacity: int
    state: SlotState
    reason: str
    off_schedule: bool

    @property
    def changes_anything(self) -> bool:
        slot = self.slot
        return (self.schedule_id, self.capacity, self.state, self.reason, self.off_schedule) != (
            slot.schedule_id,
            slot.capacity,
            slot.state,
            slot.reason,
            slot.off_schedule_since is not None,
        )


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """What to do, each in order of time. `keep` and what `change` names stay; the rest follows."""

    create: tuple[WantedSlot, ...]
    keep: tuple[StandingSlot, ...]
    change: tuple[SlotChange, ...]
    drop: tuple[StandingSlot, ...]
    kept_capacity: tuple[StandingSlot, ...] = ()
    """Those that follow their schedule but have more places taken than it has now."""

    @property
    def close(self) -> tuple[SlotChange, ...]:
        return tuple(c for c in self.change if c.state == "closed" and c.slot.state == "open")

    @property
    def reopen(self) -> tuple[SlotChange, ...]:
        return tuple(c for c in self.change if c.state == "open" and c.slot.state == "closed")

    @property
    def roomier(self) -> tuple[SlotChange, ...]:
        """Those that somebody waits for and that may have room now: reopened, or made larger."""
        return tuple(
            c
            for c in self.change
            if c.slot.waiting
            and c.state == "open"
            and (c.slot.state == "closed" or c.capacity > c.slot.capacity)
        )

    @property
    def off_schedule(self) -> tuple[SlotChange, ...]:
        """Those in use that were as the schedule says until now: the owner is told of each once."""
        return tuple(c for c in self.change if c.off_schedule and c.slot.off_schedule_since is None)

    @property
    def touched(self) -> tuple[SlotId, ...]:
        """The standing slots to lock before anything is done to them, in order of their ids."""
        slots = (*(c.slot for c in self.change), *self.drop)
        return tuple(sorted(slot.slot_id for slot in slots))

    @property
    def days(self) -> frozenset[date]:
        """The days in UTC on which anything is done."""
        starts = [slot.starts_at for slot in self.create]
        starts += [change.slot.starts_at for change in self.change]
        starts += [slot.starts_at for slot in self.drop]
        return frozenset(at.astimezone(UTC).date() for at in starts)

    @property
    def is_empty(self) -> bool:
        return not (self.create or self.change or self.drop)

    def within(self, locked: Collection[SlotId]) -> "SlotPlan":
        """The plan with its hands off every standing slot that is not locked."""
        left = (*(c.slot for c in self.change), *self.drop)
        return SlotPlan(
            self.create,
            (*self.keep, *(slot for slot in left if slot.slot_id not in locked)),
            tuple(c for c in self.change if c.slot.slot_id in locked),
            tuple(slot for slot in self.drop if slot.slot_id in locked),
            self.kept_capacity,
        )


def plan_slots(
    wanted: Sequence[WantedSlot],
    standing: Sequence[StandingSlot],
    *,
    capacities_before: Mapping[ScheduleId, int] = NO_CAPACITIES,
) -> SlotPlan:
    """Compares what is wanted with what stands in the same window of time.

    A slot whose capacity the owner has set by hand keeps it. One that has the capacity its
    schedule had before (`capacities_before`, only for schedules that were just changed) follows
    the schedule, but never below the places that are taken.
    """
    wanted_at = {slot.starts_at: slot for slot in wanted}
    keep: list[StandingSlot] = []
    change: list[SlotChange] = []
    drop: list[StandingSlot] = []
    kept_capacity: list[StandingSlot] = []
    for slot in sorted(standing, key=lambda slot: slot.starts_at):
        wish = wanted_at.get(slot.starts_at)
        fits = wish is not None and wish.ends_at == slot.ends_at
        if not fits and not slot.in_use and not slot.remembered:
            drop.append(slot)
            continue
        wanted_at.pop(slot.starts_at, None)
        after = _after(slot, wish, capacities_before)
        if after.changes_anything:
            change.append(after)
        else:
            keep.append(slot)
        if wish is not None and _follows(slot, wish, capacities_before):
            kept_capacity += [slot] if wish.capacity < slot.taken else []
    create = tuple(wanted_at[at] for at in sorted(wanted_at))
    return SlotPlan(create, tuple(keep), tuple(change), tuple(drop), tuple(kept_capacity))


def _after(
    slot: StandingSlot, wish: WantedSlot | None, capacities_before: Mapping[ScheduleId, int]
) -> SlotChange:
    if wish is None:
        return SlotChange(
            slot=slot,
            schedule_id=slot.schedule_id,
            capacity=slot.capacity,
            state="closed",
            reason=OFF_SCHEDULE_REASON,
            off_schedule=slot.in_use,
        )
    follows = _follows(slot, wish, capacities_before)
    return SlotChange(
        slot=slot,
        schedule_id=wish.schedule_id,
        capacity=max(wish.capacity, slot.taken) if follows else slot.capacity,
        state=wish.state,
        reason=wish.reason,
        off_schedule=slot.in_use and (wish.ends_at != slot.ends_at or wish.state == "closed"),
    )


def _follows(
    slot: StandingSlot, wish: WantedSlot, capacities_before: Mapping[ScheduleId, int]
) -> bool:
    return slot.capacity == capacities_before.get(wish.schedule_id)
