"""Dead letters: kept with their history, retried or discarded by an operator."""

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
from fullhouse.jobs.dead_letters import dead_letters, discard, retry
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.limits import JOB_HISTORY_MAX
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import RandomIds
from fullhouse.settings import Settings
from fullhouse.storage.database import Database, Session

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def queue(database: Database, database_url: str, ids: RandomIds) -> JobQueue:
    return JobQueue(database, database_url, ids)


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
        history = dead.history
        assert isinstance(history, list)
        assert [(one["attempt"], one["error"]) for one in history] == [
            (1, "ProviderDown"),
            (2, "AddressRefused"),
        ]
        greeter.errors.append(ProviderDown("later"))
        async with queue.database.transaction() as session:
            assert await retry(session, ORG, "a")
            assert not await retry(session, ORG, "a")
        await queue.until(a="completed")
    assert [(effect.attempt, effect.tries) for effect in greeter.seen] == [
        (1, 1), (2, 2), (3, 1), (4, 2),
    ]  # fmt: skip


async def test_a_discarded_dead_letter_is_never_attempted_again(queue: JobQueue) -> None:
    await queue.enqueue("a", "b")
    await queue.run_sql("UPDATE effect SET status = 'dead' WHERE key = 'a'")
    async with queue.database.transaction() as session:
        assert await discard(session, ORG, "a")
        assert not await discard(session, ORG, "b")
        assert not await retry(session, ORG, "a")
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
    retried = await command.change_selected(settings, DeadLetterCommand.RETRY, one)
    assert retried == [f"{ORG}/a"]
    others = DeadLetterSelection(kind="other")
    assert len(await command.change_selected(settings, DeadLetterCommand.DISCARD, others)) == 2
    assert await queue.statuses() == {
        "a": "due", "b": "dead", "c/1": "discarded", "d": "discarded",
    }  # fmt: skip


@pytest.mark.parametrize(
    "selection",
    [
        DeadLetterSelection(),
        DeadLetterSelection(["a"]),
        DeadLetterSelection([f"{ORG}/a", f"{ORG}/unknown"]),
        DeadLetterSelection([f"{ORG}/a"], kind="greet"),
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
