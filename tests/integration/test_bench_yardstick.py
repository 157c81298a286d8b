"""The benchmark's yardstick writes what the product writes: the same rows, as full as they."""

from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from tests.builders.business import Business, a_booking_of, a_guest

import fullhouse.capacity.bench
from fullhouse.bootstrap import House
from fullhouse.capacity.bench.farm import MANY, OFFERING, ORG
from fullhouse.capacity.bench.makers import Pgbench
from fullhouse.capacity.bench.programs import output_of
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded.server import EmbeddedServer

BENCH: Final = Path(fullhouse.capacity.bench.__file__).parent
TABLES: Final = ("booking", "claim", "event", "idempotency")
OF_A_REPEAT: Final = 0.75
"""A row of the yardstick may be this much shorter than the product's: names differ in length."""


@pytest.fixture
async def connection(database_url: str) -> asyncpg.Connection:
    return await connect(database_url, application_name="looking")


async def _last(connection: asyncpg.Connection, table: str, org: OrgId) -> asyncpg.Record:
    row = await connection.fetchrow(
        f"SELECT *, pg_column_size(t.*) AS bytes FROM {table} t WHERE org_id = $1 LIMIT 1",  # noqa: S608 - our own names
        org,
    )
    assert row is not None
    return row


@pytest.mark.timeout(120)
async def test_it_fills_the_same_columns_of_the_same_tables(
    house: House,
    business: Business,
    server: EmbeddedServer,
    database_url: str,
    connection: asyncpg.Connection,
) -> None:
    slot = await business.a_slot()
    await house.booking.place_booking(business.org_id, a_booking_of(slot), caller=a_guest())
    names = {"org": ORG, "offering": OFFERING, "slots": MANY.last}
    told = [f"--set={name}={value}" for name, value in names.items()]
    options = ["--quiet", "--set=ON_ERROR_STOP=1", *told, f"--file={BENCH / 'farm.sql'}"]
    await output_of([server.programs["psql"], *options, database_url])
    rate = await Pgbench(server.programs["pgbench"], database_url, 1).bookings(MANY)
    assert rate > 0
    for table in TABLES:
        ours = await _last(connection, table, business.org_id)
        theirs = await _last(connection, table, OrgId(ORG))
        assert _filled(ours) == _filled(theirs), table
        assert theirs["bytes"] >= OF_A_REPEAT * ours["bytes"], table
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


async def test_the_farm_begins_tomorrow_and_has_room_everywhere(
    server: EmbeddedServer, database_url: str, connection: asyncpg.Connection
) -> None:
    told = [f"--set=org={ORG}", f"--set=offering={OFFERING}", "--set=slots=100"]
    options = ["--quiet", "--set=ON_ERROR_STOP=1", *told, f"--file={BENCH / 'farm.sql'}"]
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
