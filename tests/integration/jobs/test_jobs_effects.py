"""The job queue: each effect is done once per key, fenced, and retried."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from msgspec import Struct
from tests.builders.job_queue import (
    CORRELATION,
    ORG,
    AddressRefused,
    Greeter,
    JobQueue,
    ProviderDown,
)

from fullhouse.jobs.effects import Effect, EffectRequest, Priority, enqueue
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.runner import backoff
from fullhouse.kernel.errors import ServiceUnavailable
from fullhouse.kernel.ids import OrgId, RandomIds
from fullhouse.storage.database import Database, Session
from fullhouse.storage.errors import DatabaseBusy
from fullhouse.telemetry.metrics import exposition

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def queue(database: Database, database_url: str, ids: RandomIds) -> JobQueue:
    return JobQueue(database, database_url, ids)


async def test_kinds_that_yield_wait_for_the_end_of_a_rush_and_others_do_not(
    queue: JobQueue,
) -> None:
    writer, greeter = Greeter(), Greeter()
    kinds = (JobKind("write", writer, yields_under_load=True), JobKind("greet", greeter))
    async with queue.working(*kinds) as worker:
        await queue.begin_rush(worker)
        async with queue.database.transaction() as session:
            await enqueue(session, [queue.request("mail", kind="write"), queue.request("a")])
        await queue.until(a="completed", mail="due")
        assert worker.load.is_on
        assert writer.seen == []
        await queue.until(a="completed", mail="completed")
        assert not worker.load.is_on


async def test_an_effect_enqueued_twice_is_done_once(queue: JobQueue) -> None:
    assert await queue.enqueue("a", "b", "a") == 2
    assert await queue.enqueue("a") == 0
    greeter = Greeter()
    async with queue.working(JobKind("greet", greeter)):
        await queue.until(a="completed", b="completed")
        assert await queue.enqueue("a", "c") == 1
        await queue.until(a="completed", b="completed", c="completed")
    assert sorted(effect.key for effect in greeter.seen) == ["a", "b", "c"]


async def test_an_effect_of_a_rolled_back_transaction_does_not_exist(queue: JobQueue) -> None:
    async def change_of_mind() -> None:
        async with queue.database.transaction() as session:
            await enqueue(session, [queue.request("a")])
            raise AddressRefused

    with pytest.raises(AddressRefused):
        await change_of_mind()
    assert await queue.statuses() == {}


async def test_the_correlation_id_travels_from_the_request_to_the_job(queue: JobQueue) -> None:
    await queue.enqueue("a")
    greeter = Greeter()
    async with queue.working(JobKind("greet", greeter)):
        await queue.until(a="completed")
    assert greeter.correlations == [CORRELATION]


async def test_a_database_that_is_busy_for_minutes_takes_no_attempts(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while somebody holds a lock; what is busy by its own doing ends all the same."""
    monkeypatch.setattr("fullhouse.jobs.runner.JOB_BACKOFF_SECONDS_MAX", 0.01)
    monkeypatch.setattr("fullhouse.jobs.runner.JOB_BUSY_ATTEMPTS_MAX", 5)
    found_busy: list[str] = []

    async def greet(effect: Effect) -> None:
        if effect.key == "b" or found_busy.count("a") < 4:
            found_busy.append(effect.key)
            raise DatabaseBusy

    await queue.enqueue("a", "b")
    async with queue.working(JobKind("greet", greet, attempts_max=2)):
        await queue.until(a="completed", b="dead")
    assert found_busy.count("b") == 6, "so many times by the lock, and twice by its attempts"


class Greeting(Struct, frozen=True):
    text: str
    times: int = 1


async def test_a_payload_arrives_as_the_struct_that_was_enqueued(queue: JobQueue) -> None:
    greetings: list[Greeting] = []

    async def greet(effect: Effect) -> None:
        greetings.append(effect.payload_as(Greeting))

    request = EffectRequest(
        ORG, "a", "greet", queue.ids.uuid(), CORRELATION, payload=Greeting("Grüß dich", 3)
    )
    async with queue.database.transaction() as session:
        await enqueue(session, [request])
    async with queue.working(JobKind("greet", greet)):
        await queue.until(a="completed")
    assert greetings == [Greeting("Grüß dich", 3)]


