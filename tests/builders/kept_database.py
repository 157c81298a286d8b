"""A database that tests use one after the other, each of which finds it as if it were new.

Making and dropping one costs 33 ms, and connections to it start cold. So between two tests all rows
are deleted, sequences are set back, and foreign connections are ended. What no deletion undoes ends
the database itself: a statement that changed its schema, settings of its own, changed rows of the
migrations, and many rows.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg
from tests.builders.kept_connections import KeptConnections

SCHEMA: Final = Path(__file__).with_suffix(".sql").read_text()
USES_MAX: Final = 100
"""Deleted rows stay in its files until they are vacuumed."""
ROWS_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class ServerOfKept:
    """Where kept databases are made."""

    run: Callable[[str], Awaitable[None]]
    """Runs a statement in another database of the server."""
    create: Callable[[str], str]
    """The statement that makes a migrated database of this name."""
    url_of: Callable[[str], str]


@dataclass(slots=True)
class KeptDatabase:
    """One at a time; a new one takes the place of what cannot be brought back."""

    server: ServerOfKept
    connections: KeptConnections
    name: str
    made: int = 0
    _url: str | None = None
    _own: asyncpg.Connection | None = field(default=None, repr=False)
    _uses: int = 0

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[str]:
        """Its URL; empty when it is entered, whatever was done to it in the last lease."""
        if self._url is None:
            await self._make()
        assert self._url is not None
        try:
            yield self._url
        finally:
            self._uses += 1
            if not await self._reset() or self._uses >= USES_MAX:
                await self.drop()

    async def drop(self) -> None:
        """Whatever is open."""
        if self._url is None:
            return
        self.connections.drop(self._url)
        self._url = None
        if self._own is not None:
            self._own.terminate()
            self._own = None
        await self.server.run(f"DROP DATABASE {self._current} WITH (FORCE)")

    @property
    def _current(self) -> str:
        return f"{self.name}_{self.made}"

    async def _make(self) -> None:
        self.made += 1
        self._uses = 0
        await self.server.run(self.server.create(self._current))
        url = self.server.url_of(self._current)
        self._own = await asyncpg.connect(url)
        await self._own.execute(SCHEMA)
        self.connections.kept.add(url)
        self._url = url

    async def _reset(self) -> bool:
        try:
            assert self._own is not None
            pids = await self.connections.server_pids()
            return bool(await self._own.fetchval("SELECT kept.reset($1, $2)", pids, ROWS_MAX))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False  # a test that ends all connections has ended this one too
