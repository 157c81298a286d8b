"""How much one account or API key, and one organisation, may have under way at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

from fullhouse.concurrency.shares import Shares
from fullhouse.entrypoints.limits import (
    CALLER_TURNS_MAX,
    ORGANISATION_TURNS_MAX,
    TURN_WAIT_SECONDS_MAX,
    TURNS_WAITING_MAX,
)
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import INSTALLATION, OrgId


@dataclass(frozen=True, slots=True)
class StaffTurns:
    """Pages of staff and reads of programs take what is stored, which may be much.

    Forty browsers of one account made the pages of all other businesses fifty times slower, within
    the rate of requests that a busy team needs. Guests have no turns: their work is bounded.
    """

    callers: Shares
    organisations: Shares

    @staticmethod
    def by(clock: Clock) -> "StaffTurns":
        """Shares of the size that `limits` says."""

        def shares(permits: int) -> Shares:
            return Shares(
                permits,
                waiters_max=TURNS_WAITING_MAX,
                wait_seconds_max=TURN_WAIT_SECONDS_MAX,
                clock=clock,
            )

        return StaffTurns(shares(CALLER_TURNS_MAX), shares(ORGANISATION_TURNS_MAX))

    @asynccontextmanager
    async def turn(self, context: RequestContext, org_id: OrgId) -> AsyncIterator[None]:
        """Wait for a turn of the account or key, and of its organisation if it acts for one.

        Raises `Overloaded` and `DeadlineExceeded`.
        """
        caller = context.principal.id
        if caller is None:
            yield
            return
        async with (
            self.callers.turn(caller),
            nullcontext() if org_id == INSTALLATION else self.organisations.turn(org_id),
        ):
            yield
