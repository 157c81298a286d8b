"""A database the size of a busy year, built once a test run; nothing in it is ever changed."""

import asyncio
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from fullhouse.bootstrap.schema import schema
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded.server import EmbeddedServer
from fullhouse.storage.schema import Phase, migrate

DATABASE: Final = "large_database"
SLOTS: Final = 100_000
BOOKINGS: Final = 1_000_000
_FILLED = (
    "booking_note",
    "waiting_list_entry",
    "slot_allocation",
    "customer_subject",
    "customer_contact",
    "customer",
    "booking",
    "slot",
    "effect",
    "event",
    "idempotency",
    "message",
    "sales_day",
)
"""The largest tables, each behind those that refer to it."""
_CONTENTS = Path(__file__).parent / "large_database.sql"
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = ANY ($1) AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def big_id(kind: str, number: int) -> UUID:
    """The id that the book's SQL function `id` gives."""
    return UUID(f"{kind.ljust(8, '0')}-0000-7000-8000-{number:012x}")


async def build(server: EmbeddedServer) -> str:
    """Make and fill it, the indexes of the largest tables last; its url."""
    url = server.url_of(DATABASE)
    connection = await connect(server.url_of("postgres"), application_name="large database")
    try:
        await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()
    await migrate(url, schema(), phases=tuple(Phase))
    connection = await connect(url, application_name="large database")
    try:
        await _fill(connection)
    finally:
        await connection.close()
    return url


async def _fill(connection: asyncpg.Connection) -> None:
    await connection.execute("SET statement_timeout = 0")
    indexes = await connection.fetch(_INDEXES, list(_FILLED))
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    for table in _FILLED:  # whose 3 GB of log nobody would ever read
        await connection.execute(f"ALTER TABLE {table} SET UNLOGGED")
    contents = await asyncio.to_thread(_CONTENTS.read_text)
    await connection.execute(contents)
    for index in indexes:
        await connection.execute(index["indexdef"])
    await connection.execute("VACUUM ANALYZE")
