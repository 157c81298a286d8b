"""Group commit: commands that arrive while a commit is in flight share the next one.

One round trip, one transaction and one fsync for a group of commands; no timer, no added wait. The
committer has a connection of its own, so that a booking never waits for the pool.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, cast

import asyncpg
import msgspec

from fullhouse.booking import limits
from fullhouse.booking.errors import LedgerRefused
from fullhouse.booking.ledger.queue import CommandQueue, PendingCommand
from fullhouse.booking.metrics import LedgerMetrics
from fullhouse.booking.model.commands import (
    Command,
    CommandKind,
    CreateBookingCommand,
)
from fullhouse.booking.model.outcomes import BookingOutcome, Outcome
from fullhouse.booking.ports import Verdict
from fullhouse.concurrency.deadline import seconds_left
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import DeadlineExceeded, FullhouseError, Overloaded
from fullhouse.kernel.ids import Ids
from fullhouse.storage.database import admit_all
from fullhouse.storage.errors import (
    DatabaseBusy,
    DatabaseErrors,
    DatabaseFull,
    DatabaseUnavailable,
    OutcomeUnknown,
)
from fullhouse.storage.observation import Observation, ObserveQuery, observe_nothing
from fullhouse.telemetry import tracing
from fullhouse.telemetry.log import get_logger

Connect = Callable[[], Awaitable[asyncpg.Connection]]

_COMMIT: Final = "SELECT verdict, details, outcome FROM ledger_commit($1, $2, $3, $4)"
STATEMENTS_OF_LEDGER: Final = {"ledger commit": _COMMIT}
"""What the ledger runs, by the names that operators read."""
_REPLAY_WINDOW: Final = timedelta(minutes=limits.REPLAY_WINDOW_MINUTES)
_decode_outcome: Final = msgspec.json.Decoder(Outcome).decode
_encode: Final = msgspec.json.Encoder().encode
_NO_DETAILS: Final[dict[str, object]] = {}
_LOG: Final = get_logger("booking.ledger")


@dataclass(slots=True)
class Committer:
    """Commits queued commands group by group. Call `run` once a process."""

    connect: Connect
    clock: Clock
    metrics: LedgerMetrics
    ids: Ids
    observe: ObserveQuery = observe_nothing
    admit: Callable[[], None] = admit_all
    """Raises the error of commands that are refused, because the database is known to be away."""
    queue_max: int = limits.QUEUE_COMMANDS_MAX
    deadline_seconds: float = limits.COMMAND_DEADLINE_SECONDS
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _queue: CommandQueue = field(default_factory=CommandQueue)
    _arrival: asyncio.Event = field(default_factory=asyncio.Event)
    _connection: asyncpg.Connection | None = None
    _failed_at: float | None = None
    _closing: bool = False
    _commit_seconds: float = 0.0

    async def submit(self, command: Command, outcome: Outcome | None = None) -> Verdict:
        """Queue a command and wait for its verdict; see `booking.ports.Ledger`.

        Cancelling the caller cancels no commit: the command still runs, and its key finds the
        outcome.
        """
        self.admit()
        marks = command.exclusive_marks()
        if self.is_overloaded or not self._queue.admits(marks):
            self.metrics.rejected()
            raise Overloaded("So many bookings are being made right now; try again in a moment.")
        pending = PendingCommand(
            command,
            outcome,
            self.clock.monotonic() + seconds_left(self.deadline_seconds),
            self._loop.create_future(),
            marks,
        )
        with tracing.span("ledger command", command=kind_of(command)) as pending.span:
            self._queue.add(pending)
            self._arrival.set()
            return await pending.verdict

    @property
    def is_overloaded(self) -> bool:
        """Whether the next command would be refused: the queue is full, or takes too long."""
        return self._closing or self._fullness() >= 1

    def is_crowded(self, coming: int) -> bool:
        """Whether requests should be refused unread, so that those `coming` find room."""
        return self._fullness(coming) >= limits.QUEUE_CROWDED_SHARE

    def _fullness(self, coming: int = 0) -> float:
        """The queue with what is `coming` as a share of its limits, of length and of time.

        How long it takes follows from the commits just made, so the database bounds the queue.
        """
        queued = len(self._queue) + coming
        seconds = queued // limits.GROUP_COMMANDS_MAX * self._commit_seconds
        return max(queued / self.queue_max, seconds / limits.QUEUE_SECONDS_MAX)

    @property
    def is_failing(self) -> bool:
        """Whether the database has no room for what is written, as the last group found.

        It ends by itself: a process that is sent no requests writes nothing that would end it.
        """
        failed_at = self._failed_at
        return failed_at is not None and (
            self.clock.monotonic() - failed_at < limits.FAILING_SECONDS
        )

    async def run(self) -> None:
        """Commit until `drain` has been called and the queue is empty.

        Every command in the queue is answered, also when `run` is cancelled.
        """
        try:
            while await self._has_commands():
                await self._process(self._queue.take())
        finally:
            self._closing = True
            self._disconnect()
            for pending in self._queue.remove_all():
                fail(pending, Overloaded("Bookings have stopped here; nothing was done."))

    def drain(self) -> None:
        """Take no more commands; `run` returns once those taken have been answered."""
        self._closing = True
        self._arrival.set()

    def refuse_unsent(self, error: FullhouseError) -> None:
        """Answer the commands that wait, since the database is away; those sent may be done."""
        for pending in self._queue.remove_all():
            fail(pending, error)

    async def _has_commands(self) -> bool:
        while self._queue.is_empty:
            if self._closing:
                return False
            self._arrival.clear()
            await self._arrival.wait()
        return True

    async def _process(self, group: list[PendingCommand]) -> None:
        try:
            await self._settle([pending for pending in group if self._in_time(pending)])
        except BaseException as error:
            for pending in group:
                fail(pending, OutcomeUnknown("Something broke just then; ask with the same key."))
            self._disconnect()
            if not isinstance(error, Exception):
                raise
            # A bug in one group must not end the ledger
            _LOG.exception("ledger.group_failed", commands=len(group))
        finally:
            for pending in group:
                self._queue.release(pending)

    def _in_time(self, pending: PendingCommand) -> bool:
        if self.clock.monotonic() < pending.deadline:
            return True
        late = OutcomeUnknown if pending.outcome_unknown else DeadlineExceeded
        self.metrics.expired(outcome_unknown=pending.outcome_unknown)
        fail(pending, late("The answer did not come in time; ask again with the same key."))
        return False

    async def _settle(self, group: list[PendingCommand]) -> None:
        """Commit a group until each command has a verdict.

        It is bisected while a constraint is broken and repeated while the database is away.
        Repeating is safe: a command that was committed unseen is found by its key, under the same
        locks, and answered by its stored outcome.
        """
        pause = 0.01
        while group:
            try:
                rows = await self._commit(group)
            except asyncpg.PostgresError as error:
                await self._bisect(group, error)
                return
            except DatabaseFull as error:
                self._failed_at = self.clock.monotonic()
                for pending in group:
                    fail(pending, error)
                return
            except (DatabaseUnavailable, DatabaseBusy):
                await asyncio.sleep(pause)
                pause = min(pause * 2, 0.5)
                group = [pending for pending in group if self._in_time(pending)]
                self._queue.retain(self._in_time)
            else:
                self._resolve_from(0, group, rows)
                kinds = [kind_of(pending.command) for pending in group]
                codes = [row["verdict"] for row in rows]
                self.metrics.decided(zip(kinds, codes, strict=True))
                return

    async def _bisect(self, group: list[PendingCommand], error: asyncpg.PostgresError) -> None:
        """Halve a group until the command that breaks a constraint stands alone."""
        if len(group) > 1:
            middle = len(group) // 2
            await self._settle(group[:middle])
            await self._settle(group[middle:])
        elif error.constraint_name == "idempotency_pkey" and not group[0].verdict.done():
            # Another process has committed the same key for another slot: now it can be read
            await self._settle(group)
        elif error.constraint_name == "booking_ref" and self._in_time(group[0]):
            # One in a million, where there are a million bookings
            _with_reference(group[0], self.ids.reference())
            await self._settle(group)
        else:
            # The error's text may quote the command, and with it the guest: log no more than names
            kind, constraint = type(error).__name__, error.constraint_name
            _LOG.warning("ledger.command_refused", error=kind, constraint=constraint)
            fail(group[0], LedgerRefused(constraint=constraint))

    def _resolve_from(
        self, first: int, group: Sequence[PendingCommand], rows: Sequence[asyncpg.Record]
    ) -> None:
        """Resolve the verdicts, a bounded number in a turn of the event loop: each wakes a request.

        The next group is sent before the last requests of this one are awake.
        """
        end = first + limits.VERDICTS_PER_TURN_MAX
        for pending, row in zip(group[first:end], rows[first:end], strict=True):
            self._resolve(pending, row)
        if end < len(group):
            self._loop.call_soon(self._resolve_from, end, group, rows)

    def _resolve(self, pending: PendingCommand, row: asyncpg.Record) -> None:
        try:
            verdict = verdict_of(pending.outcome, row)
        except msgspec.DecodeError:
            _LOG.exception("ledger.outcome_unreadable", command=str(pending.command.command_id))
            fail(pending, OutcomeUnknown("Its answer is kept in a form not known here."))
            return
        if not pending.verdict.done():
            pending.verdict.set_result(verdict)

    async def _commit(self, group: Sequence[PendingCommand]) -> list[asyncpg.Record]:
        """Call the database once, in one transaction.

        Raises asyncpg's error for a broken constraint, and Fullhouse's own for all others.
        """
        connection = await self._connected()
        batch = [pending.command for pending in group]
        outcomes = [encode_outcome(pending.outcome) for pending in group]
        began = self.clock.monotonic()
        try:
            rows = await self._execute(connection, batch, outcomes)
        except DatabaseUnavailable:
            for pending in group:
                pending.outcome_unknown = True
            raise
        self._failed_at = None
        seconds = self.clock.monotonic() - began
        self._commit_seconds += (seconds - self._commit_seconds) / limits.COMMITS_AVERAGED
        self.metrics.committed(commands=len(group), seconds=seconds, queued=len(self._queue))
        if tracing.is_on():
            spans = [pending.span for pending in group]
            tracing.record_shared("ledger commit", spans, seconds=seconds, commands=len(group))
        return rows

    async def _execute(
        self, connection: asyncpg.Connection, batch: list[Command], outcomes: list[str | None]
    ) -> list[asyncpg.Record]:
        """Treat a database that is silent for longer than any statement may take as lost."""
        with Observation("booking.ledger_commit", self.clock, self.observe):
            try:
                with DatabaseErrors(connection):
                    rows: list[asyncpg.Record] = await connection.fetch(
                        _COMMIT,
                        batch,
                        outcomes,
                        self.clock.now(),
                        _REPLAY_WINDOW,
                        timeout=limits.COMMIT_SECONDS_MAX,
                    )
            except DatabaseUnavailable:
                self._disconnect()
                raise
        return rows

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await self.connect()
            except asyncpg.InterfaceError as error:  # it was lost while being made
                raise DatabaseUnavailable(str(error)) from error
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def verdict_of(new_outcome: Outcome | None, row: asyncpg.Record) -> Verdict:
    """Return the verdict in a row. The database returns an outcome only if it was stored before."""
    code, details, outcome = row
    if outcome is not None:
        return Verdict(code, _NO_DETAILS, _decode_outcome(outcome))
    return Verdict(code, details or _NO_DETAILS, new_outcome if code == "done" else None)


def encode_outcome(outcome: Outcome | None) -> str | None:
    return None if outcome is None else _encode(outcome).decode()


def kind_of(command: Command) -> CommandKind:
    """Return the tag of a command."""
    return cast("CommandKind", command.__struct_config__.tag)


def fail(pending: PendingCommand, error: Exception) -> None:
    if not pending.verdict.done():
        pending.verdict.set_exception(error)


def _with_reference(pending: PendingCommand, ref: str) -> None:
    """Give the booking of a pending creation another reference."""
    command, replace = pending.command, msgspec.structs.replace
    assert isinstance(command, CreateBookingCommand), "only a new booking has a new reference"
    assert isinstance(pending.outcome, BookingOutcome), "a new booking's outcome is a booking"
    pending.command = replace(command, new_booking=replace(command.new_booking, ref=ref))
    pending.outcome = replace(pending.outcome, ref=ref)
