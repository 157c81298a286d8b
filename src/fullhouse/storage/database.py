"""Connection pool, transactions and sessions with named queries.

There is no call to commit: a clean exit commits the transaction, an exception rolls it back.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property
from typing import NamedTuple, TypeVar, cast

import asyncpg
from asyncpg.transaction import Transaction

from fullhouse.concurrency.bulkhead import Bulkhead, BulkheadStatistics
from fullhouse.concurrency.completion import run_on, run_to_completion
from fullhouse.concurrency.deadline import seconds_left
from fullhouse.concurrency.limits import ITEMS_PER_TURN_MAX
from fullhouse.concurrency.turns import Turns
from fullhouse.kernel.clock import Clock
from fullhouse.storage.connection import (
    TENANT_ROLE,
    FullhouseConnection,
    RowScope,
    server_settings,
    set_codecs,
    until_it_answers,
)
from fullhouse.storage.errors import (
    DatabaseErrors,
    DatabaseUnavailable,
    MoreThanOneRow,
    OutcomeUnknown,
    RestrictedSession,
)
from fullhouse.storage.limits import (
    CONNECT_SECONDS_MAX,
    POOL_CONNECTIONS_MAX,
    POOL_WAIT_SECONDS_MAX,
    POOL_WAITERS_MAX,
    RELEASE_NOTICED_SECONDS,
    STATEMENTS_CACHED_MAX,
    UNANSWERED_SECONDS_MAX,
)
from fullhouse.storage.observation import Observation, ObserveQuery, observe_nothing
from fullhouse.storage.queries import NamedQueries, NamedQuery
from fullhouse.storage.returning import drop, give_back, roll_back
from fullhouse.storage.scans import Scans

T = TypeVar("T")


def admit_all() -> None:
    """For programs that do not watch whether the database answers."""


class Session:
    """A connection that runs named queries; values are passed by the names in the SQL."""

    __slots__ = (
        *("_catalogue", "_clock", "_errors", "_observe", "_rows"),
        *("connection", "seconds_max", "turns", "undone"),
    )

    def __init__(
        self,
        connection: asyncpg.Connection,
        *,
        catalogue: NamedQueries,
        clock: Clock,
        turns: Turns,
        observe: ObserveQuery = observe_nothing,
        rows: RowScope | None = None,
    ) -> None:
        self.connection = connection
        self._rows = rows
        self.seconds_max = UNANSWERED_SECONDS_MAX  # for which an answer is waited at most
        self.turns = turns
        self.undone: Transaction | None = None
        self._catalogue = catalogue
        self._clock = clock
        self._observe = observe
        self._errors = DatabaseErrors(connection)

    async def fetch(self, query: str, row: type[T], /, **values: object) -> list[T]:
        """Return every row as `row(**columns)`: a struct whose fields are the columns."""
        records = await self._records(query, values)
        if len(records) <= ITEMS_PER_TURN_MAX:
            return [row(**record) for record in records]
        return [row(**record) async for piece in self.turns.pieces(records) for record in piece]

    async def fetch_one(self, query: str, row: type[T], /, **values: object) -> T | None:
        """Return the row, or None; raises `MoreThanOneRow` if the query finds several."""
        records = await self._records(query, values)
        if len(records) > 1:
            raise MoreThanOneRow(f"{query} found {len(records)} rows", query=query)
        return row(**records[0]) if records else None

    async def fetch_value(self, query: str, kind: type[T], /, **values: object) -> T | None:
        """Return the first column of the only row; None for no row or NULL."""
        records = await self._records(query, values)
        if len(records) > 1:
            raise MoreThanOneRow(f"{query} found {len(records)} rows", query=query)
        value = records[0][0] if records else None
        assert value is None or isinstance(value, kind), f"{query} gave {type(value).__name__}"
        return value

    async def execute(self, query: str, /, **values: object) -> int:
        """Run a query without a result; the number of rows it changed."""
        named = self._catalogue[query]
        arguments = named.arguments(values)
        await self._show_rows_for(named, values)
        with self._observation(query), self._errors:
            status: str = await self.connection.execute(
                named.sql, *arguments, timeout=seconds_left(self.seconds_max)
            )
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def stream(
        self, query: str, row: Callable[..., T], /, *, rows_at_once: int, **values: object
    ) -> AsyncGenerator[T, None]:
        """Yield every row as `row(**columns)`, read by a cursor in the open transaction.

        Each fetch of `rows_at_once` is observed as one statement, without the context's own time.
        """
        named = self._catalogue[query]
        await self._show_rows_for(named, values)
        with self._errors:
            cursor = await self.connection.cursor(named.sql, *named.arguments(values))
        while True:
            with self._observation(query), self._errors:
                records = await cursor.fetch(rows_at_once, timeout=seconds_left(self.seconds_max))
            for record in records:
                yield row(**record)
            if len(records) < rows_at_once:
                return

    @asynccontextmanager
    async def rolled_back(self) -> AsyncIterator[None]:
        """A savepoint in the open transaction, to which it returns in any case."""
        savepoint = self.connection.transaction()
        with self._errors:
            await savepoint.start()
        try:
            yield
        finally:
            await self.roll_back(savepoint)

    async def roll_back(self, transaction: Transaction) -> None:
        """Roll a transaction or savepoint back, whatever cancels the caller."""
        self._forget_rows()
        await run_to_completion(roll_back(self.connection, transaction))

    async def commit(self, transaction: Transaction) -> None:
        """Commit, whatever cancels the caller."""
        try:
            await run_to_completion(_commit(self.connection, transaction))
        except BaseException:
            self._forget_rows()
            raise

    def undo_later(self, transaction: Transaction) -> None:
        """Have it rolled back on the way of the connection to the pool."""
        self.undone = transaction
        self._forget_rows()

    def _forget_rows(self) -> None:
        """A rollback takes back whose rows a restricted connection shows."""
        if self._rows is not None:
            self._rows.forget()

    async def execute_script(self, name: str, sql: str) -> None:
        """Run statements without parameters, such as `SET LOCAL`, observed under `name`."""
        with self._observation(name), self._errors:
            await self.connection.execute(sql)

    async def _show_rows_for(self, named: NamedQuery, values: Mapping[str, object]) -> None:
        """Set whose rows a restricted connection shows, unless the last statement has set it.

        Raises `RestrictedSession` for a query that needs the rows of every organisation.
        """
        rows = self._rows
        if rows is None or named.scope == "installation":
            return
        if named.scope == "every organisation":
            detail = f"{named.name} needs an unrestricted session"
            raise RestrictedSession(detail, query=named.name)
        organisation = named.organisation(values)
        if rows.shows(organisation):
            return
        setting = "" if organisation is None else organisation
        await self.execute_script(
            "storage.show_organisation", f"SET fullhouse.organisation = '{setting}'"
        )
        rows.set(organisation)

    async def _records(self, query: str, values: dict[str, object]) -> list[asyncpg.Record]:
        named = self._catalogue[query]
        arguments = named.arguments(values)
        await self._show_rows_for(named, values)
        with self._observation(query), self._errors:
            records: list[asyncpg.Record] = await self.connection.fetch(
                named.sql, *arguments, timeout=seconds_left(self.seconds_max)
            )
        return records

    def _observation(self, query: str) -> Observation:
        return Observation(query, self._clock, self._observe)


class Pools(NamedTuple):
    """The connections of a database, in the role of a tenant and in that of the owner."""

    restricted: asyncpg.Pool
    unrestricted: asyncpg.Pool


class Database:
    """Connections behind a bulkhead; open it with `open_database`.

    Sessions and transactions are restricted to the rows of one organisation at a time by row-level
    security; those of `unrestricted` see every row.
    """

    def __init__(
        self,
        pools: Pools,
        bulkhead: Bulkhead,
        *,
        catalogue: NamedQueries,
        clock: Clock,
        observe: ObserveQuery,
        admit: Callable[[], None] = admit_all,
    ) -> None:
        self._pools = pools
        self._bulkhead = bulkhead
        self._catalogue = catalogue
        self._clock = clock
        self._observe = observe
        self.admit = admit
        """Raises the error of work that is refused, because the database is known to be away."""
        self.turns = Turns()
        self.scans = Scans(clock)

    @cached_property
    def unrestricted(self) -> "Database":
        """The same connections on the rows of every organisation: for the worker and operator."""
        everything = self._pools.unrestricted
        return Database(
            Pools(everything, everything),
            self._bulkhead,
            catalogue=self._catalogue,
            clock=self._clock,
            observe=self._observe,
            admit=self.admit,
        )

    def transaction(
        self, *, deadline_seconds: float | None = None
    ) -> AbstractAsyncContextManager[Session]:
        """Open a transaction, committed on a clean exit and rolled back otherwise.

        Raises `Overloaded` or `DeadlineExceeded` when no connection becomes free within
        `deadline_seconds`, `DatabaseUnavailable`, `OutcomeUnknown` when the connection is lost
        during the commit, and at once what `admit` raises.
        """
        return _transaction(self.session(deadline_seconds=deadline_seconds))

    def session(
        self, *, deadline_seconds: float | None = None
    ) -> AbstractAsyncContextManager[Session]:
        """Lease a connection for single statements; raises as `transaction`."""
        return self._session(self._pools.restricted, deadline_seconds)

    async def close(self) -> None:
        """Wait until every connection is released, then close them."""
        with DatabaseErrors():
            for pool in {self._pools.restricted, self._pools.unrestricted}:
                await pool.close()

    def resize(self, connections: int) -> None:
        """Use so many of them at a time, at most those that it was opened with."""
        self._bulkhead.resize(connections)

    @property
    def statistics(self) -> BulkheadStatistics:
        return self._bulkhead.statistics

    @asynccontextmanager
    async def _session(
        self, pool: asyncpg.Pool, deadline_seconds: float | None
    ) -> AsyncIterator[Session]:
        self.admit()
        waits = POOL_WAIT_SECONDS_MAX if deadline_seconds is None else deadline_seconds
        await self._bulkhead.acquire(seconds_left(waits))
        is_on_its_way_back = False
        try:
            with DatabaseErrors():
                leased = await pool.acquire()
            # It stands for the connection in everything but its type.
            connection = cast("FullhouseConnection", leased)
            session = Session(
                connection,
                catalogue=self._catalogue,
                clock=self._clock,
                turns=self.turns,
                observe=self._observe,
                rows=None if pool is self._pools.unrestricted else connection.rows,
            )
            try:
                with DatabaseErrors(connection, times_out=False):
                    yield session
            except DatabaseUnavailable as error:
                # After a time-out the server is asked to stop the statement: `give_back` waits
                if not isinstance(error.__cause__, TimeoutError):
                    drop(connection)
                raise
            finally:
                is_on_its_way_back = True
                returning = give_back(
                    pool, leased, undone=session.undone, free=self._bulkhead.release
                )
                await run_on(returning, RELEASE_NOTICED_SECONDS)
        finally:
            if not is_on_its_way_back:
                self._bulkhead.release()


@asynccontextmanager
async def _transaction(
    leased: AbstractAsyncContextManager[Session],
) -> AsyncIterator[Session]:
    async with leased as session:
        transaction = session.connection.transaction()
        with DatabaseErrors(session.connection):
            await transaction.start()
        try:
            yield session
        except (asyncio.CancelledError, TimeoutError, DatabaseUnavailable):
            session.undo_later(transaction)  # nobody waits for a server that is silent
            raise
        except BaseException:
            await session.roll_back(transaction)
            raise
        await session.commit(transaction)


async def open_database(
    url: str,
    *,
    catalogue: NamedQueries,
    clock: Clock,
    connections_max: int = POOL_CONNECTIONS_MAX,
    application_name: str = "fullhouse",
    observe: ObserveQuery = observe_nothing,
) -> Database:
    """Open at most `connections_max` connections; raises `DatabaseUnavailable`.

    Waits for a server that is starting or recovering.
    """

    async def open_pool(role: str | None) -> asyncpg.Pool:
        with DatabaseErrors():
            return await asyncpg.create_pool(
                url,
                min_size=0,
                max_size=connections_max,
                max_queries=1 << 62,  # a connection is not worse for having been used
                connection_class=FullhouseConnection,
                init=set_codecs,
                timeout=CONNECT_SECONDS_MAX,
                command_timeout=UNANSWERED_SECONDS_MAX,
                statement_cache_size=STATEMENTS_CACHED_MAX,
                max_cached_statement_lifetime=0,
                server_settings=server_settings(application_name, role=role),
            )

    unrestricted = await open_pool(None)
    await until_it_answers(unrestricted, clock)
    pools = Pools(await open_pool(TENANT_ROLE), unrestricted)
    bulkhead = Bulkhead(connections_max, waiters_max=POOL_WAITERS_MAX, clock=clock)
    return Database(pools, bulkhead, catalogue=catalogue, clock=clock, observe=observe)


async def _commit(connection: asyncpg.Connection, transaction: Transaction) -> None:
    try:
        with DatabaseErrors(connection):
            await transaction.commit()
    except DatabaseUnavailable as error:
        detail = "The connection was lost while committing"
        raise OutcomeUnknown(detail) from error
