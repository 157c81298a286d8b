"""A plan of changes to an offering's slots: what scheduling decides and booking applies."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NewType
from uuid import UUID

from fullhouse.booking.model.slot import SlotId, SlotState

ScheduleId = NewType("ScheduleId", UUID)


@dataclass(frozen=True, slots=True)
class TargetSlot:
    """A slot as its schedule, the closures and the holidays want it."""

    schedule_id: ScheduleId
    starts_at: datetime
    ends_at: datetime
    capacity: int
    state: SlotState = "open"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExistingSlot:
    """A slot of some schedule as it is stored, with who is in it."""

    slot_id: SlotId
    schedule_id: ScheduleId
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int
    """Places booked and held."""
    waiting: bool
    is_referenced: bool
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

    slot: ExistingSlot
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

    create: tuple[TargetSlot, ...]
    keep: tuple[ExistingSlot, ...]
    change: tuple[SlotChange, ...]
    drop: tuple[ExistingSlot, ...]
    kept_capacity: tuple[ExistingSlot, ...] = ()
    """Those that follow their schedule but have more places taken than it has now."""

    @property
    def close(self) -> tuple[SlotChange, ...]:
        return tuple(c for c in self.change if c.state == "closed" and c.slot.state == "open")

    @property
    def reopen(self) -> tuple[SlotChange, ...]:
        return tuple(c for c in self.change if c.state == "open" and c.slot.state == "closed")

    @property
    def with_new_capacity(self) -> tuple[SlotChange, ...]:
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

    def restricted_to(self, locked: Collection[SlotId]) -> "SlotPlan":
        """The plan with its hands off every standing slot that is not locked."""
        left = (*(c.slot for c in self.change), *self.drop)
        return SlotPlan(
            self.create,
            (*self.keep, *(slot for slot in left if slot.slot_id not in locked)),
            tuple(c for c in self.change if c.slot.slot_id in locked),
            tuple(slot for slot in self.drop if slot.slot_id in locked),
            self.kept_capacity,
        )


def joined(plans: Sequence[SlotPlan]) -> SlotPlan:
    """One plan of the plans of consecutive spans of time."""
    return SlotPlan(
        create=tuple(slot for plan in plans for slot in plan.create),
        keep=tuple(slot for plan in plans for slot in plan.keep),
        change=tuple(change for plan in plans for change in plan.change),
        drop=tuple(slot for plan in plans for slot in plan.drop),
        kept_capacity=tuple(slot for plan in plans for slot in plan.kept_capacity),
    )
