"""Dead letters: kept with their history, retried or discarded by an operator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from tests.builders.job_queue import (
    ORG,
    AddressRefused,
    Greeter,
    JobQueue,
    ProviderDown,
)

from fullhouse.entrypoints.cli import dead_letters as command
from fullhouse.entrypoints.cli.dead_letters import DeadLetterCommand, DeadLetterSelection
from fullhouse.jobs.dead_letters import (
    Selection,
    dead_letter,
    dead_letters,
    dead_letters_of,
    discard,
    key_of,
    retry,
)
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.errors import UnknownDeadLetter
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.limits import DEAD_LETTER_RETRIES_PER_SECOND, JOB_HISTORY_MAX
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import RandomIds
from fullhouse.settings import Settings
from fullhouse.storage.database import Database, Session
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def queue(database: Database, database_url: str, ids: RandomIds) -> JobQueue:
    return JobQueue(database, database_url, ids)


@asynccontextmanager
async def a_unit_of_work(queue: JobQueue) -> AsyncIterator[UnitOfWork]:
    context = RequestContext(OPERATOR, queue.ids.uuid())
    async with UnitOfWorkFactory(queue.database, SystemClock(), queue.ids)(context, ORG) as uow:
        yield uow


async def retried(queue: JobQueue, *keys: str, kind: str | None = None) -> list[str]:
    async with a_unit_of_work(queue) as uow:
        ended = await retry(uow, Selection(keys or None, kind), reason="The server is back")
    return sorted(each.key for each in ended)


async def discarded(queue: JobQueue, *keys: str) -> list[str]:
    async with a_unit_of_work(queue) as uow:
        ended = await discard(uow, Selection(keys or None), reason="Nobody waits for it")
    return sorted(each.key for each in ended)


async def test_a_dead_letter_keeps_its_history_and_can_be_retried(queue: JobQueue) -> None:
    noted: list[str] = []

    async def note(_session: Session, effect: Effect, error: Exception) -> None:
        noted.append(f"{effect.key}: {error}")

    await queue.enqueue("a")
    greeter = Greeter(errors=[ProviderDown("later"), AddressRefused("no such address")])
    async with queue.working(JobKind("greet", greeter, attempts_max=2, on_dead_letter=note)):
        await queue.until(a="dead")
        async with queue.database.session() as session:
            (dead,) = await dead_letters(session)
        assert (dead.key, dead.attempts) == ("a", 2)
        assert dead.last_error == "AddressRefused", "the words of an error may hold personal data"
        assert noted == ["a: no such address"]
        assert [(one.attempt, one.error) for one in dead.failed_attempts] == [
            (1, "ProviderDown"),
            (2, "AddressRefused"),
        ]
        greeter.errors.append(ProviderDown("later"))
        assert await retried(queue, "a") == ["a"]
        assert await retried(queue, "a") == []
        await queue.until(a="completed")
    assert [(effect.attempt, effect.tries) for effect in greeter.seen] == [
        (1, 1), (2, 2), (3, 1), (4, 2),
    ]  # fmt: skip


async def test_a_discarded_dead_letter_is_never_attempted_again(queue: JobQueue) -> None:
    await queue.enqueue("a", "b")
    await queue.run_sql("UPDATE effect SET status = 'dead' WHERE key = 'a'")
    assert await discarded(queue, "a", "b") == ["a"]
    assert await retried(queue, "a") == []
    async with queue.database.session() as session:
        assert await dead_letters(session) == []
    greeter = Greeter()
    async with queue.working(JobKind("greet", greeter)):
        await queue.until(a="discarded", b="completed")
    assert [effect.key for effect in greeter.seen] == ["b"]


async def test_the_history_of_an_effect_keeps_the_latest_attempts(queue: JobQueue) -> None:
    await queue.enqueue("a")
    kinds, store = [JobKind("greet", Greeter())], queue.store
    for number in range(JOB_HISTORY_MAX + 5):
        (effect,) = await store.lease(kinds, room=1)
        error = f"error {number} {'x' * 5_000}"
        assert await store.reschedule(effect, delay=timedelta(0), error=error)
    async with queue.database.unrestricted.session() as session:
        history = await session.connection.fetchval("SELECT history FROM effect")
    assert [one["attempt"] for one in history] == list(range(6, JOB_HISTORY_MAX + 6))
    assert {len(one["error"]) for one in history} == {300}


async def selected(settings: Settings, *ids: str, kind: str | None = None) -> list[str]:
    listed = await command.list_selected(settings, DeadLetterSelection(ids, kind))
    assert str(ORG) in command.format_dead_letters(listed) or not listed
    assert msgspec.json.encode(listed)
    return sorted(each.id.partition("/")[2] for each in listed)


async def test_an_operator_lists_retries_and_discards_by_id_or_by_kind(
    queue: JobQueue, database_url: str
) -> None:
    settings = Settings(database_url=database_url)
    assert command.format_dead_letters([]) == "There are no dead letters."
    await queue.enqueue("a", "b", "c/1", "d")
    await queue.run_sql("UPDATE effect SET status = 'dead', last_error = 'refused'")
    await queue.run_sql("UPDATE effect SET kind = 'other' WHERE key IN ('c/1', 'd')")
    assert await selected(settings) == ["a", "b", "c/1", "d"]
    assert await selected(settings, kind="other") == ["c/1", "d"]
    assert await selected(settings, f"{ORG}/a") == ["a"]
    one = DeadLetterSelection([f"{ORG}/a"])
    changed = await command.change_selected(settings, DeadLetterCommand.RETRY, one)
    assert (changed.kinds, changed.text) == ({"greet": 1}, "1 of kind greet retried.")
    counted = await command.change_selected(
        settings, DeadLetterCommand.DISCARD, DeadLetterSelection(kind="other"), dry_run=True
    )
    assert counted.text == "2 of kind other would be discarded. Repeat with --yes to do it."
    assert (await queue.statuses())["d"] == "dead", "counting changes nothing"
    others = DeadLetterSelection(kind="other", reason="Nobody waits for it")
    changed = await command.change_selected(settings, DeadLetterCommand.DISCARD, others)
    assert changed.kinds == {"other": 2}
    assert await queue.statuses() == {
        "a": "due", "b": "dead", "c/1": "discarded", "d": "discarded",
    }  # fmt: skip
    everything = DeadLetterSelection(everything=True)
    changed = await command.change_selected(settings, DeadLetterCommand.RETRY, everything)
    assert changed.kinds == {"greet": 1}
    changed = await command.change_selected(settings, DeadLetterCommand.RETRY, everything)
    assert "nothing to do" in changed.text


@pytest.mark.parametrize(
    "selection",
    [
        DeadLetterSelection(),
        DeadLetterSelection(["a"]),
        DeadLetterSelection([f"{ORG}/a", f"{ORG}/unknown"]),
        DeadLetterSelection([f"{ORG}/a"], kind="greet"),
        DeadLetterSelection([f"{ORG}/a", f"{ORG}/message:{ORG}"]),
        DeadLetterSelection([f"{ORG}/a"], reason="two\nlines"),
        DeadLetterSelection([f"{ORG}/a"], reason="x" * 201),
    ],
)
async def test_a_wrong_selection_changes_nothing(
    queue: JobQueue, database_url: str, selection: DeadLetterSelection
) -> None:
    await queue.enqueue("a")
    await queue.run_sql("UPDATE effect SET status = 'dead'")
    settings = Settings(database_url=database_url)
    with pytest.raises(InvalidInput):
        await command.change_selected(settings, DeadLetterCommand.RETRY, selection)
    assert await queue.statuses() == {"a": "dead"}


async def test_nothing_is_discarded_without_a_reason(queue: JobQueue, database_url: str) -> None:
    await queue.enqueue("a")
    await queue.run_sql("UPDATE effect SET status = 'dead'")
    settings = Settings(database_url=database_url)
    with pytest.raises(InvalidInput, match="Say why"):
        await command.change_selected(
            settings, DeadLetterCommand.DISCARD, DeadLetterSelection([f"{ORG}/a"])
        )
    assert await queue.statuses() == {"a": "dead"}


async def test_the_attempts_are_shown_without_the_words_of_errors(
    queue: JobQueue, database_url: str
) -> None:
    await queue.enqueue("a")
    greeter = Greeter(errors=[ProviderDown("to ada@example.org"), AddressRefused("ada@x.example")])
    async with queue.working(JobKind("greet", greeter, attempts_max=2)):
        await queue.until(a="dead")
    settings = Settings(database_url=database_url)
    listed = await command.list_selected(settings, DeadLetterSelection([f"{ORG}/a"]))
    text = command.format_dead_letters(listed, attempts=True)
    assert [line.split()[-1] for line in text.splitlines()] == [
        "AddressRefused", "ProviderDown", "AddressRefused",
    ]  # fmt: skip
    assert b"example" not in msgspec.json.encode(listed)


async def test_who_retried_and_discarded_and_why_is_in_the_history(queue: JobQueue) -> None:
    await queue.enqueue("a", "b")
    await queue.run_sql("UPDATE effect SET status = 'dead'")
    await retried(queue, "a")
    await discarded(queue)
    async with queue.database.unrestricted.session() as session:
        rows = await session.connection.fetch("SELECT kind, actor, data FROM event ORDER BY seq")
    assert [(row["kind"], row["actor"]) for row in rows] == [
        ("DeadLetterRetried", "operator"),
        ("DeadLetterDiscarded", "operator"),
    ]
    assert rows[0]["data"] == {
        "kind_of_job": "greet", "key": "a", "reason": "The server is back", "version": 1,
    }  # fmt: skip


async def test_many_are_retried_one_after_the_other(queue: JobQueue) -> None:
    keys = [f"{number:03}" for number in range(3 * DEAD_LETTER_RETRIES_PER_SECOND)]
    await queue.enqueue(*keys)
    await queue.run_sql("UPDATE effect SET status = 'dead', attempts = 8")
    assert await retried(queue, kind="greet") == keys
    async with queue.database.unrestricted.session() as session:
        spans = await session.connection.fetch(
            "SELECT extract(epoch FROM due_at - min(due_at) OVER ())::float8 AS seconds"
            " FROM effect ORDER BY due_at"
        )
    seconds = [row["seconds"] for row in spans]
    assert seconds == [pytest.approx(n / DEAD_LETTER_RETRIES_PER_SECOND) for n in range(len(keys))]


async def test_two_operators_at_once_retry_and_discard_each_dead_letter_once(
    queue: JobQueue,
) -> None:
    keys = [str(number) for number in range(40)]
    await queue.enqueue(*keys)
    await queue.run_sql("UPDATE effect SET status = 'dead'")
    greeter = Greeter()
    async with queue.working(JobKind("greet", greeter)):
        async with asyncio.TaskGroup() as group:
            acts = [
                group.create_task(retried(queue) if number % 2 else discarded(queue))
                for number in range(8)
            ]
        changed = [key for act in acts for key in act.result()]
        assert sorted(changed) == sorted(keys), "each by one of them"
        statuses = await queue.statuses()
        due = [key for key in keys if statuses[key] != "discarded"]
        await queue.run_sql("UPDATE effect SET due_at = now() WHERE status = 'due'")
        await queue.until(**{**statuses, **dict.fromkeys(due, "completed")})
    assert sorted(effect.key for effect in greeter.seen) == sorted(due)


async def test_one_that_was_just_retried_is_not_discarded(queue: JobQueue) -> None:
    await queue.enqueue("a")
    await queue.run_sql("UPDATE effect SET status = 'dead'")
    async with a_unit_of_work(queue) as first:
        assert await retry(first, Selection(["a"]))
        assert await discarded(queue, "a") == [], "it is left to whoever was first"
    assert await discarded(queue, "a") == []
    assert await queue.statuses() == {"a": "due"}


async def test_a_poisonous_job_ends_and_delays_nobody_else(queue: JobQueue) -> None:
    """Also when what its kind does about a dead letter fails."""

    async def poisoned(_session: Session, effect: Effect, _error: Exception) -> None:
        raise ZeroDivisionError(effect.key)

    await queue.enqueue("poison", "b", "c")
    await queue.run_sql("UPDATE effect SET priority = 0 WHERE key = 'poison'")
    greeter = Greeter(errors=[AddressRefused("for its own reason")])
    kind = JobKind("greet", greeter, concurrency=1, on_dead_letter=poisoned)
    async with queue.working(kind):
        await queue.until(poison="dead", b="completed", c="completed")
    assert [effect.key for effect in greeter.seen] == ["poison", "b", "c"]


async def test_a_business_has_only_its_own_dead_letters(queue: JobQueue) -> None:
    await queue.enqueue("webhook/1/2", "b")
    await queue.run_sql("UPDATE effect SET status = 'dead'")
    await queue.run_sql("UPDATE effect SET org_id = gen_random_uuid() WHERE key = 'b'")
    async with queue.database.session() as session:
        (letter,) = await dead_letters_of(session, ORG)
        assert await dead_letter(session, ORG, key_of(letter.id)) == letter
        for unknown in ("b", "x/y"):
            with pytest.raises(UnknownDeadLetter):
                await dead_letter(session, ORG, unknown)
    assert letter.key == "webhook/1/2"
    for wrong in ("%", "AA", "w", "_w"):
        with pytest.raises(UnknownDeadLetter):
            key_of(wrong)
