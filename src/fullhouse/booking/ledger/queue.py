"""The queue of commands before the ledger, in order of arrival except where two exclude each other.

A command whose mark is in the queue or in the group under way waits in the line of that mark, and
all others pass it. So one customer's commands, one at a time, delay nobody else's.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from fullhouse.booking import limits
from fullhouse.booking.model.commands import Command
from fullhouse.booking.model.outcomes import Outcome
from fullhouse.booking.ports import Verdict
from fullhouse.telemetry.tracing import Span


class PendingCommand(msgspec.Struct, eq=False):
    """A command in the queue, with the future of its verdict.

    `outcome_unknown` is set when the connection broke while the command was in flight.
    """

    command: Command
    outcome: Outcome | None
    deadline: float
    verdict: asyncio.Future[Verdict]
    marks: tuple[object, ...]
    outcome_unknown: bool = False
    span: Span | None = None


@dataclass(slots=True)
class CommandQueue:
    """Pending commands; no two that are ready share an exclusive mark.

    Each operation takes time in proportion to the marks of its command, however long the queue is.
    """

    _ready: deque[PendingCommand] = field(default_factory=deque)
    _lines: dict[object, deque[PendingCommand] | None] = field(default_factory=dict)
    """Every mark of a command that is ready or under way, with the commands that wait for it."""
    _size: int = 0

    def __len__(self) -> int:
        """How many commands wait, those in lines as well; a group under way does not count."""
        return self._size

    @property
    def is_empty(self) -> bool:
        """Whether no command is ready. Then none waits, unless a group is under way."""
        return not self._ready

    def admits(self, marks: tuple[object, ...]) -> bool:
        """Whether the line that a command with these marks would wait in has room."""
        line = self._line_of(marks)
        return not line or len(line) < limits.LINE_COMMANDS_MAX

    def add(self, pending: PendingCommand) -> None:
        """Append a command."""
        self._size += 1
        self._enter(pending)

    def take(self) -> list[PendingCommand]:
        """Take the next group; give each command to `release` once it is settled.

        At most half of what is ready beyond the smallest group, so that the database works on one
        half while this process reads and answers the other.
        """
        ready = self._ready
        half = min(limits.GROUP_COMMANDS_MAX, max(limits.GROUP_COMMANDS_MIN, len(ready) // 2))
        group = [ready.popleft() for _ in range(min(half, len(ready)))]
        self._size -= len(group)
        return group

    def release(self, pending: PendingCommand) -> None:
        """Free the marks of a command that was taken, for those that wait for them."""
        for mark in pending.marks:
            for following in self._lines.pop(mark) or ():
                self._enter(following)

    def remove_all(self) -> Iterator[PendingCommand]:
        """Remove every command, one after the other; those that waited in lines as well."""
        while self._ready:
            pending = self._ready.popleft()
            self._size -= 1
            self.release(pending)
            yield pending

    def retain(self, keep: Callable[[PendingCommand], bool]) -> None:
        """Remove the ready commands for which `keep` is false; the next in line takes the place."""
        ready, self._ready = self._ready, deque()
        for pending in ready:
            if keep(pending):
                self._ready.append(pending)
            else:
                self._size -= 1
                self.release(pending)

    def _enter(self, pending: PendingCommand) -> None:
        lines = self._lines
        for mark in pending.marks:
            if mark in lines:
                line = lines[mark]
                if line is None:
                    lines[mark] = line = deque()
                line.append(pending)
                return
        for mark in pending.marks:
            lines[mark] = None
        self._ready.append(pending)

    def _line_of(self, marks: tuple[object, ...]) -> deque[PendingCommand] | None:
        for mark in marks:
            if mark in self._lines:
                return self._lines[mark]
        return None
