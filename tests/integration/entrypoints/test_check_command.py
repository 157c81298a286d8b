"""`fullhouse check`: text, JSON and exit status."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest
from tests.builders.valid_dataset import a_good_book

from fullhouse.storage.connection import connect


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(database_url, application_name="breaking on purpose")
    await connection.execute("SET session_replication_role = replica")
    await a_good_book(connection)
    # The command's clock is the machine's own, long before this book's time: nothing is overdue.
    yield connection
    await connection.close()


async def check(url: str, *options: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fullhouse", "check", *options,
        env={**os.environ, "FULLHOUSE_DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


@pytest.mark.usefixtures("connection")
async def test_check_exits_with_zero_when_all_rules_hold(database_url: str) -> None:
    status, output, _ = await check(database_url)
    assert output.rstrip().endswith("All 13 checks passed.")
    assert "ok      No slot is overbooked." in output
    assert status == 0


async def test_check_names_the_broken_rule_and_exits_with_one(
    database_url: str, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE slot SET booked = booked + 1 WHERE booked = 3")
    status, output, _ = await check(database_url)
    assert status == 1
    assert "FAILED  Each slot's counters equal its booked and held places" in output
    assert "counts 4 booked and 0 held, its allocations say 3 and 0" in output
    assert output.rstrip().endswith("1 of 13 checks failed.")


async def test_json_report_holds_the_broken_rule_and_its_examples(
    database_url: str, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE slot SET booked = booked + 1 WHERE booked = 3")
    status, output, _ = await check(database_url, "--json")
    report = msgspec.json.decode(output)
    assert status == 1
    assert report["ok"] is False
    red = [rule for rule in report["rules"] if not rule["ok"]]
    assert [rule["rule"] for rule in red] == ["counters_equal_allocations"]
    assert red[0]["violations"] == len(red[0]["examples"])
