"""The ledger as a dictionary: what a careful clerk with a pencil would do, verb by verb.

Slots are known by their number, bookings and entries of the waiting list by the objects here; the
real ids are noted on them once the real ledger has given them out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from fullhouse.booking import errors
from fullhouse.kernel.errors import FullhouseError, IdempotencyKeyReused

UNDO, HOLD, OFFER = timedelta(seconds=60), timedelta(seconds=600), timedelta(minutes=30)
ALIVE = {"held", "confirmed", "checked_in", "waiting", "offered"}
WRONG: dict[str, type[FullhouseError]] = {
    "checked_in": errors.AlreadyCheckedIn,
    "cancelled": errors.AlreadyCancelled,
    "expired": errors.HoldHasExpired,
    "released": errors.HoldHasExpired,
}
T = TypeVar("T")


class Refused(Exception):
    """The clerk says no, with this error and these facts."""

    def __init__(self, kind: type[FullhouseError], **facts: object) -> None:
        super().__init__(kind, facts)
        self.kind, self.facts = kind, facts


def wrong(status: str) -> Refused:
    return Refused(WRONG.get(status, errors.WrongStatus))


@dataclass(slots=True)
class Places:
    """A slot."""

    capacity: int
    closed: bool = False


@dataclass(slots=True, eq=False)
class Queued:
    """A party on a slot's waiting list."""

    slot: int
    party: int
    guest: str
    status: str = "waiting"
    booking: "Booked | None" = None
    id: UUID | None = None


@dataclass(slots=True, eq=False)
class Booked:
    """A booking, held or confirmed or over."""

    slots: tuple[int, ...]
    party: int
    guest: str = ""
    status: str = "confirmed"
    version: int = 1
    expires_at: datetime | None = None
    queued: Queued | None = None
    cancelled_at: datetime | None = None
    noted_at: datetime | None = None
    id: UUID | None = None


def changed(booking: Booked, status: str) -> Booked:
    booking.status = status
    booking.version += 1
    return booking


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request is known by. `lasting`: also without a client's key it is known for ever."""

    key: str | None
    meaning: tuple[object, ...]
    made_on: object = ""
    lasting: bool = True

    @property
    def known_by(self) -> tuple[object, ...]:
        return ("client", self.key) if self.key else (*self.meaning, self.made_on)

    @property
    def prints(self) -> tuple[object, ...]:
        return self.meaning if self.key else ()


@dataclass(slots=True)
class Kept(Generic[T]):
    """What a wish came to; `outcome` is the real ledger's first answer, noted for its repeats."""

    wish: Wish
    subject: T
    replayed: bool = False
    outcome: object = None

    @property
    def holds(self) -> bool:
        status = getattr(self.subject, "status", None)
        return self.wish.key is not None or self.wish.lasting or status in ALIVE


@dataclass(slots=True)
class ReferenceModel:
    """Keeps the book with a pencil."""

    slots: list[Places]
    bookings: list[Booked] = field(default_factory=list)
    queue: list[Queued] = field(default_factory=list)
    allocations: dict[tuple[int, Booked], datetime | None] = field(default_factory=dict)
    keys: dict[tuple[object, ...], Kept[object]] = field(default_factory=dict)

    def taken(self, slot: int, *, held: bool | None = None) -> int:
        return sum(
            booking.party
            for (place, booking), until in self.allocations.items()
            if place == slot and held in {None, until is not None}
        )

    def free(self, slot: int) -> int:
        return self.slots[slot].capacity - self.taken(slot)

    def touch(self, slots: Iterable[int], now: datetime) -> None:
        """Whoever asks for a slot first gives back what has lapsed on it."""
        for slot in sorted(set(slots)):
            for allocation in [
                (place, booking)
                for (place, booking), until in self.allocations.items()
                if place == slot and until is not None and until <= now
            ]:
                del self.allocations[allocation]
                self._expire(allocation[1])

    def places_of(self, booking: Booked) -> list[int]:
        return [place for place, owner in self.allocations if owner is booking]

    def answer(
        self, wish: Wish, decide: Callable[[], T], *, touches: Iterable[int], now: datetime
    ) -> Kept[T]:
        """The repeat of what was answered before, or what is decided now."""
        self.touch(touches, now)
        kept = self.keys.get(wish.known_by)
        if kept is not None and kept.holds:
            if kept.wish.prints != wish.prints:
                raise Refused(IdempotencyKeyReused)
            kept.replayed = True
            return kept  # type: ignore[return-value]  # the same wish came to the same kind
        made = Kept(wish, decide())
        self.keys[wish.known_by] = made  # type: ignore[assignment]  # kept by any wish
        return made

    def take(self, booking: Booked, slots: tuple[int, ...], until: datetime | None) -> None:
        """All of them or none."""
        for slot in slots:
            if self.slots[slot].closed:
                raise Refused(errors.SlotClosed)
            if booking.party > self.free(slot):
                raise Refused(errors.SlotFull, remaining=self.free(slot))
        for slot in slots:
            self.allocations[slot, booking] = until
        booking.slots, booking.expires_at = slots, until

    def give(self, booking: Booked) -> None:
        for slot in self.places_of(booking):
            del self.allocations[slot, booking]

    def exchange(self, booking: Booked, slots: tuple[int, ...]) -> None:
        """Its places for others, or nothing at all."""
        before = {slot: self.allocations[slot, booking] for slot in self.places_of(booking)}
        self.give(booking)
        try:
            self.take(booking, slots, None)
        except Refused:
            self.allocations.update({(slot, booking): until for slot, until in before.items()})
            raise

    def no_other_of(self, guest: str, but: Booked | None = None) -> None:
        for booking in self.bookings:
            live = booking.status in {"confirmed", "checked_in"}
            if live and booking.guest == guest and booking is not but:
                raise Refused(errors.PossibleDuplicate)

    def who_fits(self, slot: int, now: datetime) -> list[Queued]:
        """Who is offered places that are free, or held by nobody any more: first come, first fit.

        Offering touches the slot.
        """
        lapsed = sum(
            booking.party
            for (place, booking), until in self.allocations.items()
            if place == slot and until is not None and until <= now
        )
        room = 0 if self.slots[slot].closed else self.free(slot) + lapsed
        chosen = []
        for entry in self.queue:
            if entry.slot == slot and entry.status == "waiting" and entry.party <= room:
                room -= entry.party
                chosen.append(entry)
        if chosen:
            self.touch((slot,), now)
        return chosen

    def let_go(self, booking: Booked) -> Booked:
        """A hold given back before its time."""
        if booking.status != "held":
            raise wrong(booking.status)
        if booking.queued is not None:
            booking.queued.status = "left"
        self.give(booking)
        booking.expires_at = None
        return changed(booking, "released")

    def _expire(self, booking: Booked) -> None:
        if booking.status == "held":
            booking.status = "expired"
            booking.version += 1
            if booking.queued is not None and booking.queued.status == "offered":
                booking.queued.status = "lapsed"
