"""How much one account, API key, organisation or network address may have under way at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

from fullhouse.concurrency.shares import Shares
from fullhouse.entrypoints.limits import (
    CALLER_TURNS_MAX,
    GUESTS_WAITING_MAX,
    ORGANISATION_TURNS_MAX,
    TURN_WAIT_SECONDS_MAX,
    TURNS_WAITING_MAX,
)
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import INSTALLATION, OrgId


@dataclass(frozen=True, slots=True)
class CallerTurns:
    """Pages, and what programs read that guests may not, take milliseconds of the event loop.

    Forty browsers of one account made the pages of all other businesses fifty times slower, within
    the rate of requests that a busy team or a school class needs.
    """

    callers: Shares
    organisations: Shares
    guests: Shares
    """By network address, which many may have: so more of them wait."""

    @staticmethod
    def by(clock: Clock) -> "CallerTurns":
        """Shares of the size that `limits` says."""

        def shares(permits: int, *, waiters_max: int = TURNS_WAITING_MAX) -> Shares:
            wait_seconds = TURN_WAIT_SECONDS_MAX
            return Shares(
                permits, waiters_max=waiters_max, wait_seconds_max=wait_seconds, clock=clock
            )

        return CallerTurns(
            shares(CALLER_TURNS_MAX),
            shares(ORGANISATION_TURNS_MAX),
            shares(CALLER_TURNS_MAX, waiters_max=GUESTS_WAITING_MAX),
        )

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
