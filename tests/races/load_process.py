"""A process full of guests: told what to do, it answers what came of it.

It has an application of its own, with its own committer.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from random import Random
from typing import Literal, TypeVar
from uuid import UUID

import msgspec
from tests.builders.business import a_booking_of, a_customer, a_guest, a_hold_of

from fullhouse.booking import errors
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome, Outcome
from fullhouse.booking.model.requests import ConfirmRequest, WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application, open_application
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import FullhouseError, IdempotencyKeyReused, InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.settings import Settings

T = TypeVar("T", bound=Outcome)


class LoadTask(msgspec.Struct, frozen=True):
    """What a crowd is sent to do; `number` keeps the guests of one round from another's."""

    do: Literal["rush", "keys", "stream"]
    org_id: OrgId
    slots: list[SlotId]
    number: int
    clients: int
    attempts: int
    crowd: int = 0
    """Which of the processes that do it at once."""
    starts_at: float = 0.0
    """On the monotonic clock, which all processes of a machine share."""


class LoadReport(msgspec.Struct):
    """What came of it: bookings as they were last acknowledged, and all that was not expected."""

    bookings: dict[UUID, tuple[str, list[UUID]]] = msgspec.field(default_factory=dict)
    refs: dict[str, str] = msgspec.field(default_factory=dict)
    attempts: int = 0
    refused: int = 0
    replayed: int = 0
    slowest_seconds: float = 0.0
    surprises: list[str] = msgspec.field(default_factory=list)


@dataclass(slots=True)
class Guest:
    """Wants this and that, and remembers what was promised."""

    app: Application
    task: LoadTask
    report: LoadReport
    name: str
    chance: Random
    mine: list[BookingId] = field(default_factory=list)

    async def come(self) -> None:
        for number in range(self.task.attempts):
            await self._attempt(f"{self.name} {number}")

    async def _attempt(self, name: str) -> None:
        share = self.chance.random()
        if share < 0.25:
            await self._hold(name)
        elif share < 0.4 and self.mine:
            await self._asked(
                self.app.booking.move_booking(
                    self.task.org_id,
                    self.mine[-1],
                    self.chance.choice(((), self._slots())),
                    party=self.chance.randint(1, 4),
                    context=a_guest(),
                )
            )
        elif share < 0.5 and self.mine:
            await self._cancel(self.mine.pop())
        elif share < 0.58:
            await self._wait(name)
        else:
            request = a_booking_of(*self._slots(), party=self.chance.randint(1, 4), name=name)
            booked = await self._asked(
                self.app.booking.place_booking(self.task.org_id, request, context=a_guest())
            )
            self.mine += [booked] if booked else []

    async def _cancel(self, booking: BookingId) -> None:
        """Cancel, and perhaps undo: however many want the places, they are kept for that."""
        verbs, org_id = self.app.booking, self.task.org_id
        if await self._asked(verbs.cancel_booking(org_id, booking, context=a_guest())) is None:
            return
        if self.chance.random() < 0.5:
            restored = verbs.restore_booking(org_id, booking, context=a_guest())
            if await self._asked(restored) is None:
                self.report.surprises.append(f"{booking} could not be restored")

    async def _hold(self, name: str) -> None:
        verbs, org_id = self.app.booking, self.task.org_id
        request = a_hold_of(*self._slots(), party=self.chance.randint(1, 4))
        hold = await self._asked(verbs.place_hold(org_id, request, context=a_guest()))
        if hold is None:
            return
        if self.chance.random() < 0.7:
            customer = ConfirmRequest(a_customer(name))
            await self._asked(verbs.confirm_hold(org_id, hold, customer, context=a_guest()))
            self.mine.append(hold)
        else:
            await self._asked(verbs.release_hold(org_id, hold, context=a_guest()))

    async def _wait(self, name: str) -> None:
        """Join the waiting list, see to it that it moves on, and perhaps lose patience."""
        verbs, org_id, (slot,) = self.app.booking, self.task.org_id, self._slots(1)
        request = WaitingRequest(slot, self.chance.randint(1, 4), a_customer(name))
        joined = await timed(
            self.report, verbs.join_waiting_list(org_id, request, context=a_guest())
        )
        try:
            await verbs.offer_freed_places(org_id, slot, context=a_guest())
            if joined is not None and self.chance.random() < 0.5:
                await verbs.leave_waiting_list(org_id, joined.entry_id, context=a_guest())
        except FullhouseError as error:
            self.report.surprises.append(repr(error))

    def _slots(self, count: int = 0) -> tuple[SlotId, ...]:
        return tuple(self.chance.sample(self.task.slots, count or self.chance.choice((1, 1, 1, 2))))

    async def _asked(self, work: Awaitable[Result[BookingOutcome]]) -> BookingId | None:
        outcome = await timed(self.report, work)
        if outcome is None:
            return None
        slots = [UUID(str(slot.slot_id)) for slot in outcome.slots]
        self.report.bookings[outcome.booking_id] = (outcome.status, slots)
        return outcome.booking_id


