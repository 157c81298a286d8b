"""What actions need from beyond them: the ledger."""

from typing import Protocol

import msgspec

from fullhouse.booking.model.commands import Command, VerdictCode
from fullhouse.booking.model.outcomes import Outcome


class Verdict(msgspec.Struct, frozen=True):
    """The ledger's decision: the outcome of a command that was done, now or before, or details."""

    code: VerdictCode
    details: dict[str, object]
    outcome: Outcome | None


class Ledger(Protocol):
    """The one place where places are taken and freed."""

    async def submit(self, command: Command, outcome: Outcome | None = None) -> Verdict:
        """Commit a command with others that wait; every outcome is durable when it is returned.

        `outcome` is what the command comes to when it is done: stored with its key for repeats.
        Raises `Overloaded` at once when the queue is full, `DeadlineExceeded` when its turn did
        not come in time, `OutcomeUnknown` when the connection broke and could not be restored in
        time (ask again with the same key), `LedgerRefused` when a constraint forbids it.
        """
        ...
