"""The pgbench baseline writes the same rows as the product, with the same columns filled."""

from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from tests.builders.business import Business, a_booking_of, a_guest

import fullhouse.capacity.bench
from fullhouse.bootstrap.application import Application
from fullhouse.capacity.bench.fixtures import MANY, OFFERING, ORG
from fullhouse.capacity.bench.load_tools import Pgbench
from fullhouse.capacity.bench.programs import output_of
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded.server import EmbeddedServer

BENCH: Final = Path(fullhouse.capacity.bench.__file__).parent
TABLES: Final = ("booking", "slot_allocation", "event", "idempotency")
ROW_BYTES_RATIO_MIN: Final = 0.75
"""Rows of the baseline may be shorter by this factor: names differ in length."""


@pytest.fixture
async def connection(database_url: str) -> asyncpg.Connection:
    return await connect(database_url, application_name="test")


async def _last(connection: asyncpg.Connection, table: str, org: OrgId) -> asyncpg.Record:
    row = await connection.fetchrow(
        f"SELECT *, pg_column_size(t.*) AS bytes FROM {table} t WHERE org_id = $1 LIMIT 1",  # noqa: S608 - our own names
        org,
    )
    assert row is not None
    return row


@pytest.mark.timeout(120)
async def test_baseline_fills_the_same_columns_of_the_same_tables(
    app: Application,
    business: Business,
    server: EmbeddedServer,
    database_url: str,
    connection: asyncpg.Connection,
) -> None:
    slot = await business.a_slot()
    await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    names = {"org": ORG, "offering": OFFERING, "slots": MANY.last}
    settings = [f"--set={name}={value}" for name, value in names.items()]
    options = ["--quiet", "--set=ON_ERROR_STOP=1", *settings, f"--file={BENCH / 'fixtures.sql'}"]
    await output_of([server.programs["psql"], *options, database_url])
    pgbench = Pgbench(server.programs["pgbench"], database_url, 1)
    assert await pgbench.bookings(MANY) > 0
    paced = await pgbench.paced_bookings(per_second=200, settle_seconds=1)
    assert 50 < paced.per_second < 400
    assert 0 < paced.p50_ms <= paced.p99_ms
    for table in TABLES:
        ours = await _last(connection, table, business.org_id)
        theirs = await _last(connection, table, OrgId(ORG))
        assert _filled(ours) == _filled(theirs), table
        assert theirs["bytes"] >= ROW_BYTES_RATIO_MIN * ours["bytes"], table
    written = [
        await connection.fetchval(f"SELECT count(*) FROM {table} WHERE org_id = $1", ORG)  # noqa: S608 - as above
        for table in TABLES
    ]
    assert len(set(written)) == 1, "one row of each a booking"
    booked = await connection.fetchval("SELECT sum(booked) FROM slot WHERE org_id = $1", ORG)
    assert booked == 2 * written[0]
    await connection.close()


def _filled(row: asyncpg.Record) -> set[str]:
    return {name for name, value in row.items() if value is not None}


async def test_fixture_slots_lie_in_the_future_with_ample_capacity(
    server: EmbeddedServer, database_url: str, connection: asyncpg.Connection
) -> None:
    settings = [f"--set=org={ORG}", f"--set=offering={OFFERING}", "--set=slots=100"]
    options = ["--quiet", "--set=ON_ERROR_STOP=1", *settings, f"--file={BENCH / 'fixtures.sql'}"]
    await output_of([server.programs["psql"], *options, database_url])
    row = await connection.fetchrow(
        "SELECT count(*) AS slots, min(starts_at) AS first, now() AS now, min(capacity) AS places"
        " FROM slot"
    )
    assert row is not None
    first, now = row["first"], row["now"]
    assert isinstance(first, datetime)
    assert row["slots"] == 101
    assert first > now
    assert row["places"] == 1_000_000_000
    await connection.close()
