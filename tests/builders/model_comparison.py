"""The real ledger and the reference model: the same commands to both, results compared."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeVar
from uuid import UUID

import asyncpg
from tests.builders.business import Business
from tests.builders.reference_model import (
    UNDO,
    ModelBooking,
    ModelRefusal,
    ModelRequest,
    ReferenceModel,
    StoredResult,
    wrong,
)
from tests.builders.threaded_app import StandingHouse

from fullhouse.booking import errors
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome, Outcome
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.booking import BookingActions
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.ids import OrgId

T = TypeVar("T", bound=Outcome)
K = TypeVar("K")
A = TypeVar("A")
BookingAnswer = Coroutine[object, object, Result[BookingOutcome]]
PRICE = 1200
Row = list[object]

STATE = """
SELECT
    (SELECT jsonb_agg(jsonb_build_array(slot_id, capacity, booked, held)) FROM slot
        WHERE org_id = $1) AS slots,
    (SELECT jsonb_agg(jsonb_build_array(slot_id, booking_id, places,
        extract(epoch FROM expires_at)::bigint)) FROM slot_allocation
        WHERE org_id = $1) AS allocations,
    (SELECT jsonb_agg(jsonb_build_array(booking_id, status, version, slots, party,
        customer_name, extract(epoch FROM expires_at)::bigint)) FROM booking
        WHERE org_id = $1) AS bookings,
    (SELECT jsonb_agg(jsonb_build_array(entry_id, status)) FROM waiting_list_entry
        WHERE org_id = $1) AS waiting
"""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a change; `done` when the booking is already as it would be made.

    Before the ledger decides, the status `must_be` one of these, and nothing may `refuse` it.
    """

    key: str | None
    must_be: tuple[str, ...] = ()
    refuse: ModelRefusal | None = None
    done: bool = False
    takes: tuple[int, ...] = ()
    gives: bool = True


class ModelComparison:
    """One business, in the database and in the model."""

    standing: ClassVar[StandingHouse]
    clock: ClassVar[ManualClock]
    business: Business
    slots: list[SlotId]
    model: ReferenceModel

    @property
    def verbs(self) -> BookingActions:
        return self.standing.app.booking

    @property
    def org(self) -> OrgId:
        return self.business.org_id

    def ids_of(self, slots: Iterable[int]) -> tuple[SlotId, ...]:
        return tuple(self.slots[slot] for slot in slots)

    def id_of(self, booking: ModelBooking) -> BookingId:
        assert booking.id is not None
        return BookingId(booking.id)

    def taken(self, booking: ModelBooking) -> ModelBooking:
        """Add a booking to the model, or raise `ModelRefusal`."""
        self.model.take(booking, booking.slots, booking.expires_at)
        self.model.bookings.append(booking)
        return booking

    def too_late(self, since: datetime | None) -> ModelRefusal | None:
        late = since is None or self.clock.now() - since > UNDO
        return ModelRefusal(errors.TooLateToUndo) if late else None

    def book(
        self,
        request: ModelRequest,
        decide: Callable[[], ModelBooking],
        real: BookingAnswer,
        *,
        slots: tuple[int, ...],
    ) -> ModelBooking | None:
        """Create a booking in both; None when both refuse it for the same reason."""
        kept, answer = self.both(
            lambda: self.model.answer(request, decide, touches=slots, now=self.clock.now()), real
        )
        if kept is None or answer is None:
            return None
        if kept.outcome is None:
            kept.subject.id = answer.outcome.booking_id
        self.compare(kept, answer)
        return kept.subject

    def change(
        self,
        booking: ModelBooking,
        meaning: tuple[object, ...],
        decide: Callable[[], ModelBooking],
        ask: Callable[[], BookingAnswer],
        terms: Conditions,
    ) -> None:
        """Change a booking in both."""
        request = ModelRequest(terms.key, (*meaning, booking), booking.version - terms.done)
        touches = {*terms.takes, *(self.model.slots_of(booking) if terms.gives else ())}

        def expected() -> StoredResult[ModelBooking]:
            if terms.must_be and booking.status not in terms.must_be:
                raise wrong(booking.status)
            if terms.refuse is not None:
                raise terms.refuse
            return self.model.answer(request, decide, touches=touches, now=self.clock.now())

        kept, answer = self.both(expected, ask())
        if kept is not None and answer is not None:
            self.compare(kept, answer)

    def both(
        self, expected: Callable[[], StoredResult[K] | None], real: Coroutine[object, object, A]
    ) -> tuple[StoredResult[K] | None, A | None]:
        """Return both results, or None when both refuse with the same error and details."""
        try:
            kept, refused = expected(), None
        except ModelRefusal as no:
            kept, refused = None, no
        answer, error = self.call(real)
        if error is None:
            assert refused is None, f"the model refuses, {refused}; the ledger does it: {answer}"
            return kept, answer
        assert refused is not None, f"the ledger refuses: {error!r} {error.details}"
        assert type(error) is refused.kind, f"{error!r} instead of {refused}"
        assert {name: error.details[name] for name in refused.facts} == refused.facts
        return None, None

    def call(
        self, real: Coroutine[object, object, A]
    ) -> tuple[A, None] | tuple[None, FullhouseError]:
        try:
            return self.standing.run(real), None
        except FullhouseError as error:
            return None, error

    def compare(self, kept: StoredResult[K], answer: Result[T]) -> None:
        """Compare a first result with the model, and a repeat with the first result."""
        assert answer.replayed == kept.replayed
        outcome, subject = answer.outcome, kept.subject
        if kept.outcome is not None:
            assert outcome == kept.outcome
        elif isinstance(outcome, BookingOutcome) and isinstance(subject, ModelBooking):
            assert (outcome.status, outcome.version) == (subject.status, subject.version)
            assert (outcome.party, outcome.expires_at) == (subject.party, subject.expires_at)
            assert tuple(slot.slot_id for slot in outcome.slots) == self.ids_of(subject.slots)
            assert outcome.price_amount == PRICE * subject.party * len(subject.slots)
        kept.outcome = outcome

    def sql(self, query: str, *values: object) -> asyncpg.Record | None:
        """One row about this organisation, which is the query's first parameter."""

        async def ask() -> asyncpg.Record | None:
            async with self.standing.app.database.unrestricted.session() as session:
                return await session.connection.fetchrow(query, self.org, *values)

        return self.standing.run(ask())

    def assert_equal_states(self) -> None:
        state = self.sql(STATE)
        assert state is not None
        model, ids = self.model, [str(slot) for slot in self.slots]
        assert in_order(state["slots"]) == in_order(
            [slot, model.slots[n].capacity, model.taken(n, held=False), model.taken(n, held=True)]
            for n, slot in enumerate(ids)
        )
        assert in_order(state["allocations"]) == in_order(
            [ids[n], text(booking.id), booking.party, seconds(until)]
            for (n, booking), until in model.allocations.items()
        )
        assert in_order(state["bookings"]) == in_order(
            [
                text(one.id), one.status, one.version, [ids[n] for n in one.slots], one.party,
                one.guest, seconds(one.expires_at),
            ]
            for one in model.bookings
        )  # fmt: skip
        assert in_order(state["waiting"]) == in_order([text(q.id), q.status] for q in model.queue)


def in_order(rows: Iterable[Row] | None) -> list[Row]:
    return sorted(rows or [], key=str)


def text(some_id: UUID | None) -> str:
    return str(some_id)


def seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())
