"""Recurring jobs: one worker at a time, missed runs made up for once."""

import asyncio
from datetime import timedelta

import pytest
from tests.builders.job_queue import (
    JobQueue,
    ProviderDown,
)

from fullhouse.jobs.kinds import RecurringJob
from fullhouse.kernel.ids import RandomIds
from fullhouse.storage.database import Database
from fullhouse.telemetry import correlation
from fullhouse.telemetry.metrics import exposition

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def queue(database: Database, database_url: str, ids: RandomIds) -> JobQueue:
    return JobQueue(database, database_url, ids)


EVERY_SECOND = timedelta(seconds=1)


async def test_recurring_jobs_run_and_a_failing_one_does_not_stop_the_others(
    queue: JobQueue,
) -> None:
    ran = asyncio.Event()
    runs = 0

    async def fails() -> None:
        raise ProviderDown("later")

    async def breaks() -> None:
        raise ValueError

    async def works() -> None:
        nonlocal runs
        assert correlation.current() is not None
        runs += 1
        if runs == 2:
            ran.set()

    async def waits() -> None:
        raise AssertionError

    recurring = (
        RecurringJob("waits", waits, every=EVERY_SECOND, is_held=lambda: True),
        *(RecurringJob(job.__name__, job, every=EVERY_SECOND) for job in (fails, breaks, works)),
    )
    async with queue.working(recurring=recurring), asyncio.timeout(45):
        await ran.wait()
    text = exposition(queue.metrics.registry).decode()
    assert 'fullhouse_job_outcomes_total{kind="works",outcome="completed"}' in text
    assert 'kind="waits"' not in text, "it is held"
    for job in ("fails", "breaks"):
        assert f'fullhouse_job_outcomes_total{{kind="{job}",outcome="failed"}} 2' in text


async def test_a_recurring_job_is_run_by_one_worker_at_a_time_and_taken_over_when_it_dies(
    queue: JobQueue,
) -> None:
    running, most, runs = 0, 0, 0

    async def slow() -> None:
        nonlocal running, most, runs
        running, runs = running + 1, runs + 1
        most = max(most, running)
        await asyncio.sleep(1.5)
        running -= 1

    recurring = (RecurringJob("slow", slow, every=EVERY_SECOND),)
    async with (
        queue.working(recurring=recurring),
        queue.working(recurring=recurring),
        asyncio.timeout(60),
    ):
        while runs < 2:  # noqa: ASYNC110 - the workers run it
            await asyncio.sleep(0.02)
    assert most == 1
    before = runs
    await queue.run_sql(  # a worker died during its run: its lease ends
        "UPDATE recurring_job SET due_at = now() - interval '1 hour',"
        " lease_until = now() + interval '2 seconds'"
    )
    async with queue.working(recurring=recurring):
        await asyncio.sleep(1)
        assert runs == before
        async with asyncio.timeout(20):
            while runs == before:  # noqa: ASYNC110 - the worker does it
                await asyncio.sleep(0.02)


async def test_recurring_jobs_wait_for_the_end_of_a_rush_but_for_what_customers_wait_for(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fullhouse.jobs.recurring.RECURRING_CALM_SECONDS", 0.5)
    runs: list[str] = []

    async def upkeep() -> None:
        runs.append("in a rush" if worker.load.is_on else "upkeep")

    async def urgent() -> None:
        runs.append("urgent")

    recurring = (
        RecurringJob("upkeep", upkeep, every=EVERY_SECOND),
        RecurringJob("urgent", urgent, every=EVERY_SECOND, yields_under_load=False),
    )
    async with queue.working(recurring=recurring) as worker, asyncio.timeout(45):
        await queue.begin_rush(worker)
        runs.clear()
        while runs.count("urgent") < 2:  # noqa: ASYNC110 - the worker runs it
            await asyncio.sleep(0.02)
        assert worker.load.is_on
        assert set(runs) == {"urgent"}
        while "upkeep" not in runs:  # noqa: ASYNC110 - the worker runs it
            await asyncio.sleep(0.02)
        assert "in a rush" not in runs
        await queue.begin_rush(worker)
        runs.clear()
        await asyncio.sleep(1.5)
    assert set(runs) <= {"urgent"}, "one that waits is left to the next worker"


async def test_a_rush_that_begins_cancels_what_yields_to_it_for_so_long(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fullhouse.jobs.recurring.RECURRING_YIELDS_SECONDS_MAX", 2.0)
    told: list[str] = []
    may_end = asyncio.Event()

    async def check() -> None:
        told.append("began")
        try:
            await may_end.wait()
            told.append("completed")
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    async def until(*expected: str) -> None:
        while told != list(expected):  # noqa: ASYNC110 - the worker runs it
            await asyncio.sleep(0.02)

    recurring = (RecurringJob("check", check, every=EVERY_SECOND),)
    async with queue.working(recurring=recurring) as worker, asyncio.timeout(45):
        await until("began")
        await queue.begin_rush(worker)
        await until("began", "cancelled")
        await until("began", "cancelled", "began")
        await queue.begin_rush(worker)
        await asyncio.sleep(0.5)
        assert worker.load.is_on
        assert told == ["began", "cancelled", "began"], "it has yielded for long enough"
        may_end.set()
        await until("began", "cancelled", "began", "completed")


async def test_a_missed_run_is_made_up_for_once(queue: JobQueue) -> None:
    runs = 0

    async def note() -> None:
        nonlocal runs
        runs += 1

    recurring = (RecurringJob("daily", note, every=timedelta(days=1)),)
    async with queue.working(recurring=recurring):
        await asyncio.sleep(1.5)
    assert runs == 0, "not before its time"
    await queue.run_sql("UPDATE recurring_job SET due_at = now() - interval '9 days'")
    async with queue.working(recurring=recurring):
        await asyncio.sleep(2.5)
    assert runs == 1
    due = (
        "SELECT extract(epoch FROM due_at)::bigint % 86400 FROM recurring_job WHERE name = 'daily'"
    )
    assert await queue.count(due) == 0
