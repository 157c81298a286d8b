import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import asyncpg
import pytest

from fullhouse.jobs.effects import (
    Claim,
    Effect,
    EffectRequest,
    claim,
    enqueue,
    failed_effects,
    settle,
    try_again,
)
from fullhouse.jobs.kinds import JobKind, Schedule
from fullhouse.jobs.runner import backoff
from fullhouse.jobs.upkeep import Sweep
from fullhouse.jobs.worker import Tools, Work, Worker, build_worker
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.kernel.ids import OrgId, RandomIds
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, Session
from fullhouse.telemetry import correlation
from fullhouse.telemetry.metrics import Metrics, build_metrics, exposition

pytestmark = pytest.mark.timeout(90)

LEASE = timedelta(seconds=20)


class ProviderDown(TransientError):
    code = "provider_down"


class AddressRefused(FullhouseError):
    code = "address_refused"


@dataclass(slots=True)
class Place:
    """A database, a way to ask for effects, and a worker that does them."""

    database: Database
    url: str
    ids: RandomIds
    metrics: Metrics = field(default_factory=build_metrics)

    async def connect(self) -> asyncpg.Connection:
        return await connect(self.url, application_name="test worker")

    def request(self, key: str, *, kind: str = "greet") -> EffectRequest:
        return EffectRequest(ORG, key, kind, self.ids.uuid(), correlation_id=CORRELATION)

    async def ask(self, *keys: str) -> int:
        async with self.database.transaction() as session:
            return await enqueue(session, [self.request(key) for key in keys])

    def worker(self, *kinds: JobKind, schedules: tuple[Schedule, ...] = ()) -> Worker:
        return build_worker(
            Work(kinds, schedules, ()),
            Tools(
                self.database,
                self.connect,
                self.metrics,
                clock=SystemClock(),
                ids=self.ids,
                random=Random(1),  # noqa: S311 - the same jitter in every run
            ),
        )

    @asynccontextmanager
    async def working(self, *kinds: JobKind) -> AsyncIterator[Worker]:
        worker = self.worker(*kinds)
        running = asyncio.create_task(worker.run())
        yield worker
        worker.stop()
        await running

    async def statuses(self) -> dict[str, str]:
        async with self.database.session() as session:
            rows = await session.connection.fetch("SELECT key, status FROM effect ORDER BY key")
        return {row["key"]: row["status"] for row in rows}

    async def until(self, **statuses: str) -> None:
        async with asyncio.timeout(45):
            while await self.statuses() != statuses:  # noqa: ASYNC110 - the worker does it
                await asyncio.sleep(0.02)

    async def run_sql(self, statement: str) -> None:
        async with self.database.transaction() as session:
            await session.connection.execute(statement)

    async def count(self, statement: str) -> int:
        async with self.database.session() as session:
            return int(await session.connection.fetchval(statement))


ORG = OrgId(UUID("01890000-0000-7000-8000-0000000000aa"))
CORRELATION = UUID("01890000-0000-7000-8000-0000000000cc")


@pytest.fixture
def place(database: Database, database_url: str, ids: RandomIds) -> Place:
    return Place(database, database_url, ids)


@dataclass(slots=True)
class Greeter:
    """Notes every effect that it is given; raises what it is told to, the first few times."""

    errors: list[Exception] = field(default_factory=list)
    seen: list[Effect] = field(default_factory=list)
    correlations: list[UUID | None] = field(default_factory=list)

    async def __call__(self, effect: Effect) -> None:
        self.seen.append(effect)
        self.correlations.append(correlation.current())
        if self.errors:
            raise self.errors.pop(0)


async def test_what_is_patient_waits_for_a_rush_to_pass_and_nothing_else_does(
    place: Place,
) -> None:
    writer, greeter = Greeter(), Greeter()
    kinds = (JobKind("write", writer, patient=True), JobKind("greet", greeter))
    async with place.working(*kinds) as worker, place.database.session() as guests:
        async with asyncio.timeout(10):
            while not worker.rush.is_on:
                await guests.connection.execute("SELECT pg_notify('fullhouse_events', '[]')")
            for _ in range(300):  # and some seconds of it are left
                await guests.connection.execute("SELECT pg_notify('fullhouse_events', '[]')")
        async with place.database.transaction() as session:
            await enqueue(session, [place.request("letter", kind="write"), place.request("a")])
        await place.until(a="settled", letter="due")
        assert worker.rush.is_on
        assert writer.seen == []
        await place.until(a="settled", letter="settled")
        assert not worker.rush.is_on


