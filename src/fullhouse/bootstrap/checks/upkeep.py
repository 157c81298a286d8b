"""Checks of `fullhouse doctor` on how the database is kept: indexes, zones, backups, queue."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from math import inf
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg

from fullhouse.bootstrap.checks.results import CheckResult, failed, note, ok
from fullhouse.bootstrap.schema import named_queries, schema
from fullhouse.concurrency.turns import Turns
from fullhouse.kernel.clock import Clock
from fullhouse.observability.database_monitor import indexes_to_look_at
from fullhouse.observability.index_proposals import INDEX_PREFIX
from fullhouse.observability.limits import NOTIFICATIONS_WAIT_UNHEALTHY_SECONDS
from fullhouse.storage.database import Session

_CREATED: Final = re.compile(r"^CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?(\w+)", re.MULTILINE)
_DROPPED: Final = re.compile(r"^DROP INDEX (?:IF EXISTS )?(\w+)", re.MULTILINE)
_INDEXES: Final = """
SELECT c.relname AS name, i.indisvalid AS is_valid
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace"""
_READ_WHOLE: Final = """
SELECT relname FROM pg_stat_user_tables
WHERE n_live_tup > $1 AND seq_scan > 100 AND seq_tup_read / seq_scan > n_live_tup / 2
    AND seq_scan > coalesce(idx_scan, 0) / 10
ORDER BY seq_tup_read DESC LIMIT 5"""
_BACKUP: Final = """
SELECT last_archived_time, last_failed_time,
    (SELECT count(*) FROM pg_stat_replication) AS standbys,
    (SELECT string_agg(slot_name, ', ') FROM pg_replication_slots
     WHERE NOT active AND $1 < pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery()
        THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)) AS idle_slots
FROM pg_stat_archiver"""
_QUEUE: Final = """
SELECT coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE status = 'due')), 0)::float8
        AS oldest_seconds,
    count(*) FILTER (WHERE status = 'dead') AS dead,
    EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'fullhouse web') AS is_running
