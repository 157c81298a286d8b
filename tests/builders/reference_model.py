"""A reference model of the ledger in memory, verb by verb.

Slots are identified by their number, bookings and waiting-list entries by the objects here. The
real ids are set on them once the real ledger has assigned them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from fullhouse.booking import errors
from fullhouse.kernel.errors import FullhouseError, IdempotencyKeyReused

UNDO, KEPT = timedelta(seconds=60), timedelta(seconds=70)
HOLD, OFFER = timedelta(seconds=600), timedelta(minutes=30)
BY_STAFF = {"capacity", "check in", "no-show", "undo"}
"""What staff do here; guests do the rest. Keys of the two are kept apart."""
ALIVE = {"held", "confirmed", "checked_in", "waiting", "offered"}
WRONG: dict[str, type[FullhouseError]] = {
    "checked_in": errors.AlreadyCheckedIn,
    "cancelled": errors.AlreadyCancelled,
    "expired": errors.HoldHasExpired,
    "released": errors.HoldHasExpired,
}
T = TypeVar("T")


class ModelRefusal(Exception):
    """The model refuses a command with this error and these details."""

    def __init__(self, kind: type[FullhouseError], **facts: object) -> None:
        super().__init__(kind, facts)
        self.kind, self.facts = kind, facts


def wrong(status: str) -> ModelRefusal:
    return ModelRefusal(WRONG.get(status, errors.WrongStatus))


@dataclass(slots=True)
class ModelSlot:
    """A slot."""

    capacity: int
    starts_at: datetime
    closed: bool = False


@dataclass(slots=True, eq=False)
class ModelEntry:
    """A party on a slot's waiting list."""

    slot: int
    party: int
    guest: str
    status: str = "waiting"
    booking: "ModelBooking | None" = None
    id: UUID | None = None
    offer: timedelta = OFFER


@dataclass(slots=True, eq=False)
class ModelBooking:
    """A booking, held or confirmed or over."""

    slots: tuple[int, ...]
    party: int
    guest: str = ""
    status: str = "confirmed"
    version: int = 1
    expires_at: datetime | None = None
    queued: ModelEntry | None = None
    cancelled_at: datetime | None = None
    cancellations: int = 0
    id: UUID | None = None


def changed(booking: ModelBooking, status: str) -> ModelBooking:
    booking.status = status
    booking.version += 1
    return booking


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """The key of a request. `lasting`: a derived key holds also after the booking has ended."""

    key: str | None
    meaning: tuple[object, ...]
    made_on: object = ""
    lasting: bool = True

    @property
    def known_by(self) -> tuple[object, ...]:
        by_staff = self.meaning[0] in BY_STAFF
        return ("client", by_staff, self.key) if self.key else (*self.meaning, self.made_on)

    @property
    def prints(self) -> tuple[object, ...]:
        return self.meaning if self.key else ()


@dataclass(slots=True)
class StoredResult(Generic[T]):
    """The result of a request; `outcome` is the real ledger's first answer, kept for repeats."""

    request: ModelRequest
    subject: T
    replayed: bool = False
    outcome: object = None

    @property
    def holds(self) -> bool:
        status = getattr(self.subject, "status", None)
        return self.request.key is not None or self.request.lasting or status in ALIVE


