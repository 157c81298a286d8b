"""A dump restored into another cluster, where transactions are counted anew."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from tests.builders.folders import server_folder

from fullhouse.booking.events import Booked
from fullhouse.bootstrap.application import open_application
from fullhouse.bootstrap.consistency import build_consistency_checker
from fullhouse.jobs.events import RelayedEvent, Subscriber
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.jobs.notifications import NotificationListener
from fullhouse.jobs.rebasing import rebase_restored_events
from fullhouse.jobs.relay import Relay
from fullhouse.kernel.clock import ManualClock, SystemClock
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, Session, open_database
from fullhouse.storage.embedded.programs import wheel_programs
from fullhouse.storage.embedded.server import EmbeddedServer, server_on
from fullhouse.storage.queries import NamedQueries
from fullhouse.telemetry.metrics import MetricRegistry

pytestmark = [pytest.mark.timeout(120), pytest.mark.own_database]

ORG = UUID("01890000-0000-7000-8000-0000000000aa")
RULE = "history_of_this_cluster"
BURN = "DO $$ BEGIN FOR i IN 1..{} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
OWNER = "farmer"


@dataclass(slots=True)
class RelayedDatabase:
    """A database with events; its subscribers record the number of each event they receive."""

    database: Database
    url: str
    received: dict[str, list[int]] = field(default_factory=dict)

    async def run(self, *statements: str) -> None:
        connection = await connect(self.url, application_name="test")
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def write(self, count: int) -> list[int]:
        """Write events, each in its own transaction; their numbers."""
        connection = await connect(self.url, application_name="test")
        try:
            return [
                await connection.fetchval(
                    "INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)"
                    " VALUES ($1, 'Booked', $1, '{}', 'test', $1, now()) RETURNING seq",
                    ORG,
                )
                for _ in range(count)
            ]
        finally:
            await connection.close()

    def subscriber(self, name: str) -> Subscriber:
        async def receive(_session: Session, events: Sequence[RelayedEvent]) -> None:
            self.received.setdefault(name, []).extend(event.seq for event in events)

        return Subscriber(name, (Booked,), receive)

    async def relay_to(self, *names: str) -> dict[str, list[int]]:
        """Relay to these subscribers; the events that each receives now."""
        self.received = {name: [] for name in names}
        subscribers = tuple(self.subscriber(name) for name in names)
        listener = NotificationListener(lambda: connect(self.url, application_name="test"))
        load = LoadMonitor(SystemClock())
        await self.rebase()  # as every process does when it starts
        await Relay(
            self.database, subscribers, listener, load, RelayMetrics(MetricRegistry())
        ).catch_up()
        return self.received

    async def broken(self) -> list[str]:
        consistency = build_consistency_checker(self.database, SystemClock())
        return [result.rule for result in (await consistency.check(quiescent=True)).broken]

    async def rebase(self) -> bool:
        async with self.database.transaction() as session:
            return await rebase_restored_events(session)


@pytest.fixture
def source(database: Database, database_url: str) -> RelayedDatabase:
    return RelayedDatabase(database, database_url)


@pytest.fixture(scope="module")
def other_server() -> Iterator[EmbeddedServer]:
    """Another cluster, with a low transaction counter."""
    folder = server_folder(f"fullhouse-tests-{os.getpid()}-restored-")
    (folder / "embedded").mkdir(mode=0o711)
    server = server_on(folder / "embedded")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
async def restored(
    source: RelayedDatabase, other_server: EmbeddedServer, catalogue: NamedQueries, tmp_path: Path
) -> AsyncIterator["Restore"]:
    restore = Restore(source, other_server, catalogue, tmp_path / "dump.sql")
    yield restore
    for opened in restore.opened:
        await opened.close()


@dataclass(slots=True)
class Restore:
    """Dumps the source and restores it into the other cluster, as an ordinary owner."""

    source: RelayedDatabase
    server: EmbeddedServer
    catalogue: NamedQueries
    dump: Path
    opened: list[Database] = field(default_factory=list)

    async def __call__(self) -> RelayedDatabase:
        programs = wheel_programs()
        await run(
            programs["pg_dump"],
            "--no-owner",
            "--no-privileges",
            f"--file={self.dump}",
            self.source.url,
        )
        connection = await asyncpg.connect(self.server.url_of("postgres"))
        await connection.execute(f"CREATE ROLE {OWNER} LOGIN")
        await connection.execute(f"CREATE DATABASE restored OWNER {OWNER}")
        await connection.close()
        url = self.server.url_of("restored").replace("postgres@", f"{OWNER}@", 1)
        assert OWNER in url
        await run(programs["psql"], "-qX", "-v", "ON_ERROR_STOP=1", "-f", str(self.dump), url)
        database = (
            await open_database(url, catalogue=self.catalogue, clock=SystemClock())
        ).unrestricted
        self.opened.append(database)
        return RelayedDatabase(database, url)


async def run(program: Path, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()


async def test_restored_dump_relays_the_missing_events_and_none_twice(
    source: RelayedDatabase, restored: Restore
) -> None:
    await source.run(BURN.format(5_000))
    received_by_all = await source.write(5)
    await source.relay_to("near", "far")
    received_by_one = await source.write(4)
    await source.relay_to("near")
    received_by_none = await source.write(3)

    target = await restored()
    new = await target.write(2)
    assert await target.broken() == [RULE]
    assert await target.relay_to("near", "far", "late") == {
        "near": received_by_none + new,
        "far": received_by_one + received_by_none + new,
        "late": received_by_all + received_by_one + received_by_none + new,
    }
    assert await target.broken() == []

    # The transaction counter of this cluster reaches the restored numbers, and passes them
    for _ in range(8):
        await target.run(BURN.format(1_000))
        newer = await target.write(1)
        assert await target.relay_to("near", "far") == {"near": newer, "far": newer}
    assert await target.broken() == ["events_relayed"], (
        "the third subscriber has not received the last"
    )
    with pytest.raises(asyncpg.RestrictViolationError):
        await target.run("UPDATE event SET actor = 'nobody'")


AHEAD = (
    "SET session_replication_role = replica",
    "UPDATE event SET xid = (xid::text::bigint + 1000000)::text::xid8",
    "UPDATE relay_cursor SET xid = (xid::text::bigint + 1000000)::text::xid8",
)


@pytest.mark.on_both_servers
async def test_each_subscriber_receives_the_rest_from_its_own_cursor(
    source: RelayedDatabase,
) -> None:
    """Two cursors are equal, one is new, and the last transaction was not the last to write."""
    history: list[int] = []
    for names in (("one", "two"), ("two",), ("three", "four"), ("five",), ()):
        history += await source.write(2)
        await source.relay_to(*names)
    last = "UPDATE event SET xid = (xid::text::bigint + 1000)::text::xid8 WHERE seq = 9"
    await source.run(*AHEAD, last)
    new = await source.write(1)
    received = await source.relay_to("one", "two", "three", "four", "five", "six")
    rest = {name: history[2 * batches :] for name, batches in BATCHES_RECEIVED.items()}
    assert received == {name: left + new for name, left in rest.items()}


BATCHES_RECEIVED = {"one": 1, "two": 2, "three": 3, "four": 3, "five": 4, "six": 0}


@pytest.mark.on_both_servers
async def test_concurrent_processes_rebase_restored_events_once(source: RelayedDatabase) -> None:
    await source.write(3)
    await source.relay_to("near")
    await source.run(*AHEAD)
    new = await source.write(2)
    async with asyncio.TaskGroup() as group:
        rebasing = [group.create_task(source.rebase()) for _ in range(6)]
    assert sorted(task.result() for task in rebasing) == [False] * 5 + [True]
    assert await source.relay_to("near") == {"near": new}


async def test_events_of_this_cluster_are_not_rebased_during_writes(
    source: RelayedDatabase,
) -> None:
    """Even while a transaction that began before the newest event is still open."""
    open_one = await connect(source.url, application_name="test")
    async with open_one.transaction():
        await open_one.execute("SELECT pg_current_xact_id()")
        await source.write(3)
        assert not await source.rebase()
    await open_one.close()
    await source.relay_to("near")
    assert not await source.rebase()


async def test_web_process_rebases_before_its_first_write(
    source: RelayedDatabase, clock: ManualClock
) -> None:
    await source.write(2)
    await source.relay_to("near")
    await source.run(*AHEAD)
    assert await source.broken() == [RULE]
    async with open_application(Settings(), source.url, name="web", clock=clock):
        assert await source.broken() == []