FROM effect WHERE status IN ('due', 'leased', 'dead')"""
_TRENDS: Final = """
SELECT string_agg(summary, ' ' ORDER BY fired_at) FROM alert
WHERE rule = 'running-out' AND resolved_at IS NULL"""
_LARGE_ROWS: Final = 50_000
_KEPT_LOG_BYTES_MAX: Final = 1024 * 1024 * 1024
_ZONE_MONTHS: Final = 24
_MONTH: Final = timedelta(days=30)
_OFFSETS: Final = """
SELECT extract(epoch FROM at AT TIME ZONE $1 - at AT TIME ZONE 'UTC')::integer
FROM unnest($2::timestamptz[]) WITH ORDINALITY AS moments (at, n) ORDER BY n"""


async def check_upkeep(
    connection: asyncpg.Connection, clock: Clock, *, is_embedded: bool
) -> AsyncIterator[CheckResult]:
    """All of these; the tables were found to be up to date, and may not all be read."""
    yield await check_indexes(connection, clock)
    yield await check_vacuum(connection)
    yield await check_backups(connection, is_embedded=is_embedded)
    try:
        yield await check_zones(connection, clock)
        yield await check_queue(connection)
        yield await check_services(connection)
        yield await check_trends(connection)
    except asyncpg.InsufficientPrivilegeError:
        yield failed("rights", "This user of the database may not read the tables of Fullhouse.")


async def check_indexes(connection: asyncpg.Connection, clock: Clock) -> CheckResult:
    """Compare with those of the migrations; name what nothing uses, and what is read whole."""
    rows = [
        row
        for row in await connection.fetch(_INDEXES)
        # One that advice is building is not valid yet, and is dropped if it never will be
        if not row["name"].startswith(INDEX_PREFIX)
    ]
    valid = {row["name"] for row in rows if row["is_valid"]}
    invalid = sorted({row["name"] for row in rows} - valid)
    missing = sorted(expected_indexes() - {row["name"] for row in rows})
    if missing:
        return failed(
            "indexes",
            f"{', '.join(missing)} missing: run the CREATE INDEX of the migration that has it.",
        )
    if invalid:
        return failed("indexes", f"{', '.join(invalid)} not valid: run REINDEX INDEX CONCURRENTLY.")
    session = Session(connection, catalogue=named_queries(), clock=clock, turns=Turns())
    unused = [one for one in await indexes_to_look_at(session) if one.is_valid]
    whole = [row["relname"] for row in await connection.fetch(_READ_WHOLE, _LARGE_ROWS)]
    sentences = [f"{one.name} ({one.bytes // 1024**2} MiB) is unused." for one in unused]
    if whole:
        sentences.append(f"{', '.join(whole)} often read whole: see `fullhouse latency`.")
    if sentences:
        return note("indexes", " ".join(sentences))
    return ok("indexes", f"All {len(valid)} indexes are there.")


def expected_indexes() -> frozenset[str]:
    """The names that the migrations of this version leave."""
    texts = [
        path.read_text(encoding="utf-8")
        for part in schema()
        for path in sorted((part.folder / "migrations").glob("*.sql"))
    ]
    created = {name for text in texts for name in _CREATED.findall(text)}
    dropped = {name for text in texts for name in _DROPPED.findall(text)}
    return frozenset(created - dropped)


async def check_vacuum(connection: asyncpg.Connection) -> CheckResult:
    """Without it tables grow, plans get worse, and in the end nothing can be written."""
    off = [
        name
        for name in ("autovacuum", "track_counts")
        if await connection.fetchval("SELECT current_setting($1)", name) == "off"
    ]
    if off:
        return failed("vacuum", f"{', '.join(off)} off in PostgreSQL: turn it on.")
    return ok("vacuum", "PostgreSQL cleans up by itself.")


async def check_zones(connection: asyncpg.Connection, clock: Clock) -> CheckResult:
    """Whether this machine and PostgreSQL agree about the zone of each venue for two years."""
    zones = [row["zone"] for row in await connection.fetch("SELECT DISTINCT zone FROM venue")]
    moments = [clock.now() + month * _MONTH for month in range(_ZONE_MONTHS)]
    wrong = [zone for zone in sorted(zones) if not await _agree(connection, zone, moments)]
    if wrong:
        return failed(
            "zones",
            f"This machine and PostgreSQL have different rules for {', '.join(wrong)}: update "
            "the package tzdata of both.",
        )
    return ok("zones", "Here and in PostgreSQL, the zones of all venues have the same rules.")


async def _agree(connection: asyncpg.Connection, zone: str, moments: Sequence[datetime]) -> bool:
    try:
        ours = [int((at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds())
                for at in moments]  # fmt: skip
        rows = await connection.fetch(_OFFSETS, zone, list(moments))
    except (ZoneInfoNotFoundError, asyncpg.InvalidParameterValueError):
        return False
    return ours == [row[0] for row in rows]


async def backup_days(connection: asyncpg.Connection, clock: Clock) -> float | None:
    """How old the last archived log is; infinity when none can be, None when none is to be."""
    row = await connection.fetchrow(_BACKUP, _KEPT_LOG_BYTES_MAX)
    assert row is not None, "the view always has a row"
    archived, gone_wrong = row["last_archived_time"], row["last_failed_time"]
    if archived is None:
        return None if gone_wrong is None else inf
    age: timedelta = clock.now() - archived
    return max(0.0, age / timedelta(days=1))


async def check_backups(connection: asyncpg.Connection, *, is_embedded: bool) -> CheckResult:
    """What PostgreSQL knows of them: archived logs and standbys; a dump leaves no trace."""
    row = await connection.fetchrow(_BACKUP, _KEPT_LOG_BYTES_MAX)
    assert row is not None, "the view always has a row"
    if row["idle_slots"]:
        return failed(
            "backups",
            f"Nobody reads the replication slot {row['idle_slots']}, which fills the disk: start "
            "its reader, or drop it.",
        )
    archived, gone_wrong = row["last_archived_time"], row["last_failed_time"]
    if gone_wrong is not None and (archived is None or gone_wrong > archived):
        return failed("backups", "PostgreSQL cannot archive its log: see archive_command.")
    if archived is not None or row["standbys"]:
        since = f" The last log was archived at {archived:%Y-%m-%d %H:%M} UTC." if archived else ""
        return ok("backups", f"{row['standbys']} standbys.{since}")
    where = " (pg_dump comes with the embedded PostgreSQL)" if is_embedded else ""
    return note(
        "backups",
        f"No log is archived and there is no standby: dump the database each day{where}, and try "
        "to restore it (docs/running.md, Back up).",
    )


async def check_queue(connection: asyncpg.Connection) -> CheckResult:
    """Whether a worker runs and nothing has failed for good."""
    row = await connection.fetchrow(_QUEUE)
    assert row is not None, "an aggregate always has a row"
    if row["oldest_seconds"] > NOTIFICATIONS_WAIT_UNHEALTHY_SECONDS:
        minutes = row["oldest_seconds"] / 60
        message = f"A job has waited for {minutes:.0f} minutes"
        if row["is_running"]:
            return failed("jobs", f"{message}: does a worker run? See the runbook worker-stopped.")
        return note("jobs", f"{message}: Fullhouse does not run.")
    if row["dead"]:
        return note("jobs", f"{row['dead']} failed for good: see `fullhouse dead-letters`.")
    return ok("jobs", "No job waits long, and none has failed for good.")


async def check_services(connection: asyncpg.Connection) -> CheckResult:
    """Which services of the installation are not called because they failed."""
    rows = await connection.fetch("SELECT name FROM circuit WHERE is_open AND name NOT LIKE '%:%'")
    if rows:
        names = ", ".join(row["name"] for row in rows)
        return failed("services", f"{names} not called since it failed: see `fullhouse circuits`.")
    return ok("services", "No service is known to fail.")


async def check_trends(connection: asyncpg.Connection) -> CheckResult:
    """What the processes that serve have found to run out, with the time that is left."""
    found = await connection.fetchval(_TRENDS)
    if found is None:
        return ok("trends", "Nothing is found to run out.")
    return note("trends", found)
