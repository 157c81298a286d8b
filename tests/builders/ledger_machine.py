"""A state machine that sends the same commands to the ledger and to the reference model."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
)
from tests.builders.business import (
    a_booking_of,
    a_business,
    a_customer,
    a_guest,
    a_hold_of,
    a_member_of_staff,
)
from tests.builders.model_comparison import BookingAnswer, Conditions, ModelComparison
from tests.builders.reference_model import (
    HOLD,
    KEPT,
    ModelBooking,
    ModelEntry,
    ModelRefusal,
    ModelRequest,
    ModelSlot,
    ReferenceModel,
    StoredResult,
    changed,
    wrong,
)

from fullhouse.booking import errors
from fullhouse.booking.limits import UNDOS_MAX
from fullhouse.booking.model.requests import ConfirmRequest, WaitingRequest
from fullhouse.kernel.errors import InvalidInput

SLOTS, CAPACITY = 3, 4
START = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)

some_slots = st.sets(st.integers(0, SLOTS - 1), min_size=1, max_size=2).map(
    lambda chosen: tuple(sorted(chosen))
)
one_slot = st.integers(0, SLOTS - 1)
parties = st.integers(1, 4)
guests = st.sampled_from(["Ada Lovelace", "Grace Hopper", "Emmy Noether", "Mary Somerville"])
keys = st.sampled_from([None, None, None, "first key", "second key"])
waits = st.sampled_from([1, 61, 300, 600, 1800, 1800]).map(lambda s: timedelta(seconds=s))


class LedgerMachine(ModelComparison, RuleBasedStateMachine):
    """Sends the same commands to the ledger and the model, and compares all visible state."""

    numbers: ClassVar[Iterator[int]]

    bookings = Bundle("bookings")
    queued = Bundle("queued")

    def __init__(self) -> None:
        super().__init__()
        app = self.standing.app
        self.business = self.standing.run(
            a_business(app.database, app.clock, app.ids, slug=f"farm-{next(self.numbers)}")
        )
        self.slots = self.standing.run(self.business.slots(SLOTS, capacity=CAPACITY))
        first = app.clock.now() + timedelta(days=7)
        starts = [first + timedelta(minutes=30 * number) for number in range(SLOTS)]
        self.model = ReferenceModel([ModelSlot(CAPACITY, at) for at in starts])

    @rule(
        target=bookings, slots=some_slots, party=parties, guest=guests, key=keys,
        twice=st.booleans(),
    )  # fmt: skip
    def place(
        self, *, slots: tuple[int, ...], party: int, guest: str, key: str | None, twice: bool
    ) -> object:
        def decide() -> ModelBooking:
            if not twice:
                self.model.refuse_duplicate(guest)
            return self.taken(ModelBooking(slots, party, guest))

        modelled = ModelRequest(key, ("place", slots, party, guest, twice), lasting=False)
        request = a_booking_of(*self.ids_of(slots), party=party, name=guest, allow_duplicate=twice)
        real = self.verbs.place_booking(self.org, request, context=a_guest(key))
        return self.book(modelled, decide, real, slots=slots) or multiple()

    @rule(target=bookings, slots=some_slots, party=parties, key=keys)
    def hold(self, slots: tuple[int, ...], party: int, key: str | None) -> object:
        def decide() -> ModelBooking:
            until = self.clock.now() + HOLD
            return self.taken(ModelBooking(slots, party, status="held", expires_at=until))

        modelled = ModelRequest(key, ("hold", slots, party), "" if key else object(), lasting=False)
        request = a_hold_of(*self.ids_of(slots), party=party)
        real = self.verbs.place_hold(self.org, request, context=a_guest(key))
        return self.book(modelled, decide, real, slots=slots) or multiple()

    @rule(booking=bookings, guest=guests, key=keys, twice=st.booleans())
    def confirm(self, booking: ModelBooking, guest: str, key: str | None, *, twice: bool) -> None:
        def decide() -> ModelBooking:
            if booking.status != "held":
                raise wrong(booking.status)
            if not twice:
                self.model.refuse_duplicate(guest, but=booking)
            self.model.exchange(booking, booking.slots)
            if booking.queued is not None:
                booking.queued.status = "booked"
            booking.guest = guest
            return changed(booking, "confirmed")

        held = booking.status == "held"
        over = booking.expires_at is not None and booking.expires_at <= self.clock.now()
        request = ConfirmRequest(a_customer(guest), allow_duplicate=twice)
        self.change(
            booking,
            ("confirm", guest),
            decide,
            lambda: self.verbs.confirm_hold(
                self.org, self.id_of(booking), request, context=a_guest(key)
            ),
            Conditions(
                key,
                must_be=("held", "confirmed"),
                refuse=ModelRefusal(errors.HoldHasExpired) if held and over else None,
                done=booking.status == "confirmed",
                takes=booking.slots,
            ),
        )

    @rule(booking=bookings, key=keys)
    def release(self, booking: ModelBooking, key: str | None) -> None:
        self.change(
            booking,
            ("release",),
            lambda: self.model.release(booking),
            lambda: self.verbs.release_hold(self.org, self.id_of(booking), context=a_guest(key)),
            Conditions(key, must_be=("held", "released"), done=booking.status == "released"),
        )

    @rule(booking=bookings, key=keys)
    def cancel(self, booking: ModelBooking, key: str | None) -> None:
        def decide() -> ModelBooking:
            if booking.status != "confirmed":
                raise wrong(booking.status)
            booking.cancelled_at = self.clock.now()
            booking.cancellations += 1
            self.model.keep(booking, booking.cancelled_at + KEPT)
            return changed(booking, "cancelled")

        self.change(
            booking,
            ("cancel",),
            decide,
            lambda: self.verbs.cancel_booking(self.org, self.id_of(booking), context=a_guest(key)),
            Conditions(
                key,
                must_be=("confirmed", "cancelled"),
                done=booking.status == "cancelled",
                takes=booking.slots,
            ),
        )

    @rule(booking=bookings, key=keys)
    def restore(self, booking: ModelBooking, key: str | None) -> None:
        def decide() -> ModelBooking:
            if booking.status != "cancelled":
                raise wrong(booking.status)
            self.model.keep(booking, None)
            return changed(booking, "confirmed")

        is_cancelled = booking.status == "cancelled"
        too_often = booking.cancellations > UNDOS_MAX
        self.change(
            booking,
            ("restore",),
            decide,
            lambda: self.verbs.restore_booking(self.org, self.id_of(booking), context=a_guest(key)),
            Conditions(
                key,
                must_be=("cancelled", "confirmed"),
                refuse=(
                    self.too_late(None if too_often else booking.cancelled_at)
                    if is_cancelled
                    else None
                ),
                done=booking.status == "confirmed",
                takes=booking.slots,
            ),
        )

    @rule(
        booking=bookings, slots=st.just(()) | some_slots, party=st.none() | parties, key=keys,
    )  # fmt: skip
    def move(
        self, booking: ModelBooking, slots: tuple[int, ...], party: int | None, key: str | None
    ) -> None:
        there, many = slots or booking.slots, party or booking.party
        is_so = (booking.slots, booking.party) == (there, many)
        stays = booking.status == "confirmed" and is_so

        def decide() -> ModelBooking:
            if stays:
                raise ModelRefusal(InvalidInput)
            if booking.status != "confirmed":
                raise wrong(booking.status)
            self.model.exchange(booking, there, many)
            return changed(booking, "confirmed")

        self.change(
            booking,
            ("move", slots, party),
            decide,
            lambda: self.verbs.move_booking(
                self.org,
                self.id_of(booking),
                self.ids_of(slots),
                party=party,
                context=a_guest(key),
            ),
            Conditions(key, must_be=("confirmed",), done=stays, takes=there),
        )

    @rule(booking=bookings, key=keys, verb=st.sampled_from(["check in", "no-show", "undo"]))
    def at_the_gate(self, booking: ModelBooking, key: str | None, verb: str) -> None:
        verbs: dict[str, tuple[Callable[..., BookingAnswer], str, tuple[str, ...]]] = {
            "check in": (
                partial(self.verbs.check_in, any_time=True),
                "checked_in",
                ("confirmed", "no_show"),
            ),
            "no-show": (partial(self.verbs.mark_no_show, any_time=True), "no_show", ("confirmed",)),
            "undo": (self.verbs.undo_check_in, "confirmed", ("checked_in", "no_show")),
        }
        action, after, before = verbs[verb]

        def decide() -> ModelBooking:
            if booking.status not in before:
                raise wrong(booking.status)
            return changed(booking, after)

        self.change(
            booking,
            (verb,),
            decide,
            lambda: action(self.org, self.id_of(booking), context=a_member_of_staff(key)),
            Conditions(
                key,
                done=booking.status == after and verb != "check in",
                gives=False,
            ),
        )

    @rule(target=queued, slot=one_slot, party=parties, guest=guests, key=keys)
    def join(self, slot: int, party: int, guest: str, key: str | None) -> object:
        def decide() -> ModelEntry:
            return self.model.join(ModelEntry(slot, party, guest))

        modelled = ModelRequest(key, ("wait", slot, party, guest), lasting=False)
        request = WaitingRequest(self.slots[slot], party, a_customer(guest))
        kept, answer = self.both(
            lambda: self.model.answer(modelled, decide, touches=(slot,), now=self.clock.now()),
            self.verbs.join_waiting_list(self.org, request, context=a_guest(key)),
        )
        if kept is None or answer is None:
            return multiple()
        if kept.outcome is None:
            kept.subject.id = answer.outcome.entry_id
        self.compare(kept, answer)
        return kept.subject

    @rule(entry=queued)
    def leave(self, entry: ModelEntry) -> None:
        def decide() -> StoredResult[ModelBooking] | None:
            now, booking = self.clock.now(), entry.booking
            if entry.status == "offered" and booking is not None:
                modelled = ModelRequest(None, ("release", booking), booking.version)
                return self.model.answer(
                    modelled,
                    lambda: self.model.release(booking),
                    touches=self.model.slots_of(booking),
                    now=now,
                )
            if entry.status == "waiting":
                self.model.expire_holds((entry.slot,), now)
                entry.status = "left"
            return None

        assert entry.id is not None
        self.both(decide, self.verbs.leave_waiting_list(self.org, entry.id, context=a_guest()))

    @rule(target=bookings, slot=one_slot)
    def offer(self, slot: int) -> object:
        """Offer places to all entries that fit; an offer is a hold like any other."""
        now = self.clock.now()
        chosen = self.model.entries_that_fit(slot, now)
        for entry in chosen:
            until = now + entry.offer
            booking = ModelBooking((slot,), entry.party, entry.guest, "held", expires_at=until)
            booking.queued, entry.booking, entry.status = entry, booking, "offered"
            self.taken(booking)
        offered = self.standing.run(
            self.verbs.offer_freed_places(self.org, self.slots[slot], context=a_member_of_staff())
        )
        assert offered == len(chosen)
        for entry in chosen:
            found = self.sql(
                "SELECT booking_id FROM waiting_list_entry WHERE org_id = $1 AND entry_id = $2",
                entry.id,
            )
            assert found is not None
            assert entry.booking is not None
            entry.booking.id = found["booking_id"]
        return multiple(*(entry.booking for entry in chosen))

    @rule(slot=one_slot, capacity=st.integers(0, 7), key=keys)
    def resize(self, slot: int, capacity: int, key: str | None) -> None:
        def decide() -> ModelSlot:
            if capacity < self.model.taken(slot):
                raise ModelRefusal(errors.CapacityBelowSold, sold=self.model.taken(slot))
            self.model.slots[slot].capacity = capacity
            return self.model.slots[slot]

        modelled = ModelRequest(key, ("capacity", slot, capacity), "" if key else object())
        context = a_member_of_staff(key)
        kept, answer = self.both(
            lambda: self.model.answer(modelled, decide, touches=(slot,), now=self.clock.now()),
            self.verbs.set_capacity(self.org, self.slots[slot], capacity, context=context),
        )
        if kept is not None and answer is not None:
            self.compare(kept, answer)

    @rule(slot=one_slot)
    def close_or_open(self, slot: int) -> None:
        places = self.model.slots[slot]
        places.closed = not places.closed
        state = "closed" if places.closed else "open"
        update = "UPDATE slot SET state = $3 WHERE org_id = $1 AND slot_id = $2"
        self.sql(update, self.slots[slot], state)

    @rule(by=waits)
    def time_passes(self, by: timedelta) -> None:
        self.clock.advance(by)

    @rule()
    def expired_holds_are_swept(self) -> None:
        now = self.clock.now()
        lapsed = [n for (n, _), until in self.model.allocations.items() if until and until <= now]
        self.model.expire_holds(lapsed, now)
        self.standing.run(self.verbs.expire_holds())

    @invariant()
    def states_are_equal(self) -> None:
        self.assert_equal_states()