@dataclass(slots=True)
class ReferenceModel:
    """The expected state: slots, bookings, the waiting list, allocations and keys."""

    slots: list[ModelSlot]
    bookings: list[ModelBooking] = field(default_factory=list)
    queue: list[ModelEntry] = field(default_factory=list)
    allocations: dict[tuple[int, ModelBooking], datetime | None] = field(default_factory=dict)
    keys: dict[tuple[object, ...], StoredResult[object]] = field(default_factory=dict)

    def taken(self, slot: int, *, held: bool | None = None) -> int:
        return sum(
            booking.party
            for (place, booking), until in self.allocations.items()
            if place == slot and held in {None, until is not None}
        )

    def free(self, slot: int) -> int:
        return self.slots[slot].capacity - self.taken(slot)

    def expire_holds(self, slots: Iterable[int], now: datetime) -> None:
        """Expire the holds on these slots, as every command on them does first."""
        for slot in sorted(set(slots)):
            for allocation in [
                (place, booking)
                for (place, booking), until in self.allocations.items()
                if place == slot and until is not None and until <= now
            ]:
                del self.allocations[allocation]
                self._expire(allocation[1])

    def slots_of(self, booking: ModelBooking) -> list[int]:
        return [place for place, owner in self.allocations if owner is booking]

    def answer(
        self,
        request: ModelRequest,
        decide: Callable[[], T],
        *,
        touches: Iterable[int],
        now: datetime,
    ) -> StoredResult[T]:
        """Return the stored result of a repeat, or decide now."""
        self.expire_holds(touches, now)
        kept = self.keys.get(request.known_by)
        if kept is not None and kept.holds:
            if kept.request.prints != request.prints:
                raise ModelRefusal(IdempotencyKeyReused)
            kept.replayed = True
            return kept  # type: ignore[return-value]  # the same request came to the same kind
        made = StoredResult(request, decide())
        self.keys[request.known_by] = made  # type: ignore[assignment]  # kept by any request
        return made

    def take(self, booking: ModelBooking, slots: tuple[int, ...], until: datetime | None) -> None:
        """Take places in all slots, or refuse."""
        for slot in slots:
            self.require_open(slot)
            if booking.party > self.free(slot):
                raise ModelRefusal(errors.SlotFull, remaining=self.free(slot))
        for slot in slots:
            self.allocations[slot, booking] = until
        booking.slots, booking.expires_at = slots, until

    def require_open(self, slot: int) -> None:
        if self.slots[slot].closed:
            raise ModelRefusal(errors.SlotClosed)

    def give(self, booking: ModelBooking) -> None:
        for slot in self.slots_of(booking):
            del self.allocations[slot, booking]

    def keep(self, booking: ModelBooking, until: datetime | None) -> None:
        """Let a booking have the same places until then, on open and closed slots alike."""
        self.allocations.update({(slot, booking): until for slot in booking.slots})
        booking.expires_at = until

    def exchange(
        self, booking: ModelBooking, slots: tuple[int, ...], party: int | None = None
    ) -> None:
        """Release the places of a booking and take others, or refuse and keep them.

        Only other slots, or more places, must be open.
        """
        before = {slot: self.allocations[slot, booking] for slot in self.slots_of(booking)}
        party_before, booking.party = booking.party, party or booking.party
        stays = booking.status == "confirmed" and booking.slots == slots
        if stays and booking.party <= party_before:
            self.keep(booking, None)
            return
        self.give(booking)
        try:
            self.take(booking, slots, None)
        except ModelRefusal:
            booking.party = party_before
            self.allocations.update({(slot, booking): until for slot, until in before.items()})
            raise

    def refuse_duplicate(self, guest: str, but: ModelBooking | None = None) -> None:
        for booking in self.bookings:
            live = booking.status in {"confirmed", "checked_in"}
            if live and booking.guest == guest and booking is not but:
                raise ModelRefusal(errors.PossibleDuplicate)

    def entries_that_fit(self, slot: int, now: datetime) -> list[ModelEntry]:
        """Return the entries that are offered free or expired places, in order of arrival.

        An offer expires the holds on the slot.
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
                entry.offer = self.offer_length(entry, now)
                chosen.append(entry)
        if chosen:
            self.expire_holds((slot,), now)
        return chosen

    def offer_length(self, entry: ModelEntry, now: datetime) -> timedelta:
        """A forty-eighth of the time until the slot, but 30 minutes at least and 6 hours at most.

        In whole minutes. Half for each offer that the guest left unanswered, and in the slot from
        the third on.
        """
        lapsed = [other for other in self.queue if other.status == "lapsed"]
        by_guest = sum(other.guest == entry.guest for other in lapsed)
        in_slot = sum(other.slot == entry.slot for other in lapsed) - 2
        ahead = (self.slots[entry.slot].starts_at - now) / 48
        longest = max(OFFER, min(ahead, timedelta(hours=6)))
        minutes = longest / (1 << max(by_guest, in_slot, 0)) // timedelta(minutes=1)
        return max(timedelta(minutes=minutes), HOLD)

    def join(self, entry: ModelEntry) -> ModelEntry:
        self.require_open(entry.slot)
        self.queue.append(entry)
        return entry

    def release(self, booking: ModelBooking) -> ModelBooking:
        """Release a hold before it expires."""
        if booking.status != "held":
            raise wrong(booking.status)
        if booking.queued is not None:
            booking.queued.status = "left"
        self.give(booking)
        booking.expires_at = None
        return changed(booking, "released")

    def _expire(self, booking: ModelBooking) -> None:
        if booking.status == "held":
            booking.status = "expired"
            booking.version += 1
            if booking.queued is not None and booking.queued.status == "offered":
                booking.queued.status = "lapsed"