async def test_an_effect_asked_for_twice_is_done_once(place: Place) -> None:
    assert await place.ask("a", "b", "a") == 2
    assert await place.ask("a") == 0
    greeter = Greeter()
    async with place.working(JobKind("greet", greeter)):
        await place.until(a="settled", b="settled")
    assert sorted(effect.key for effect in greeter.seen) == ["a", "b"]
    assert await place.count("SELECT count(*) FROM pgqueuer") == 0


async def test_an_effect_whose_transaction_is_undone_never_was(place: Place) -> None:
    async def change_of_mind() -> None:
        async with place.database.transaction() as session:
            await enqueue(session, [place.request("a")])
            raise AddressRefused

    with pytest.raises(AddressRefused):
        await change_of_mind()
    assert await place.count("SELECT count(*) FROM pgqueuer") == 0
    assert await place.statuses() == {}


async def test_the_correlation_id_travels_from_the_request_to_the_job(place: Place) -> None:
    await place.ask("a")
    greeter = Greeter()
    async with place.working(JobKind("greet", greeter)):
        await place.until(a="settled")
    assert greeter.correlations == [CORRELATION]


async def test_a_job_that_comes_twice_for_a_settled_effect_does_nothing(place: Place) -> None:
    await place.ask("a")
    greeter = Greeter()
    async with place.working(JobKind("greet", greeter)):
        await place.until(a="settled")
        await place.run_sql(
            "INSERT INTO pgqueuer (priority, entrypoint, payload, status)"
            " SELECT 0, kind, convert_to(org_id || '/' || key, 'UTF8'), 'queued' FROM effect"
        )
        async with asyncio.timeout(45):
            while await place.count("SELECT count(*) FROM pgqueuer"):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
    assert len(greeter.seen) == 1
    assert 'outcome="nothing_to_do"} 1.0' in exposition(place.metrics.registry).decode()


async def test_a_transient_error_is_tried_again_and_a_permanent_one_is_not(place: Place) -> None:
    await place.ask("a")
    greeter = Greeter(errors=[ProviderDown("later")])
    async with place.working(JobKind("greet", greeter)):
        await place.until(a="settled")
        assert [effect.attempts for effect in greeter.seen] == [1, 2]
        greeter.errors.append(AddressRefused("no such address"))
        await place.ask("b")
        await place.until(a="settled", b="failed")
    assert [effect.key for effect in greeter.seen] == ["a", "a", "b"]


async def test_an_effect_that_failed_for_good_is_kept_with_its_history_and_can_be_tried_again(
    place: Place,
) -> None:
    noted: list[str] = []

    async def note(_session: Session, effect: Effect, error: str) -> None:
        noted.append(f"{effect.key}: {error}")

    await place.ask("a")
    greeter = Greeter(errors=[AddressRefused("no such address")])
    async with place.working(JobKind("greet", greeter, given_up=note)):
        await place.until(a="failed")
        async with place.database.session() as session:
            (failed,) = await failed_effects(session)
        assert failed.key == "a"
        assert failed.last_error == "AddressRefused: no such address"
        assert noted == ["a: AddressRefused: no such address"]
        async with asyncio.timeout(45):
            while not await place.count(  # noqa: ASYNC110 - pgqueuer writes it a moment later
                "SELECT count(*) FROM pgqueuer WHERE status = 'failed'"
            ):
                await asyncio.sleep(0.02)
        assert await place.count(
            "SELECT count(*) FROM pgqueuer_log WHERE traceback::text LIKE '%no such address%'"
        )
        async with place.database.transaction() as session:
            assert await try_again(session, ORG, "a")
        await Sweep(place.database)()
        await place.until(a="settled")


async def test_attempts_end_with_their_number_also_when_every_worker_dies(place: Place) -> None:
    await place.ask("a")
    for _ in range(2):
        async with place.database.transaction() as session:
            [effect] = await claim(session, [Claim(ORG, "a", timedelta(0))])
            assert isinstance(effect, Effect)
    greeter = Greeter()
    async with place.working(JobKind("greet", greeter, attempts_max=2)):
        await place.until(a="failed")
    assert greeter.seen == []


async def test_a_job_that_takes_too_long_is_ended_and_tried_again(place: Place) -> None:
    tries: list[int] = []

    async def sleepy(effect: Effect) -> None:
        tries.append(effect.attempts)
        if effect.attempts == 1:
            await asyncio.sleep(60)

    await place.ask("a")
    async with place.working(JobKind("greet", sleepy, seconds_max=0.2)):
        await place.until(a="settled")
    assert tries == [1, 2]


