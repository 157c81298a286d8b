"""`fullhouse check` as an operator types it: words, JSON, and an exit status to build on."""

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
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


@pytest.mark.usefixtures("connection")
async def test_it_says_that_all_is_well_and_leaves_with_zero(database_url: str) -> None:
    status, said, _ = await check(database_url)
    assert said.rstrip().endswith("All is well: 13 rules hold.")
    assert "holds   No slot has given away more places than it has." in said
    assert status == 0


async def test_it_names_what_is_broken_and_leaves_with_one(
    database_url: str, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE slot SET booked = booked + 1 WHERE booked = 3")
    status, said, _ = await check(database_url)
    assert status == 1
    assert "BROKEN  Each slot counts exactly the places that are booked and held on it" in said
    assert "counts 4 booked and 0 held, its allocations say 3 and 0" in said
    assert said.rstrip().endswith("1 of 13 rules is broken.")


async def test_programs_read_the_same_as_json(
    database_url: str, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE slot SET booked = booked + 1 WHERE booked = 3")
    status, said, _ = await check(database_url, "--json")
    report = msgspec.json.decode(said)
    assert status == 1
    assert report["ok"] is False
    red = [rule for rule in report["rules"] if not rule["ok"]]
    assert [rule["rule"] for rule in red] == ["counters_equal_allocations"]
    assert red[0]["violations"] == len(red[0]["examples"])
