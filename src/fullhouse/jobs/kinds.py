"""What there is to be done, as plain data: `bootstrap` lists all kinds and schedules."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fullhouse.jobs.effects import Effect
from fullhouse.jobs.limits import JOB_ATTEMPTS_MAX, JOB_SECONDS_MAX, SCHEDULE_SECONDS_MAX
from fullhouse.storage.database import Session


async def nothing_more(_session: Session, _effect: Effect, _error: str) -> None:
    """What most kinds do when one of their effects has failed for good: it is listed, no more."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """How effects of one kind are brought about.

    `run` does it and may be called again after a crash, so it must be idempotent by the effect's
    key. `concurrency` is how many run at once over all workers, 0 for no limit. `attempts_max`
    bounds tries that end in transient errors; all others end after `JOB_ATTEMPTS_MAX`, permanent
    errors at once. One that is `patient` lets a rush of guests go first. `given_up` records the
    failure in the transaction that marks the effect failed.
    """

    name: str
    run: Callable[[Effect], Awaitable[None]]
    seconds_max: float = JOB_SECONDS_MAX
    attempts_max: int = JOB_ATTEMPTS_MAX
    concurrency: int = 0
    patient: bool = False
    given_up: Callable[[Session, Effect, str], Awaitable[None]] = nothing_more

    def __post_init__(self) -> None:
        assert 0 < self.seconds_max <= JOB_SECONDS_MAX, f"{self.name} may run longer than a job may"
        assert self.attempts_max >= 1
        assert self.concurrency >= 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """Run again and again, by one worker at a time.

    `cron` has five fields, or six with seconds last, in UTC: `* * * * * */30` is every half minute.
    A run missed while no worker was up is made up for once. An error is logged and counted; the
    next run comes at its time all the same.
    """

    name: str
    cron: str
    run: Callable[[], Awaitable[None]]
    seconds_max: float = SCHEDULE_SECONDS_MAX

    def __post_init__(self) -> None:
        assert 0 < self.seconds_max <= SCHEDULE_SECONDS_MAX
