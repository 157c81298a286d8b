"""What the database does now: who waits for whom, what is open for long, sizes, indexes, standbys.

It is read on a connection of its own, since those of the pool may all wait for what it shows, with
time-outs of its own; all who look in one process share one reading for some seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import asyncpg
from msgspec import Struct
from msgspec.structs import replace

from fullhouse.concurrency.turns import Turns
from fullhouse.kernel.clock import Clock
from fullhouse.observability.limits import (
    DATABASE_ROWS_MAX,
    DATABASE_SESSIONS_MAX,
    DATABASE_STATEMENT_SECONDS_MAX,
    UNUSED_INDEX_BYTES_MIN,
    UNUSED_INDEX_DAYS_MIN,
)
from fullhouse.observability.statement_names import StatementNames
from fullhouse.storage.connection import Connect, close_quietly
from fullhouse.storage.database import Session, admit_all
from fullhouse.storage.errors import DatabaseErrors

_STATEMENTS: Final = """
SELECT query, calls, total_exec_time / 1000 AS total_seconds, mean_exec_time / 1000 AS mean_seconds,
    rows AS row_count
FROM pg_stat_statements(true)
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND query <> '<insufficient privilege>'
ORDER BY {order} DESC LIMIT $1"""
"""No named query: the function is there only where the extension is."""


class DatabaseSession(Struct, frozen=True):
    """A client of the server; `query` is the name of ours, or a shape without data."""

    pid: int
    program: str
    state: str
    waits_for: str
    query_seconds: float
    transaction_seconds: float
    state_seconds: float
    query: str
    blocked_by: Sequence[int]


class ProgramConnections(Struct, frozen=True):
    """The connections of the processes of one name."""

    program: str
    connections: int
    busy: int


class DatabaseFigures(Struct, frozen=True):
    """The database as a whole; `cache_hit_share` is None where nothing was read."""

    version: str
    connections_max: int
    size_bytes: int
    blocks: int
    cache_hit_share: float | None
    deadlocks: int
    temp_bytes: int
    transaction_age: int
    transaction_age_max: int
    freeze_age: int
    is_standby: bool
    query_size: str
    counts_statements: bool


class TableFigures(Struct, frozen=True):
    """A table: bytes with indexes, rows, and when it was cleaned up last."""

    name: str
    total_bytes: int
    index_bytes: int
    live_rows: int
    dead_rows: int
    vacuumed_at: datetime | None
    analyzed_at: datetime | None
    whole_reads: int
    index_reads: int

    @property
    def dead_share(self) -> float:
        return self.dead_rows / max(1, self.live_rows + self.dead_rows)


class IndexFigures(Struct, frozen=True):
    """An index that is not valid, or that nothing uses."""

    name: str
    table_name: str
    bytes: int
    uses: int
    is_valid: bool


class Standby(Struct, frozen=True):
    """A server that follows this one."""

    name: str
    state: str
    kind: str
    behind_bytes: int
    behind_seconds: float


class ReplicationSlot(Struct, frozen=True):
    """What keeps the log of changes."""

    name: str
    is_active: bool
    kept_bytes: int


class StatementFigures(Struct, frozen=True):
    """A statement since the statistics began, by the name of ours or its shape."""

    query: str
    calls: int
    total_seconds: float
    mean_seconds: float
    row_count: int


class DatabaseState(Struct, frozen=True, kw_only=True):
    """All of it at one moment. `by_total` is None where the server does not count statements."""

    at: datetime
    figures: DatabaseFigures
    sessions: Sequence[DatabaseSession]
    programs: Sequence[ProgramConnections]
    tables: Sequence[TableFigures]
    indexes: Sequence[IndexFigures]
    standbys: Sequence[Standby]
    slots: Sequence[ReplicationSlot]
    by_total: Sequence[StatementFigures] | None
    by_mean: Sequence[StatementFigures]

    @property
    def connections(self) -> int:
        return sum(one.connections for one in self.programs)


async def indexes_to_look_at(session: Session) -> Sequence[IndexFigures]:
    """What is not valid first, then what nothing uses, the largest first."""
    return await session.fetch(
        "observability.indexes_to_look_at",
        IndexFigures,
        rows_max=DATABASE_ROWS_MAX,
        bytes_min=UNUSED_INDEX_BYTES_MIN,
        days_min=UNUSED_INDEX_DAYS_MIN,
    )


@dataclass(frozen=True, slots=True)
class DatabaseMonitor:
    """Reads the state; `connect` opens the connection of one reading."""

    connect: Connect
    clock: Clock
    names: StatementNames
    admit: Callable[[], None] = admit_all
    """Raises when the database is known not to answer, so that nobody waits to find out."""
    turns: Turns = field(default_factory=Turns)

    async def read(self) -> DatabaseState:
        """Raises as the database, also when a statement takes too long."""
        self.admit()
        connection = await self.connect()
        try:
            with DatabaseErrors(connection):
                milliseconds = round(1000 * DATABASE_STATEMENT_SECONDS_MAX)
                await connection.execute(
                    f"SET application_name = 'fullhouse monitor';"
                    f"SET statement_timeout = {milliseconds}; SET lock_timeout = {milliseconds}"
                )
            session = Session(
                connection, catalogue=self.names.catalogue, clock=self.clock, turns=self.turns
            )
            return await self._state(session)
        finally:
            await close_quietly(connection)

    async def _state(self, session: Session) -> DatabaseState:
        rows_max = DATABASE_ROWS_MAX
        figures = await session.fetch_one("observability.database_figures", DatabaseFigures)
        assert figures is not None, "the query always returns a row"
        sessions = await session.fetch(
            "observability.database_activity",
            DatabaseSession,
            rows_max=DATABASE_SESSIONS_MAX,
        )
        by_total = await self._statements(session, figures, "total_exec_time")
        return DatabaseState(
            at=self.clock.now(),
            figures=figures,
            sessions=[replace(one, query=self.names.name_or_shape(one.query)) for one in sessions],
            programs=await session.fetch(
                "observability.connections_by_program", ProgramConnections, rows_max=rows_max
            ),
            tables=await session.fetch(
                "observability.largest_tables", TableFigures, rows_max=rows_max
            ),
            indexes=await indexes_to_look_at(session),
            standbys=await session.fetch("observability.standbys", Standby, rows_max=rows_max),
            slots=await session.fetch(
                "observability.replication_slots", ReplicationSlot, rows_max=rows_max
            ),
            by_total=by_total,
            by_mean=await self._statements(session, figures, "mean_exec_time") or (),
        )

    async def _statements(
        self, session: Session, figures: DatabaseFigures, order: str
    ) -> Sequence[StatementFigures] | None:
        """None without the extension, without its library, and without the right to read it."""
        if not figures.counts_statements:
            return None
        try:
            rows = await session.connection.fetch(
                _STATEMENTS.format(order=order), DATABASE_ROWS_MAX
            )
        except asyncpg.PostgresError:
            return None
        found = [StatementFigures(**row) for row in rows]
        return [replace(one, query=self.names.name_or_shape(one.query)) for one in found]
