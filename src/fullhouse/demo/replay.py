"""Replay of the planned season, by the actions that customers and staff use."""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from fullhouse.booking import errors
from fullhouse.booking.actions.cancel_booking import CancelBooking
from fullhouse.booking.actions.check_in import CheckIn
from fullhouse.booking.actions.expire_holds import ExpireHolds
from fullhouse.booking.actions.join_waiting_list import JoinWaitingList
from fullhouse.booking.actions.mark_no_show import MarkNoShow
from fullhouse.booking.actions.place_booking import PlaceBooking
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import (
    BookingRequest,
    WaitingRequest,
)
from fullhouse.booking.policy import BookingPolicy
from fullhouse.booking.ports import Ledger
from fullhouse.booking.updates import BookingUpdater
from fullhouse.bootstrap.application import Application
from fullhouse.demo.season import Moment, PlannedVisit
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import GUEST, Principal, RequestContext
from fullhouse.kernel.ids import Ids, RandomIds, derived_id
from fullhouse.people.model import Organisation


@dataclass(frozen=True, slots=True)
class SeasonReplay:
    """Executes the moments of the season, and maps each visit to its booking.

    Each visit draws its ids from a seed of its own, so that the order of concurrent tasks has no
    effect on the result.
    """

    app: Application
    garden: Organisation
    clock: Clock
    ledger: Ledger
    seed: int
    staff: Principal
    booked: dict[int, BookingId] = field(default_factory=dict)

    async def run_moment(self, moment: Moment) -> None:
        """Execute one moment: all bookings concurrently, then all other changes concurrently."""
        async with asyncio.TaskGroup() as group:
            for visit in moment.books:
                group.create_task(self._book(visit))
        async with asyncio.TaskGroup() as group:
            for visit in moment.waits:
                group.create_task(self._wait(visit))
            for number in moment.cancels:
                group.create_task(self._change(number, CancelBooking, GUEST))
            for number in moment.arrives:
                group.create_task(self._change(number, CheckIn, self.staff))
            for number in moment.misses:
                group.create_task(self._change(number, MarkNoShow, self.staff))

    def came(self, moments: Sequence[Moment]) -> list[BookingId]:
        """Those who were checked in."""
        numbers = [number for moment in moments for number in moment.arrives]
        return [self.booked[number] for number in numbers if number in self.booked]

    async def release_places(self) -> None:
        """Release what cancelled bookings kept for undo, and offers that nobody answered."""
        # By the clock of the ledger: what is over by another one would be found again for ever
        expire = ExpireHolds(self.app.database, self.ledger, self.clock, self._ids("release", 0))
        while await expire():
            pass

    async def _book(self, visit: PlannedVisit) -> None:
        place_booking = PlaceBooking(self._policy(), self.ledger, self._ids("book", visit.number))
        request = BookingRequest(
            slots=(visit.slot.slot_id,),
            party=visit.party,
            customer=visit.customer.details,
            locale=visit.customer.locale,
            source=visit.customer.source,
        )
        context = self._caller("book", visit.number, GUEST)
        answer = await _unless_done_before(
            place_booking(self.garden.org_id, request, context=context)
        )
        if answer is not None:
            self.booked[visit.number] = answer.outcome.booking_id

    async def _wait(self, visit: PlannedVisit) -> None:
        join = JoinWaitingList(self._policy(), self.ledger, self._ids("wait", visit.number))
        request = WaitingRequest(
            visit.slot.slot_id, visit.party, visit.customer.details, visit.customer.locale
        )
        context = self._caller("wait", visit.number, GUEST)
        with suppress(errors.BookingError):
            await join(self.garden.org_id, request, context=context)

    async def _change(
        self, number: int, verb: type[CancelBooking | CheckIn | MarkNoShow], principal: Principal
    ) -> None:
        booking_id = self.booked.get(number)
        if booking_id is None:
            return
        name = verb.__name__
        updater = BookingUpdater(
            self._policy(),
            self.app.database,
            self.ledger,
            self.app.catalogue,
            self.clock,
            self._ids(name, number),
        )
        context = self._caller(name, number, principal)
        await _unless_done_before(verb(updater)(self.garden.org_id, booking_id, context=context))

    def _policy(self) -> BookingPolicy:
        return BookingPolicy(self.app.catalogue, self.app.availability, self.clock)

    def _ids(self, verb: str, number: int) -> Ids:
        return RandomIds(self.clock, Random(f"{self.seed}/{verb}/{number}"))  # noqa: S311 - a demo, not a secret

    def _caller(self, verb: str, number: int, principal: Principal) -> RequestContext:
        key = f"demo/{self.seed}/{verb}/{number}"
        return RequestContext(principal, derived_id(key), key)


async def _unless_done_before(
    verb: Awaitable[Result[BookingOutcome]],
) -> Result[BookingOutcome] | None:
    """The result, or None where an interrupted seeding did this before at a slightly other time."""
    with suppress(errors.BookingError):
        return await verb
    return None
