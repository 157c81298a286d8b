"""What actions need from beyond them: the ledger, and the slots that schedules ask for."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from fullhouse.booking.model.commands import Command, VerdictCode
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.outcomes import Outcome
from fullhouse.storage.unit_of_work import UnitOfWork


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


class MaterialisePort(Protocol):
    """Brings the slots of offerings to what their schedules ask for."""

    async def __call__(self, uow: UnitOfWork, offerings: Sequence[OfferingId], /) -> object:
        """Raises `InvalidInput` where the schedules cannot take place."""
        ...
