"""`fullhouse doctor` and how the database is kept: each fault is named with what mends it."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from tests.builders.business import Business

from fullhouse.bootstrap.checks import network, upkeep
from fullhouse.bootstrap.checks.network import check_certificate
from fullhouse.bootstrap.checks.results import CheckResult, CheckStatus
from fullhouse.bootstrap.checks.secrets import check_keys
from fullhouse.bootstrap.checks.upkeep import check_upkeep
from fullhouse.bootstrap.schema import named_queries
from fullhouse.concurrency.turns import Turns
from fullhouse.kernel.clock import ManualClock
from fullhouse.observability import database_monitor
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Session

pytestmark = pytest.mark.own_database  # it looks at what deleted rows leave

OK, NOTE, FAILED = CheckStatus
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(database_url, application_name="fullhouse doctor")
    yield connection
    await connection.close()


async def checked(connection: asyncpg.Connection) -> dict[str, CheckResult]:
    found = check_upkeep(connection, ManualClock(NOW), is_embedded=True)
    return {one.name: one async for one in found}


async def test_a_database_that_is_well_kept_has_no_problem(
    connection: asyncpg.Connection,
) -> None:
    found = await checked(connection)
    statuses = {name: one.status for name, one in found.items()}
    assert statuses == {
        **dict.fromkeys(("indexes", "vacuum", "zones", "jobs", "services", "trends"), OK),
        "backups": NOTE,
    }
    assert "pg_dump comes with the embedded PostgreSQL" in found["backups"].message


async def test_each_fault_of_the_database_is_named_with_what_mends_it(
    connection: asyncpg.Connection,
) -> None:
    await connection.execute("UPDATE pg_index SET indisvalid = false"
                             " WHERE indexrelid = 'effect_due'::regclass")  # fmt: skip
    invalid = (await checked(connection))["indexes"]
    assert (invalid.status, invalid.message) == (
        FAILED,
        "effect_due not valid: run REINDEX INDEX CONCURRENTLY.",
    )
    await connection.execute("DROP INDEX effect_dead")
    await connection.execute("SET track_counts = off")
    await connection.execute(
        "INSERT INTO circuit (name, generation, is_open, held_until, reason) VALUES"
        " ('mail-server', 1, true, now(), ''), ('make:1', 1, true, now(), '')"
    )
    await connection.execute(
        "INSERT INTO effect (org_id, key, kind, subject, status, due_at, correlation_id,"
        " created_at) SELECT gen_random_uuid(), 'k', 'message', gen_random_uuid(), 'due',"
        " now() - interval '20 minutes', gen_random_uuid(), now()"
    )
    await connection.execute(
        "INSERT INTO alert (alert_id, rule, subject, severity, summary, fired_at) VALUES"
        " (gen_random_uuid(), 'running-out', 'disk', 'warning', 'Full in 3 days.', now())"
    )
    found = await checked(connection)
    assert (found["trends"].status, found["trends"].message) == (NOTE, "Full in 3 days.")
    assert found["indexes"].message.startswith("effect_dead missing: run the CREATE INDEX")
    assert found["vacuum"].message == "track_counts off in PostgreSQL: turn it on."
    assert found["services"].message.startswith("mail-server not called")
    assert (found["jobs"].status, found["jobs"].message) == (
        NOTE,
        "A job has waited for 20 minutes: Fullhouse does not run.",
    )
    await connection.execute("SET application_name = 'fullhouse web'")
    assert (await checked(connection))["jobs"].status is FAILED
    await connection.execute("UPDATE effect SET status = 'dead'")
    assert "fullhouse dead-letters" in (await checked(connection))["jobs"].message


async def test_doctor_and_monitor_tell_of_the_same_unused_index(
    connection: asyncpg.Connection, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(connection, catalogue=named_queries(), clock=clock, turns=Turns())
    await connection.execute("CREATE TABLE visit AS SELECT n FROM generate_series(1, 9) AS n")
    await connection.execute("CREATE INDEX visit_n ON visit (n); ANALYZE visit")
    monkeypatch.setattr(database_monitor, "UNUSED_INDEX_BYTES_MIN", 1)
    assert await database_monitor.indexes_to_look_at(session) == [], "it may be used tomorrow"
    monkeypatch.setattr(database_monitor, "UNUSED_INDEX_DAYS_MIN", 0)
    found = [one.name for one in await database_monitor.indexes_to_look_at(session)]
    assert "visit_n" in found
    message = (await checked(connection))["indexes"].message
    assert [name for name in found if f"{name} (" not in message] == []


async def test_rules_of_a_zone_that_differ_are_found(
    connection: asyncpg.Connection, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    await business.a_slot()
    assert (await checked(connection))["zones"].status is OK
    monkeypatch.setattr(upkeep, "ZoneInfo", lambda _: ZoneInfo("Pacific/Apia"))
    found = (await checked(connection))["zones"]
    assert found.status is FAILED
    assert "update the package tzdata of both" in found.message
    monkeypatch.undo()
    await connection.execute("UPDATE venue SET zone = 'Mars/Olympus'")
    assert "Mars/Olympus" in (await checked(connection))["zones"].message


async def test_keys_that_others_can_read_are_a_fault(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert check_keys(settings).status is NOTE
    key = tmp_path / "encryption.key"
    key.write_text("not a key\n")
    key.chmod(0o640)
    assert check_keys(settings).message == f"Others can read {key}: run chmod 600 on it."
    key.chmod(0o600)
    assert check_keys(settings).status is FAILED
    key.write_text("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n")
    assert check_keys(settings).status is OK


@pytest.mark.parametrize(("days", "status"), [(90, OK), (14.5, OK), (13, FAILED), (-1, FAILED)])
async def test_a_certificate_that_ends_soon_is_a_fault(
    days: float, status: CheckStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end(_host: str, _port: int) -> datetime:
        return NOW + timedelta(days=days)

    monkeypatch.setattr(network, "_certificate_end", end)
    settings = Settings(public_url="https://book.example.org")
    found = await check_certificate(settings, ManualClock(NOW))
    assert found is not None
    assert found.status is status


async def test_without_https_or_an_answer_there_is_no_certificate_to_see() -> None:
    clock = ManualClock(NOW)
    assert await check_certificate(Settings(), clock) is None
    assert await check_certificate(Settings(public_url="http://farm.local"), clock) is None
    nobody = Settings(public_url="https://127.0.0.1:1")
    assert await check_certificate(nobody, clock) is None
    assert ssl.cert_time_to_seconds("Nov 30 12:00:00 2026 GMT") == NOW.timestamp()
