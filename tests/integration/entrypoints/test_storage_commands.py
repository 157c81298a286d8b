"""`fullhouse migrate` and `fullhouse doctor` as an operator types them."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from fullhouse.bootstrap.checks import machine
from fullhouse.bootstrap.checks.database import check_database, check_durability
from fullhouse.bootstrap.checks.machine import (
    check_data_folder,
    check_files,
    check_python,
    check_settings,
)
from fullhouse.bootstrap.checks.network import check_address
from fullhouse.bootstrap.checks.results import CheckStatus, failed
from fullhouse.bootstrap.schema import schema
from fullhouse.entrypoints import cli
from fullhouse.entrypoints.cli import doctor
from fullhouse.http.server import listening
from fullhouse.kernel.clock import ManualClock, SystemClock
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.errors import MigrationFailed
from fullhouse.storage.schema import Phase, migrate
from fullhouse.storage.schema import status as schema_status

pytestmark = [pytest.mark.timeout(60), pytest.mark.own_database]


@dataclass(slots=True)
class Operator:
    """Types commands, in this process: a start of Python for each would be most of the time."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    refusal: str = ""

    async def types(self, *arguments: str, url: str) -> tuple[int, str]:
        """The exit status and what was said, of a command on a database."""
        self.monkeypatch.setenv("FULLHOUSE_DATABASE_URL", url)
        self.monkeypatch.setenv("FULLHOUSE_PORT", "0")
        status = await asyncio.to_thread(_status_of, arguments)
        said, self.refusal = self.capsys.readouterr()
        return status, said


def _status_of(arguments: tuple[str, ...]) -> int:
    with pytest.raises(SystemExit) as left:
        cli.run(arguments)
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


async def migrations_of(url: str, phase: Phase) -> list[str]:
    connection = await connect(url, application_name="test")
    try:
        return [
            each.id for each in await schema_status(connection, schema()) if each.phase is phase
        ]
    finally:
        await connection.close()


@pytest.mark.on_both_servers
async def test_migrate_lists_pending_migrations_and_applies_them(
    operator: Operator, empty_database_url: str
) -> None:
    expected = await migrations_of(empty_database_url, Phase.EXPAND)
    status, said = await operator.types("migrate", "status", url=empty_database_url)
    assert status == 1
    assert f"pending     expand    {expected[0]}" in said
    status, said = await operator.types("migrate", url=empty_database_url)
    assert status == 0
    assert said.splitlines() == [
        *(f"applied  {id_}" for id_ in expected),
        "The tables are up to date.",
    ]
    status, said = await operator.types("migrate", "up", "--json", url=empty_database_url)
    assert (status, msgspec.json.decode(said)) == (0, {"applied": []})
    status, said = await operator.types("migrate", "status", "--json", url=empty_database_url)
    assert status == 0
    states = {(each["phase"], each["state"]) for each in msgspec.json.decode(said)["migrations"]}
    assert states == {("expand", "applied"), ("contract", "pending")}


async def test_a_modified_migration_fails_migrate_doctor_and_status(
    operator: Operator, database_url: str
) -> None:
    connection = await connect(database_url, application_name="test")
    await connection.execute("UPDATE schema_migration SET hash = 'x' WHERE id ~ 'people/0001'")
    await connection.close()
    status, said = await operator.types("migrate", "status", url=database_url)
    assert (status, "modified    expand    people/0001_people" in said) == (1, True)
    for command in ("migrate", "doctor"):
        status, said = await operator.types(command, url=database_url)
        assert status == 1


async def test_a_command_says_what_a_dump_that_was_restored_lacks(
    operator: Operator, database_url: str
) -> None:
    """Privileges are granted at the first start, and commands may come before that."""
    connection = await connect(database_url, application_name="test")
    await connection.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM fullhouse_tenant")
    await connection.close()
    assert (await operator.types("check", url=database_url))[0] == 1
    assert "fullhouse migrate" in operator.refusal
    assert (await operator.types("migrate", url=database_url))[0] == 0
    assert (await operator.types("check", url=database_url))[0] == 0


