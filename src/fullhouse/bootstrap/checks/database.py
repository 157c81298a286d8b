"""Checks of `fullhouse doctor` on the database: version, durability, tables, clock and disk."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg

from fullhouse.bootstrap.checks.machine import check_disk
from fullhouse.bootstrap.checks.results import CheckResult, CheckStatus, failed, note, ok
from fullhouse.bootstrap.checks.upkeep import check_upkeep
from fullhouse.bootstrap.schema import schema
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.observability.objectives import CLOCK_SECONDS
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded import database_at
from fullhouse.storage.errors import NoData
from fullhouse.storage.limits import POSTGRES_VERSION_MIN
from fullhouse.storage.schema import require_current_schema, require_supported_server

_DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes")
_CONNECTIONS_ALLOWED: Final = """
SELECT least(
    current_setting('max_connections')::integer,
    (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
    (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
)"""
"""By the server, to this user, and to this database; -1 is no limit."""
_MEBIBYTE: Final = 1024 * 1024


async def check_database(settings: Settings, clock: Clock) -> list[CheckResult]:
    """Check that the database answers, is new enough, keeps what it commits, and has our tables."""
    async with AsyncExitStack() as stack:
        try:
            url = await stack.enter_async_context(
                database_at(settings.database_url, settings.data_dir)
            )
            connection = await connect(url, application_name="fullhouse doctor")
        except NoData as error:
            return [note("database", error.detail)]
        except FullhouseError as error:
            return [failed("database", _sentence(error))]
        stack.push_async_callback(connection.close)
        return [each async for each in _checks(connection, settings, clock)]


async def _checks(
    connection: asyncpg.Connection, settings: Settings, clock: Clock
) -> AsyncIterator[CheckResult]:
    version = connection.get_server_version()
    answers_text = f"PostgreSQL {version.major}.{version.micro} answers"
    try:
        await require_supported_server(connection)
    except FullhouseError:
        yield failed(
            "database", f"{answers_text}; Fullhouse needs {POSTGRES_VERSION_MIN} or newer."
        )
        return
    size = await connection.fetchval("SELECT pg_database_size(current_database())")
    yield ok("database", f"{answers_text}; its data take {size // _MEBIBYTE} MiB.")
    yield await check_durability(connection)
    if settings.database_url is not None:
        yield await _check_connections(connection, settings)
        yield await _check_disk(connection)
    yield await _check_clock(connection, clock)
    tables = await _check_tables(connection)
    yield tables
    if tables.status is CheckStatus.OK:
        async for result in check_upkeep(
            connection, clock, is_embedded=settings.database_url is None
        ):
            yield result


async def check_durability(connection: asyncpg.Connection) -> CheckResult:
    """Check that a confirmed booking is on the disk."""
    off = [
        name
        for name in _DURABLE
        if await connection.fetchval("SELECT current_setting($1)", name) == "off"
    ]
    if off:
        return failed(
            "commits", f"{', '.join(off)} off in PostgreSQL: confirmed bookings may get lost."
        )
    return ok("commits", "A confirmed booking is on the disk.")


async def _check_connections(connection: asyncpg.Connection, settings: Settings) -> CheckResult:
    allowed = await connection.fetchval(_CONNECTIONS_ALLOWED)
    needed = (settings.workers + 1) * settings.connections_max
    if needed > allowed:
        return failed(
            "connect",
            f"PostgreSQL allows {allowed} connections, and {settings.workers} web processes and "
            f"the worker take up to {needed}: lower FULLHOUSE_CONNECTIONS_MAX, or raise "
            "max_connections, or the limit of the database or its user.",
        )
    return ok("connect", f"PostgreSQL allows {allowed} connections; up to {needed} are needed.")


async def _check_disk(connection: asyncpg.Connection) -> CheckResult:
    """The disk of the database where it is on this machine and says where its data are."""
    folder = None
    with suppress(asyncpg.InsufficientPrivilegeError):
        # No address: connected by a socket of this machine
        folder = await connection.fetchval(
            "SELECT current_setting('data_directory') WHERE inet_server_addr() IS NULL"
        )
    if folder is None or not Path(folder).parent.exists():
        return note(
            "db disk", "The free space of the database's disk is not visible from here: watch it."
        )
    return check_disk(Path(folder), name="db disk")


async def _check_clock(connection: asyncpg.Connection, clock: Clock) -> CheckResult:
    seconds = await clock_difference(connection, clock)
    if CLOCK_SECONDS.severity(seconds):
        return failed(
            "clock",
            f"The clocks of this machine and of the database differ by {seconds:.0f} seconds: "
            "set both by NTP.",
        )
    return ok("clock", f"It is {clock.now():%Y-%m-%d %H:%M} UTC, here and in the database.")


async def clock_difference(connection: asyncpg.Connection, clock: Clock) -> float:
    """By how many seconds this machine's clock and that of the database differ."""
    asked = clock.now()
    theirs: datetime = await connection.fetchval("SELECT clock_timestamp()")
    ours = asked + (clock.now() - asked) / 2
    return abs((theirs - ours) / timedelta(seconds=1))


async def _check_tables(connection: asyncpg.Connection) -> CheckResult:
    try:
        await require_current_schema(connection, schema())
    except FullhouseError as error:
        return failed("tables", _sentence(error))
    return ok("tables", "All tables are up to date.")


def _sentence(error: FullhouseError) -> str:
    return f"{error.detail.rstrip('.')}."
