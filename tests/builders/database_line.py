"""The way to a real PostgreSQL, which can be slow, silent or cut; and the server, frozen."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from fullhouse.bootstrap.application import Application
from fullhouse.storage.embedded.server import EmbeddedServer, socket_url
from fullhouse.storage.embedded.sockets import SOCKET_NAME


@dataclass(slots=True)
class DatabaseLine:
    """Passes bytes on between a process and its database."""

    server: Path
    folder: Path
    delay_seconds: float = 0.0
    """Before each piece of what the database says."""
    _listener: asyncio.Server | None = None
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)

    async def restore(self) -> None:
        """Pass everything on, also what waits."""
        self.delay_seconds = 0.0
        self._flowing.set()
        if self._listener is None:
            path = str(self.folder / SOCKET_NAME)
            self._listener = await asyncio.start_unix_server(self._carry, path)

    def silence(self) -> None:
        """Keep every connection, and pass on nothing."""
        self._flowing.clear()

    async def cut(self) -> None:
        """End every connection, and take no new one."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
            (self.folder / SOCKET_NAME).unlink(missing_ok=True)
        for end in self._ends:
            end.transport.abort()
        self._flowing.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target, back = await asyncio.open_unix_connection(str(self.server / SOCKET_NAME))
        self._ends |= {writer, back}
        if self._listener is None:  # cut while this one was opened
            writer.transport.abort()
            back.transport.abort()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._copy(reader, back))
                group.create_task(self._copy(target, writer, is_slow=True))
        except* OSError:
            pass
        finally:
            self._ends -= {writer, back}
            writer.close()
            back.close()

    async def _copy(
        self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, is_slow: bool = False
    ) -> None:
        while data := await source.read(1 << 16):
            await self._flowing.wait()
            if is_slow and self.delay_seconds:
                await asyncio.sleep(self.delay_seconds)
            to.write(data)
            await to.drain()
        to.close()


@asynccontextmanager
async def a_database_line(server: EmbeddedServer) -> AsyncIterator[DatabaseLine]:
    with tempfile.TemporaryDirectory(prefix="line-") as folder:
        line = DatabaseLine(server.sockets, Path(folder))
        await line.restore()
        try:
            yield line
        finally:
            await line.cut()


def url_by(line: DatabaseLine, database_url: str) -> str:
    """The address of a database of the server by this line."""
    return socket_url(line.folder, urlsplit(database_url).path.lstrip("/"))


async def backends_of(app: Application) -> list[int]:
    """The processes that serve this database, other than the one that is asked."""
    async with app.database.session() as session:
        rows = await session.connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        )
    return [row["pid"] for row in rows]


@contextmanager
def frozen(server: EmbeddedServer, backends: list[int]) -> Iterator[None]:
    """The server takes no connection, and these of its processes do nothing."""
    postmaster = server.pid()
    assert postmaster is not None
    pids = [postmaster, *backends]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)
