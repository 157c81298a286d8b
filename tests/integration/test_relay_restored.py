"""A dump restored into another cluster, where transactions are counted anew: told once, no more."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from fullhouse.bootstrap import consistency_of, open_house
from fullhouse.jobs.events import Event, Subscriber
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

pytestmark = pytest.mark.timeout(120)

ORG = UUID("01890000-0000-7000-8000-0000000000aa")
RULE = "history_of_this_cluster"
BURN = "DO $$ BEGIN FOR i IN 1..{} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
OWNER = "farmer"


@dataclass(slots=True)
class Place:
    """A database with a history; who listens to it notes the number of each event told."""

    database: Database
    url: str
    heard: dict[str, list[int]] = field(default_factory=dict)

    async def run(self, *statements: str) -> None:
        connection = await connect(self.url, application_name="test")
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def write(self, count: int) -> list[int]:
        """So many events, each in a transaction of its own; their numbers."""
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
        async def hear(_session: Session, events: Sequence[Event]) -> None:
            self.heard.setdefault(name, []).extend(event.seq for event in events)

        return Subscriber(name, frozenset({"Booked"}), hear)

    async def tell(self, *names: str) -> dict[str, list[int]]:
        """What each subscriber hears now that it had not heard."""
        self.heard = {name: [] for name in names}
        subscribers = tuple(self.subscriber(name) for name in names)
        listener = NotificationListener(lambda: connect(self.url, application_name="test"))
        load = LoadMonitor(SystemClock())
        await self.rebase()  # as every process does when it starts
        await Relay(
            self.database, subscribers, listener, load, RelayMetrics(MetricRegistry())
        ).catch_up()
        return self.heard

    async def broken(self) -> list[str]:
        consistency = consistency_of(self.database, SystemClock())
        return [result.rule for result in (await consistency.check(quiescent=True)).broken]

    async def rebase(self) -> bool:
        async with self.database.transaction() as session:
            return await rebase_restored_events(session)


@pytest.fixture
def place(database: Database, database_url: str) -> Place:
    return Place(database, database_url)


@pytest.fixture(scope="module")
def other_server() -> Iterator[EmbeddedServer]:
    """Another cluster, which has counted few transactions."""
    folder = Path(tempfile.mkdtemp(prefix=f"fullhouse-tests-{os.getpid()}-restored-"))
    folder.chmod(0o711)
    (folder / "embedded").mkdir(mode=0o711)
    server = server_on(folder / "embedded")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
async def restored(
    place: Place, other_server: EmbeddedServer, catalogue: NamedQueries, tmp_path: Path
) -> AsyncIterator["Restoring"]:
    restoring = Restoring(place, other_server, catalogue, tmp_path / "dump.sql")
    yield restoring
    for opened in restoring.opened:
        await opened.close()


@dataclass(slots=True)
class Restoring:
    """Dumps a place and restores it into the other cluster, as a user who owns it and no more."""

    place: Place
    server: EmbeddedServer
    catalogue: NamedQueries
    dump: Path
    opened: list[Database] = field(default_factory=list)

    async def __call__(self) -> Place:
        programs = wheel_programs()
        await run(programs["pg_dump"], "--no-owner", f"--file={self.dump}", self.place.url)
        connection = await asyncpg.connect(self.server.url_of("postgres"))
        await connection.execute(f"CREATE ROLE {OWNER} LOGIN")
        await connection.execute(f"CREATE DATABASE restored OWNER {OWNER}")
        await connection.close()
        url = self.server.url_of("restored").replace("postgres@", f"{OWNER}@", 1)
        assert OWNER in url
        await run(programs["psql"], "-qX", "-v", "ON_ERROR_STOP=1", "-f", str(self.dump), url)
        database = await open_database(url, catalogue=self.catalogue, clock=SystemClock())
        self.opened.append(database)
        return Place(database, url)


async def run(program: Path, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


async def test_restored_dump_relays_the_missing_events_and_none_twice(
    place: Place, restored: Restoring
) -> None:
    await place.run(BURN.format(5_000))
    told_to_all = await place.write(5)
    await place.tell("near", "far")
    told_to_one = await place.write(4)
    await place.tell("near")
    told_to_nobody = await place.write(3)

    elsewhere = await restored()
    new = await elsewhere.write(2)
    assert await elsewhere.broken() == [RULE]
    assert await elsewhere.tell("near", "far", "late") == {
        "near": told_to_nobody + new,
        "far": told_to_one + told_to_nobody + new,
        "late": told_to_all + told_to_one + told_to_nobody + new,
    }
    assert await elsewhere.broken() == []

    # This cluster's count comes up to the old one's, and passes it
    for _ in range(8):
        await elsewhere.run(BURN.format(1_000))
        newer = await elsewhere.write(1)
        assert await elsewhere.tell("near", "far") == {"near": newer, "far": newer}
    assert await elsewhere.broken() == ["events_relayed"], "nobody has told the third of the last"
    with pytest.raises(asyncpg.RestrictViolationError):
        await elsewhere.run("UPDATE event SET actor = 'nobody'")


AHEAD = (
    "SET session_replication_role = replica",
    "UPDATE event SET xid = (xid::text::bigint + 1000000)::text::xid8",
    "UPDATE relay_cursor SET xid = (xid::text::bigint + 1000000)::text::xid8",
)


@pytest.mark.on_both_servers
async def test_each_subscriber_receives_the_rest_from_its_own_cursor(place: Place) -> None:
    """Two stand abreast, one is new, and the last transaction was not the last to write."""
    history: list[int] = []
    for names in (("one", "two"), ("two",), ("three", "four"), ("five",), ()):
        history += await place.write(2)
        await place.tell(*names)
    last = "UPDATE event SET xid = (xid::text::bigint + 1000)::text::xid8 WHERE seq = 9"
    await place.run(*AHEAD, last)
    new = await place.write(1)
    heard = await place.tell("one", "two", "three", "four", "five", "six")
    rest = {name: history[2 * told :] for name, told in TOLD.items()}
    assert heard == {name: left + new for name, left in rest.items()}


TOLD = {"one": 1, "two": 2, "three": 3, "four": 3, "five": 4, "six": 0}


@pytest.mark.on_both_servers
async def test_concurrent_processes_rebase_restored_events_once(place: Place) -> None:
    await place.write(3)
    await place.tell("near")
    await place.run(*AHEAD)
    new = await place.write(2)
    async with asyncio.TaskGroup() as group:
        rebasing = [group.create_task(place.rebase()) for _ in range(6)]
    assert sorted(task.result() for task in rebasing) == [False] * 5 + [True]
    assert await place.tell("near") == {"near": new}


async def test_events_of_this_cluster_are_not_rebased_during_writes(
    place: Place,
) -> None:
    """Not even while a transaction that began before the newest event is still open."""
    open_one = await connect(place.url, application_name="test")
    async with open_one.transaction():
        await open_one.execute("SELECT pg_current_xact_id()")
        await place.write(3)
        assert not await place.rebase()
    await open_one.close()
    await place.tell("near")
    assert not await place.rebase()


async def test_web_process_rebases_before_its_first_write(place: Place, clock: ManualClock) -> None:
    await place.write(2)
    await place.tell("near")
    await place.run(*AHEAD)
    assert await place.broken() == [RULE]
    async with open_house(Settings(), place.url, name="web", clock=clock):
        assert await place.broken() == []