async def test_a_claim_keeps_others_out_until_it_lapses_and_a_lapsed_one_settles_nothing(
    place: Place,
) -> None:
    await place.ask("a")
    async with place.database.transaction() as session:
        [first] = await claim(session, [Claim(ORG, "a", LEASE)])
        assert isinstance(first, Effect)
    async with place.database.transaction() as session:
        [state] = await claim(session, [Claim(ORG, "a", LEASE)])
        assert not isinstance(state, Effect)
        assert state is not None
        assert state.status == "claimed"
        assert 15 < state.wait_seconds <= 20
    await place.run_sql("UPDATE effect SET claimed_until = now()")
    async with place.database.transaction() as session:
        [second] = await claim(session, [Claim(ORG, "a", LEASE)])
        assert isinstance(second, Effect)
        assert await settle(session, [first, second]) == [False, True]


async def test_the_sweeper_gives_a_job_to_what_has_none_and_to_nothing_else(place: Place) -> None:
    await place.ask("due", "claimed", "lapsed", "settled", "queued")
    await place.run_sql("DELETE FROM pgqueuer WHERE dedupe_key NOT LIKE '%/queued'")
    await place.run_sql("UPDATE effect SET status = key WHERE key IN ('claimed', 'settled')")
    await place.run_sql("UPDATE effect SET status = 'claimed' WHERE key = 'lapsed'")
    await place.run_sql("UPDATE effect SET claimed_until = now() + interval '1 minute'")
    await place.run_sql("UPDATE effect SET claimed_until = now() WHERE key = 'lapsed'")
    await Sweep(place.database)()
    await Sweep(place.database)()
    async with place.database.session() as session:
        rows = await session.connection.fetch("SELECT payload FROM pgqueuer")
    keys = sorted(row["payload"].decode().partition("/")[2] for row in rows)
    assert keys == ["due", "lapsed", "queued"]


async def test_what_is_due_later_waits(place: Place, ids: RandomIds) -> None:
    async with place.database.transaction() as session:
        now = await session.connection.fetchval("SELECT now()")
        await enqueue(
            session,
            [
                EffectRequest(ORG, "soon", "greet", ids.uuid(), ids.uuid(), now),
                EffectRequest(
                    ORG, "late", "greet", ids.uuid(), ids.uuid(), now + timedelta(hours=1)
                ),
            ],
        )
    greeter = Greeter()
    async with place.working(JobKind("greet", greeter)):
        await place.until(soon="settled", late="due")
        await Sweep(place.database)()
    assert [effect.key for effect in greeter.seen] == ["soon"]


async def test_schedules_run_and_one_that_fails_does_not_stop_the_others(place: Place) -> None:
    ran = asyncio.Event()

    async def fails() -> None:
        raise ProviderDown("later")

    async def works() -> None:
        assert correlation.current() is not None
        ran.set()

    every_second = "* * * * * *"
    worker = place.worker(
        schedules=(Schedule("fails", every_second, fails), Schedule("works", every_second, works))
    )
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(45):
        await ran.wait()
    worker.stop()
    await running
    text = exposition(place.metrics.registry).decode()
    assert 'fullhouse_job_outcomes_total{kind="works",outcome="done"}' in text


async def test_the_figures_tell_what_waits_how_long_and_what_failed(place: Place) -> None:
    await place.ask("a", "b", "c")
    await place.run_sql("UPDATE effect SET status = 'failed' WHERE key = 'c'")
    await place.run_sql("UPDATE effect SET due_at = now() - interval '1 hour' WHERE key = 'a'")
    worker = place.worker()
    await worker.measure.once()
    text = exposition(place.metrics.registry).decode()
    assert 'fullhouse_jobs_waiting{kind="greet"} 2.0' in text
    assert 'fullhouse_jobs_failed{kind="greet"} 1.0' in text
    assert 'fullhouse_job_oldest_seconds{kind="greet"} 36' in text
    await place.run_sql("UPDATE effect SET status = 'settled'")
    await worker.measure.once()
    assert 'fullhouse_jobs_waiting{kind="greet"} 0.0' in exposition(place.metrics.registry).decode()


def test_the_pauses_double_from_a_second_to_two_minutes_and_differ_by_chance() -> None:
    random = Random(7)  # noqa: S311 - the same jitter in every run
    pauses = [backoff(attempt, random).total_seconds() for attempt in (1, 2, 3, 8, 1000)]
    for pause, middle in zip(pauses, (1, 2, 4, 120, 120), strict=True):
        assert middle * 0.8 <= pause <= middle * 1.2
    assert backoff(3, random) != backoff(3, random)