async def timed(report: LoadReport, work: Awaitable[Result[T]]) -> T | None:
    """Its outcome, or None when there was no room, or no need; anything else is a surprise."""
    began = asyncio.get_running_loop().time()
    report.attempts += 1
    try:
        answer = await work
    except (errors.SlotFull, IdempotencyKeyReused, InvalidInput):
        report.refused += 1
        return None
    except FullhouseError as error:
        report.surprises.append(repr(error))
        return None
    finally:
        seconds = asyncio.get_running_loop().time() - began
        report.slowest_seconds = max(report.slowest_seconds, seconds)
    report.replayed += answer.replayed
    return answer.outcome


async def rush(app: Application, task: LoadTask, report: LoadReport) -> None:
    """Everybody wants one of few places, in every way there is."""
    async with asyncio.TaskGroup() as group:
        for client in range(task.clients):
            name = f"Guest {task.crowd} {task.number} {client}"
            guest = Guest(app, task, report, name, Random(name))  # noqa: S311 - a crowd again
            group.create_task(guest.come())


async def same_keys(app: Application, task: LoadTask, report: LoadReport) -> None:
    """Every process sends the same keys; those divisible by three with another request each."""

    async def send(number: int) -> None:
        key = f"key {task.number} {number}"
        same = number % 3 > 0
        slot = task.slots[0 if same else task.crowd]
        request = a_booking_of(slot, party=1, name=key, allow_duplicate=True)
        outcome = await timed(
            report, app.booking.place_booking(task.org_id, request, context=a_guest(key))
        )
        report.refs[key] = outcome.ref if outcome else ""

    async with asyncio.TaskGroup() as group:
        for number in range(task.attempts):
            group.create_task(send(number))


async def stream(app: Application, task: LoadTask, says: Connection) -> None:
    """Say each key and reference the moment it is acknowledged, for as long as it lives."""
    report = LoadReport()

    async def book(client: int) -> None:
        for number in range(task.attempts):
            key = f"{task.number}-{client}-{number}"
            request = a_booking_of(*task.slots, party=1, name=key, allow_duplicate=True)
            work = app.booking.place_booking(task.org_id, request, context=a_guest(key))
            outcome = await timed(report, work)
            if outcome is not None:
                says.send((key, outcome.ref))

    async with asyncio.TaskGroup() as group:
        for client in range(task.clients):
            group.create_task(book(client))


async def live(url: str, says: Connection) -> None:
    """Do what is asked for until the other end is closed."""
    async with open_application(Settings(), url, name="crowd", clock=SystemClock()) as app:
        says.send("ready")
        while (task := await asyncio.to_thread(_asked_for, says)) is not None:
            report = LoadReport()
            await asyncio.sleep(task.starts_at - asyncio.get_running_loop().time())
            if task.do == "stream":
                await stream(app, task, says)
            else:
                await (rush if task.do == "rush" else same_keys)(app, task, report)
            says.send(report)


def run(url: str, says: Connection) -> None:
    """The process."""
    asyncio.run(live(url, says))


def _asked_for(says: Connection) -> LoadTask | None:
    try:
        task = says.recv()
    except EOFError:
        return None
    assert isinstance(task, LoadTask)
    return task