async def test_contract_migrations_are_applied_on_request_only(
    operator: Operator, empty_database_url: str
) -> None:
    contract = ("migrate", "up", "--contract")
    assert await operator.types(*contract, url=empty_database_url) == (1, "")
    connection = await connect(empty_database_url, application_name="test")
    assert await connection.fetchval("SELECT to_regclass('email_text')") is None
    await connection.close()
    await operator.types("migrate", "up", url=empty_database_url)
    status, said = await operator.types(*contract, url=empty_database_url)
    assert status == 0
    expected = await migrations_of(empty_database_url, Phase.CONTRACT)
    assert said.splitlines()[:-1] == [f"applied  {id_}" for id_ in expected]
    assert said.endswith("The tables are up to date.\n")


async def test_doctor_passes_on_a_migrated_database(operator: Operator, database_url: str) -> None:
    status, said = await operator.types("doctor", url=database_url)
    assert status == 0
    assert "ok      database  PostgreSQL 18" in said
    assert "note    mail" in said
    assert said.endswith("No problems found.\n")


async def test_doctor_fails_on_an_unmigrated_database_and_names_the_command(
    operator: Operator, empty_database_url: str
) -> None:
    status, said = await operator.types("doctor", "--json", url=empty_database_url)
    found = msgspec.json.decode(said)
    assert (status, found["ok"]) == (1, False)
    (tables,) = [one for one in found["checks"] if one["name"] == "tables"]
    assert tables["status"] == "failed"
    assert "fullhouse migrate up" in tables["message"]


async def test_doctor_fails_on_an_unreachable_database(operator: Operator) -> None:
    nowhere = "postgresql://postgres@/fullhouse?host=/nowhere"
    status, said = await operator.types("doctor", url=nowhere)
    assert status == 1
    assert "FAILED  database  " in said


