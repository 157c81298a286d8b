"""Kinds of effects and recurring jobs, as plain data: `bootstrap` lists all."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from msgspec import Struct

from fullhouse.jobs.effects import Effect
from fullhouse.jobs.limits import JOB_ATTEMPTS_MAX, JOB_SECONDS_MAX, RECURRING_SECONDS_MAX
from fullhouse.storage.database import Session


async def ignore_failure(_session: Session, _effect: Effect, _error: Exception) -> None:
    """Write nothing besides the dead letter itself."""


def never() -> bool:
    """Of kinds of job that call no service; of what yields to nothing."""
    return False


class JobKind(Struct, frozen=True):
    """How effects of one kind are run.

    `run` may be called again after a crash, so it must be idempotent by the effect's key.
    `concurrency` limits the attempts under way over all workers, None for no limit, and
    `org_concurrency` those of one organisation, so that one slow service leaves room for the
    others. `attempts_max` limits attempts that end in transient errors; other errors end after
    `JOB_ATTEMPTS_MAX`, permanent errors at once. `yields_under_load` delays a kind while customers
    rush. While `is_held` its service is known to fail: its effects wait in the queue, without an
    attempt. `on_dead_letter` records the failure in the transaction that makes the effect a dead
    letter.
    """

    name: str
    run: Callable[[Effect], Awaitable[None]]
    seconds_max: float = JOB_SECONDS_MAX
    attempts_max: int = JOB_ATTEMPTS_MAX
    concurrency: int | None = None
    org_concurrency: int | None = None
    yields_under_load: bool = False
    is_held: Callable[[], bool] = never
    on_dead_letter: Callable[[Session, Effect, Exception], Awaitable[None]] = ignore_failure

    def __post_init__(self) -> None:
        assert 0 < self.seconds_max <= JOB_SECONDS_MAX, f"{self.name} may run longer than a job may"
        assert self.attempts_max >= 1
        assert self.concurrency is None or self.concurrency >= 1
        assert self.org_concurrency is None or 1 <= self.org_concurrency < (self.concurrency or 0)


class RecurringJob(Struct, frozen=True):
    """A job that runs at every multiple of `every` since 1970-01-01T00:00Z, plus `shift`.

    One worker at a time runs it. A run that was missed while no worker was up is made up for once.
    An error is logged and counted; the next run comes at its time. While `is_held` it waits. One
    that `yields_under_load` waits while customers rush, and a rush that begins meanwhile cancels
    it, to run anew: for `RECURRING_YIELDS_SECONDS_MAX` at most.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    every: timedelta
    shift: timedelta = timedelta(0)
    seconds_max: float = RECURRING_SECONDS_MAX
    yields_under_load: bool = True
    is_held: Callable[[], bool] = never

    def __post_init__(self) -> None:
        assert timedelta(0) <= self.shift < self.every
        assert 0 < self.seconds_max <= RECURRING_SECONDS_MAX