async def test_an_enqueued_effect_wakes_a_worker_before_it_would_poll(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fullhouse.jobs.consumer.JOB_POLL_SECONDS", 60)
    async with queue.working(JobKind("greet", Greeter())):
        await asyncio.sleep(0.3)
        await queue.enqueue("a")
        async with asyncio.timeout(10):
            await queue.until(a="completed")


async def test_a_transient_error_is_retried_and_a_permanent_error_is_not(queue: JobQueue) -> None:
    await queue.enqueue("a")
    greeter = Greeter(errors=[ProviderDown("later")])
    async with queue.working(JobKind("greet", greeter)):
        await queue.until(a="completed")
        assert [effect.attempt for effect in greeter.seen] == [1, 2]
        greeter.errors.append(AddressRefused("no such address"))
        await queue.enqueue("b")
        await queue.until(a="completed", b="dead")
    assert [effect.key for effect in greeter.seen] == ["a", "a", "b"]


async def test_a_service_that_was_not_called_costs_no_attempt(queue: JobQueue) -> None:
    greeter = Greeter([ServiceUnavailable(service="mail")] * 3)
    await queue.enqueue("a")
    async with queue.working(JobKind("greet", greeter, attempts_max=1)):
        await queue.until(a="completed")
    assert [effect.tries for effect in greeter.seen] == [1, 1, 1, 1]
    assert await queue.count("SELECT jsonb_array_length(history) FROM effect") == 0


async def test_kinds_that_are_held_wait_in_the_queue(queue: JobQueue) -> None:
    is_open = True
    held, other = Greeter(), Greeter()
    kinds = (JobKind("greet", held, is_held=lambda: is_open), JobKind("write", other))
    await queue.enqueue("a")
    async with queue.database.transaction() as session:
        await enqueue(session, [queue.request("b", kind="write")])
    async with queue.working(*kinds):
        await queue.until(a="due", b="completed")
        await asyncio.sleep(1.2)
        assert held.seen == []
        is_open = False
        await queue.until(a="completed", b="completed")


async def test_attempts_are_limited_even_when_every_worker_dies(queue: JobQueue) -> None:
    await queue.enqueue("a")
    greeter = Greeter()
    kind = JobKind("greet", greeter, attempts_max=2)
    for _ in range(2):
        (effect,) = await queue.store.lease([kind], room=1)
        assert effect.key == "a"
        await queue.run_sql("UPDATE effect SET due_at = now()")  # the lease has ended
    async with queue.working(kind):
        await queue.until(a="dead")
    assert greeter.seen == []


async def test_a_job_that_takes_too_long_is_cancelled_and_retried(queue: JobQueue) -> None:
    tries: list[int] = []

    async def sleepy(effect: Effect) -> None:
        tries.append(effect.attempt)
        if effect.attempt == 1:
            await asyncio.sleep(60)

    await queue.enqueue("a")
    async with queue.working(JobKind("greet", sleepy, seconds_max=0.2)):
        await queue.until(a="completed")
    assert tries == [1, 2]


async def test_a_lease_excludes_others_until_it_ends_and_then_its_attempt_writes_nothing(
    queue: JobQueue,
) -> None:
    noted: list[str] = []

    async def note(_session: Session, _effect: Effect, error: Exception) -> None:
        noted.append(str(error))

    await queue.enqueue("a")
    kind, store = JobKind("greet", Greeter(), on_dead_letter=note), queue.store
    (first,) = await store.lease([kind], room=8)
    assert await store.lease([kind], room=8) == []
    left = "SELECT extract(epoch FROM due_at - now()) FROM effect"
    assert 20 <= await queue.count(left) <= 22
    await queue.run_sql("UPDATE effect SET due_at = now()")
    (second,) = await store.lease([kind], room=8)
    assert (first.attempt, second.attempt) == (1, 2)
    assert not await store.complete(first)
    assert not await store.reschedule(first, delay=timedelta(0), error="late")
    assert not await store.dead_letter(kind, first, error=AddressRefused("late"))
    assert await queue.statuses() == {"a": "leased"}
    assert await store.complete(second)
    assert not await store.complete(second)
    assert noted == []


async def test_due_effects_and_ended_leases_are_leased_and_nothing_else(queue: JobQueue) -> None:
    await queue.enqueue("due", "later", "leased", "ended", "completed", "dead", "discarded")
    await queue.run_sql(
        """UPDATE effect SET status = CASE key WHEN 'later' THEN 'due' WHEN 'ended' THEN 'leased'
            ELSE key END,
        due_at = now() + CASE WHEN key IN ('later', 'leased') THEN interval '1 minute' ELSE '0' END,
        ended_at = CASE WHEN key IN ('completed', 'discarded') THEN now() END"""
    )
    leased = await queue.store.lease([JobKind("greet", Greeter())], room=100)
    assert sorted(effect.key for effect in leased) == ["due", "ended"]
    assert await queue.store.lease([JobKind("other", Greeter())], room=100) == []


async def test_urgent_effects_are_leased_first_and_then_the_oldest(queue: JobQueue) -> None:
    async with queue.database.unrestricted.transaction() as session:
        now = await session.connection.fetchval("SELECT now()")
        ages = [("bulk", Priority.BULK, 9), ("old", Priority.NORMAL, 5), ("new", None, 1)]
        ages += [("urgent", Priority.URGENT, 0)]
        await enqueue(
            session,
            [
                EffectRequest(
                    ORG, key, f"kind of {key}", ORG, ORG, now - timedelta(minutes=age),
                    priority=Priority.NORMAL if priority is None else priority,
                )
                for key, priority, age in ages
            ],
        )  # fmt: skip
    kinds = [JobKind(f"kind of {key}", Greeter()) for key, _, _ in ages]
    keys = [(await queue.store.lease(kinds, room=1))[0].key for _ in ages]
    assert keys == ["urgent", "old", "new", "bulk"]


async def test_a_kinds_concurrency_is_limited_over_all_workers(queue: JobQueue) -> None:
    running, most = 0, 0

    async def slow(_effect: Effect) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1

    kind = JobKind("greet", slow, concurrency=5)
    await queue.enqueue(*(f"{number:03}" for number in range(60)))
    async with queue.working(kind), queue.working(kind), queue.working(kind):
        await queue.until(**{f"{number:03}": "completed" for number in range(60)})
    assert most == 5


SLOW, QUICK = OrgId(UUID(int=1)), OrgId(UUID(int=2))


@dataclass(slots=True)
class SlowService:
    """Of one organisation: it answers only once `ended` is set."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    running: int = 0
    most: int = 0

    @property
    def kind(self) -> JobKind:
        return JobKind("greet", self, concurrency=6, org_concurrency=2)

    async def __call__(self, effect: Effect) -> None:
        if effect.org_id == SLOW:
            self.running += 1
            self.most = max(self.most, self.running)
            await self.ended.wait()
            self.running -= 1


async def _enqueue_for(queue: JobQueue, **numbers: int) -> None:
    async with queue.database.transaction() as session:
        for org, number in ((SLOW, numbers.get("slow", 0)), (QUICK, numbers["quick"])):
            keys = [f"{org.int}.{n}" for n in range(number)]
            ids = queue.ids
            requests = [EffectRequest(org, key, "greet", ids.uuid(), ids.uuid()) for key in keys]
            await enqueue(session, requests)


async def test_an_organisation_whose_service_is_slow_leaves_room_for_the_others(
    queue: JobQueue,
) -> None:
    service = SlowService()
    await _enqueue_for(queue, slow=30, quick=0)
    async with queue.working(service.kind), queue.working(service.kind):
        async with asyncio.timeout(10):
            while service.running < 2:  # noqa: ASYNC110 - the workers do it
                await asyncio.sleep(0.01)
        await _enqueue_for(queue, quick=20)
        await _completed(queue, 20)
        assert service.most == 2
        service.ended.set()
        await _completed(queue, 50)
    assert service.most == 2


async def test_what_is_due_behind_a_slow_service_begins_before_the_next_poll(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one worker, which a share hides it from; with two, of which each has a part of it."""
    monkeypatch.setattr("fullhouse.jobs.consumer.JOB_POLL_SECONDS", 600.0)
    service = SlowService()
    async with queue.working(service.kind):
        await asyncio.sleep(0.5)  # what it leases when it begins is over
        await _enqueue_for(queue, slow=30, quick=3)
        await _completed(queue, 3)
        service.ended.set()
        await _completed(queue, 33)
    async with queue.working(service.kind), queue.working(service.kind):
        await _enqueue_for(queue, slow=40, quick=40)
        await _completed(queue, 80)
    assert service.most == 2


async def _completed(queue: JobQueue, number: int) -> None:
    done = "SELECT count(*) FROM effect WHERE status = 'completed'"
    async with asyncio.timeout(10):
        while await queue.count(done) < number:  # noqa: ASYNC110 - the workers do it
            await asyncio.sleep(0.01)


async def test_several_workers_do_every_effect_once(queue: JobQueue) -> None:
    greeter = Greeter()
    kind = JobKind("greet", greeter)
    await queue.enqueue(*(f"{number:04}" for number in range(1_000)))
    async with queue.working(kind), queue.working(kind), queue.working(kind):
        async with asyncio.timeout(45):
            left = "SELECT count(*) FROM effect WHERE status <> 'completed'"
            while await queue.count(left):  # noqa: ASYNC110 - the workers do it
                await asyncio.sleep(0.02)
    assert sorted(effect.key for effect in greeter.seen) == [f"{n:04}" for n in range(1_000)]


async def test_an_effect_due_later_waits(queue: JobQueue, ids: RandomIds) -> None:
    async with queue.database.unrestricted.transaction() as session:
        now = await session.connection.fetchval("SELECT now()")
        later = now + timedelta(hours=1)
        await enqueue(
            session,
            [
                EffectRequest(ORG, "soon", "greet", ids.uuid(), ids.uuid(), now),
                EffectRequest(ORG, "late", "greet", ids.uuid(), ids.uuid(), later),
            ],
        )
    greeter = Greeter()
    async with queue.working(JobKind("greet", greeter)):
        await queue.until(soon="completed", late="due")
    assert await queue.store.lease([JobKind("greet", greeter)], room=1) == []
    assert [effect.key for effect in greeter.seen] == ["soon"]


async def test_metrics_show_the_backlog_its_age_and_dead_letters(queue: JobQueue) -> None:
    await queue.enqueue("a", "b", "c")
    await queue.run_sql("UPDATE effect SET status = 'dead' WHERE key = 'c'")
    await queue.run_sql("UPDATE effect SET due_at = now() - interval '1 hour' WHERE key = 'a'")
    worker = queue.worker()
    await worker.collector.collect()
    text = exposition(queue.metrics.registry).decode()
    assert 'fullhouse_jobs_waiting{kind="greet"} 2.0' in text
    assert 'fullhouse_dead_letters{kind="greet"} 1.0' in text
    assert 'fullhouse_job_oldest_seconds{kind="greet"} 36' in text
    await queue.run_sql("UPDATE effect SET status = 'completed', ended_at = now()")
    await worker.collector.collect()
    assert 'fullhouse_jobs_waiting{kind="greet"} 0.0' in exposition(queue.metrics.registry).decode()


def test_backoff_doubles_from_a_second_to_two_minutes_with_jitter() -> None:
    random = Random(7)  # noqa: S311 - the same jitter in every run
    pauses = [backoff(tries, random).total_seconds() for tries in (1, 2, 3, 8, 1000)]
    for pause, middle in zip(pauses, (1, 2, 4, 120, 120), strict=True):
        assert middle * 0.8 <= pause <= middle * 1.2
    assert backoff(3, random) != backoff(3, random)