async def test_doctor_creates_no_data_folder(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    results = await doctor.run_checks(Settings(data_dir=data_dir, port=0, database_url=None))
    assert not data_dir.exists()
    assert results[-1].status is CheckStatus.NOTE
    assert "no data" in results[-1].message


@pytest.fixture
async def unfriendly_port() -> AsyncIterator[int]:
    """Where another program listens, and hangs up on whoever comes."""

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    yield int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()


def test_doctor_fails_on_an_old_python() -> None:
    assert check_python((3, 10)).status is CheckStatus.FAILED
    assert check_python((3, 11)).status is CheckStatus.OK


def test_doctor_fails_on_a_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert check_data_folder(tmp_path / "not" / "yet").status is CheckStatus.OK
    monkeypatch.setattr(machine, "DISK_FREE_FILES_MIN", 1 << 60)
    assert "more files fit" in check_data_folder(tmp_path).message
    monkeypatch.setattr(machine, "DISK_FREE_BYTES_MIN", 1 << 60)
    assert "bookings may fail" in check_data_folder(tmp_path).message


def test_doctor_names_variables_that_are_no_setting() -> None:
    assert check_settings({"FULLHOUSE_PORT": "1", "HOME": "/"}).status is CheckStatus.OK
    wrong = check_settings({"FULLHOUSE_SMTP_ULR": "x", "FULLHOUSE_ORCHARD": "x"})
    assert wrong.status is CheckStatus.FAILED
    assert "FULLHOUSE_SMTP_ULR: do you mean FULLHOUSE_SMTP_URL?" in wrong.message
    assert "FULLHOUSE_ORCHARD is not a setting." in wrong.message


async def test_doctor_reports_invalid_settings_and_fails(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FULLHOUSE_SMTP_URL", "foo")
    status, said = await operator.types("doctor", url="mysql://host/db")
    assert status == 1
    assert "FAILED  settings  FULLHOUSE_SMTP_URL: Begin it with smtp://" in said
    assert said.endswith("2 problems.\n")


async def test_doctor_fails_when_commits_are_not_durable(database_url: str) -> None:
    connection = await connect(database_url, application_name="test")
    assert (await check_durability(connection)).status is CheckStatus.OK
    await connection.execute("SET synchronous_commit = off")
    unsafe = await check_durability(connection)
    await connection.close()
    assert unsafe.status is CheckStatus.FAILED
    assert "synchronous_commit off" in unsafe.message


async def test_doctor_fails_when_the_clocks_differ(database_url: str) -> None:
    slow = ManualClock(datetime(2027, 6, 1, tzinfo=UTC))
    results = await check_database(Settings(database_url=database_url), slow)
    (clock,) = [each for each in results if each.name == "clock"]
    assert clock.status is CheckStatus.FAILED
    results = await check_database(Settings(database_url=database_url), SystemClock())
    assert {each.status for each in results} <= {CheckStatus.OK, CheckStatus.NOTE}


async def test_doctor_fails_when_processes_need_more_connections_than_there_are(
    database_url: str,
) -> None:
    greedy = Settings(database_url=database_url, workers=64, connections_max=200)
    results = await check_database(greedy, SystemClock())
    assert "take up to 13000" in next(each for each in results if each.name == "connect").message


@pytest.fixture
async def visitor_url(empty_database_url: str) -> AsyncIterator[str]:
    """An empty database for a user who may connect three times and create nothing."""
    connection = await connect(empty_database_url, application_name="test")
    await connection.execute("CREATE ROLE visitor LOGIN CONNECTION LIMIT 3")
    yield empty_database_url.replace("postgres@", "visitor@")
    await connection.execute("DROP ROLE visitor")
    await connection.close()


@pytest.mark.on_both_servers
async def test_user_who_may_create_no_tables_is_told_what_the_administrator_runs(
    visitor_url: str,
) -> None:
    with pytest.raises(MigrationFailed, match=r'ALTER DATABASE "empty_\d+" OWNER TO "visitor"'):
        await migrate(visitor_url, schema())


async def test_doctor_knows_how_many_connections_the_user_may_have(visitor_url: str) -> None:
    results = await check_database(Settings(database_url=visitor_url), SystemClock())
    (found,) = [each for each in results if each.name == "connect"]
    assert (found.status, "allows 3 connections" in found.message) == (CheckStatus.FAILED, True)


def test_doctor_says_how_many_streams_the_limit_of_open_files_allows() -> None:
    plenty = check_files(1_024, 65_536)
    assert plenty.status is CheckStatus.OK
    assert "65536 files (now 1024" in plenty.message
    assert "16384 connections and 8192 streams" in plenty.message
    few = check_files(1_024, 4_096)
    assert few.status is CheckStatus.NOTE
    assert "1984 connections and 1984 streams. Allow 65536 (LimitNOFILE)" in few.message
    unlimited = check_files(1_024, resource.RLIM_INFINITY)
    assert unlimited.status is CheckStatus.OK
    assert "any number of files" in unlimited.message


@pytest.mark.parametrize(("status", "found"), [(200, CheckStatus.OK), (503, CheckStatus.FAILED)])
async def test_doctor_fails_when_the_server_is_not_ready(status: int, found: CheckStatus) -> None:
    async def probe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_ready_asked = b"/readyz" in await reader.readline()
        writer.write(b"HTTP/1.1 %d X\r\n\r\n" % (status if is_ready_asked else 200))
        writer.close()

    server = await asyncio.start_server(probe, "127.0.0.1", 0)
    result = await check_address("127.0.0.1", server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    assert result.status is found


async def test_doctor_fails_on_a_port_in_use_by_another_program(unfriendly_port: int) -> None:
    result = await check_address("127.0.0.1", unfriendly_port)
    assert result == failed(
        "address",
        f"Cannot listen on 127.0.0.1, port {unfriendly_port}: another program uses it. "
        "Choose another port (FULLHOUSE_PORT).",
    )


async def test_doctor_does_not_wait_for_a_program_that_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listening, "SELF_PROBE_SECONDS_MAX", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        result = await check_address("127.0.0.1", silent.getsockname()[1])
    assert "another program uses it" in result.message
