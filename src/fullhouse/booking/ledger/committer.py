"""Group commit: commands that arrive while a commit is in flight share the next one.

One round trip, one transaction, one fsync for up to 64 commands; no timer and no added wait. The
committer has its own connection, so that no pool and no other work stands before a booking.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import msgspec

from fullhouse.booking.errors import LedgerRefused
from fullhouse.booking.limits import (
    COMMAND_DEADLINE_SECONDS,
    COMMIT_SECONDS_MAX,
    GROUP_COMMANDS_MAX,
    QUEUE_COMMANDS_MAX,
)
from fullhouse.booking.metrics import LedgerMetrics
from fullhouse.booking.model.commands import Command
from fullhouse.booking.model.outcomes import BookingOutcome, Outcome
from fullhouse.booking.ports import Verdict
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import DeadlineExceeded, Overloaded
from fullhouse.kernel.ids import Ids
from fullhouse.storage.errors import (
    DatabaseBusy,
    DatabaseErrors,
    DatabaseUnavailable,
    OutcomeUnknown,
)
from fullhouse.storage.observation import Observation, ObserveQuery, observe_nothing
from fullhouse.telemetry.log import get_logger

Connect = Callable[[], Awaitable[asyncpg.Connection]]

_COMMIT = "SELECT verdict, facts, outcome FROM ledger_commit($1, $2)"
_decode_outcome = msgspec.json.Decoder(Outcome).decode
_NO_FACTS: dict[str, object] = {}
_LOG: Final = get_logger("booking.ledger")


@dataclass(slots=True, eq=False)
class Waiting:
    """A command in the queue, and where its answer goes.

    `doubtful` once it was on its way when a connection broke: nobody knows whether it was done.
    """

    command: Command
    deadline: float
    answer: asyncio.Future[Verdict]
    doubtful: bool = False


@dataclass(slots=True)
class Committer:
    """Commits queued commands group by group, in order of arrival. `run` it once a process."""

    connect: Connect
    clock: Clock
    metrics: LedgerMetrics
    ids: Ids
    observe: ObserveQuery = observe_nothing
    queue_max: int = QUEUE_COMMANDS_MAX
    deadline_seconds: float = COMMAND_DEADLINE_SECONDS
    _queue: deque[Waiting] = field(default_factory=deque)
    _arrival: asyncio.Event = field(default_factory=asyncio.Event)
    _connection: asyncpg.Connection | None = None
    _closing: bool = False

    async def submit(self, command: Command) -> Verdict:
        """Queue it and wait for its verdict; see `booking.ports.Ledger`.

        Nobody's impatience cancels a commit: when the caller is cancelled the command still runs,
        and its key finds the answer.
        """
        if self._closing or len(self._queue) >= self.queue_max:
            self.metrics.rejected()
            raise Overloaded("So many bookings are being made right now; try again in a moment.")
        waiting = Waiting(
            command,
            self.clock.monotonic() + self.deadline_seconds,
            asyncio.get_running_loop().create_future(),
        )
        self._queue.append(waiting)
        self._arrival.set()
        return await waiting.answer

    async def run(self) -> None:
        """Commit until `drain` has been called and the queue is empty.

        Whatever ends it, nobody is left without an answer.
        """
        try:
            while await self._something_waits():
                await self._answer_all(take_group(self._queue))
        finally:
            self._closing = True
            self._hang_up()
            for waiting in self._queue:
                answer_error(waiting, Overloaded("Bookings have stopped here; nothing was done."))
            self._queue.clear()

    def drain(self) -> None:
        """Take no more commands; `run` returns once those taken have been answered."""
        self._closing = True
        self._arrival.set()

    async def _something_waits(self) -> bool:
        while not self._queue:
            if self._closing:
                return False
            self._arrival.clear()
            await self._arrival.wait()
        return True

    async def _answer_all(self, group: list[Waiting]) -> None:
        try:
            await self._settle([waiting for waiting in group if self._still_in_time(waiting)])
        except Exception:  # noqa: BLE001 - the ledger outlives whatever befalls one group
            _LOG.exception("a group of commands failed in a way that nobody foresaw")
            self._hang_up()
        finally:
            for waiting in group:
                if not waiting.answer.done():
                    broke = OutcomeUnknown("Something broke just then; ask with the same key.")
                    waiting.answer.set_exception(broke)

    def _still_in_time(self, waiting: Waiting) -> bool:
        if self.clock.monotonic() < waiting.deadline:
            return True
        late = OutcomeUnknown if waiting.doubtful else DeadlineExceeded
        answer_error(waiting, late("The answer did not come in time; ask again with the same key."))
        return False

    async def _settle(self, group: list[Waiting]) -> None:
        """Commit a group until each has an answer.

        It is halved while a rule is broken and repeated while the database is away. Repeating is
        safe: a command that was committed unseen is found by its key, under the same locks, and
        answers with the outcome it had.
        """
        pause = 0.01
        while group:
            try:
                rows = await self._commit(group)
            except asyncpg.PostgresError as error:
                await self._isolate(group, error)
                return
            except (DatabaseUnavailable, DatabaseBusy):
                await asyncio.sleep(pause)
                pause = min(pause * 2, 0.5)
                group = [waiting for waiting in group if self._still_in_time(waiting)]
                self._queue = deque(w for w in self._queue if self._still_in_time(w))
            else:
                for waiting, row in zip(group, rows, strict=True):
                    self._tell(waiting, row)
                acts = [waiting.command.act for waiting in group]
                says = [row["verdict"] for row in rows]
                self.metrics.decided(zip(acts, says, strict=True))
                return

    async def _isolate(self, group: list[Waiting], error: asyncpg.PostgresError) -> None:
        """One command that breaks a rule must not sink its group: halve until it stands alone."""
        if len(group) > 1:
            middle = len(group) // 2
            await self._settle(group[:middle])
            await self._settle(group[middle:])
        elif error.constraint_name == "idempotency_pkey" and not group[0].answer.done():
            # Another process committed the same key for another slot meanwhile: now it is seen
            await self._settle(group)
        elif error.constraint_name == "booking_ref" and self._still_in_time(group[0]):
            # One in a million, where there are a million bookings
            group[0].command = _with_reference(group[0].command, self.ids.reference())
            await self._settle(group)
        else:
            # Its own words may quote the command, and with it the guest: the rule's name must do
            kind, rule = type(error).__name__, error.constraint_name
            _LOG.warning("the database refused a command", error=kind, constraint=rule)
            answer_error(group[0], LedgerRefused(constraint=rule))

    def _tell(self, waiting: Waiting, row: asyncpg.Record) -> None:
        try:
            verdict = verdict_of(waiting.command, row)
        except msgspec.DecodeError:
            _LOG.exception("an outcome cannot be read", key=str(waiting.command.key))
            answer_error(waiting, OutcomeUnknown("Its answer is kept in a form not known here."))
            return
        if not waiting.answer.done():
            waiting.answer.set_result(verdict)

    async def _commit(self, group: Sequence[Waiting]) -> list[asyncpg.Record]:
        """One call, one transaction; raises asyncpg's error for a broken rule, ours otherwise."""
        connection = await self._connected()
        batch = [waiting.command for waiting in group]
        began = self.clock.monotonic()
        try:
            rows = await self._ask(connection, batch)
        except DatabaseUnavailable:
            for waiting in group:
                waiting.doubtful = True
            raise
        self.metrics.committed(
            commands=len(group),
            seconds=self.clock.monotonic() - began,
            queued=len(self._queue),
        )
        return rows

    async def _ask(
        self, connection: asyncpg.Connection, batch: list[Command]
    ) -> list[asyncpg.Record]:
        """A database that is silent for longer than any statement may take counts as lost."""
        with Observation("booking.ledger_commit", self.clock, self.observe):
            try:
                with DatabaseErrors(connection):
                    rows: list[asyncpg.Record] = await connection.fetch(
                        _COMMIT, batch, self.clock.now(), timeout=COMMIT_SECONDS_MAX
                    )
            except TimeoutError as error:
                self._hang_up()
                raise DatabaseUnavailable from error
        return rows

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await self.connect()
            except asyncpg.InterfaceError as error:  # it was lost while being made
                raise DatabaseUnavailable(str(error)) from error
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def verdict_of(command: Command, row: asyncpg.Record) -> Verdict:
    """The ledger sends an outcome back only when it was stored before; a new one we have here."""
    say, facts, outcome = row
    if outcome is not None:
        return Verdict(say, _NO_FACTS, _decode_outcome(outcome))
    return Verdict(say, facts or _NO_FACTS, command.outcome if say == "done" else None)


def _with_reference(command: Command, ref: str) -> Command:
    """The same command for a booking of another reference."""
    outcome = command.outcome
    assert isinstance(outcome, BookingOutcome), "only a new booking has a new reference"
    replace = msgspec.structs.replace
    return replace(command, ref=ref, outcome=replace(outcome, ref=ref))


def answer_error(waiting: Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)


def take_group(queue: deque[Waiting]) -> list[Waiting]:
    """The next group: at most 64, in order of arrival, no two with the same key, booking or guest.

    Two commands on one key, one booking, one entry of a waiting list or one customer must see each
    other's effect, so the second waits for the next group, and everything behind it with it.
    """
    group: list[Waiting] = []
    taken: set[object] = set()
    while queue and len(group) < GROUP_COMMANDS_MAX:
        command = queue[0].command
        marks: set[object] = {command.key, command.subject, command.entry_id}
        if command.near_minutes:
            marks.add((command.org_id, command.customer_email))
        marks.discard(None)
        if not taken.isdisjoint(marks):
            break
        taken |= marks
        group.append(queue.popleft())
    return group
