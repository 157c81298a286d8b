"""A line to a server of this machine that fails on demand: refused, silent or slow."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

HOST: Final = "127.0.0.1"
Dial = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
_CHUNK_BYTES: Final = 65_536
_SLOW_SECONDS: Final = 0.3


class LineMode(StrEnum):
    """How a line carries what is sent."""

    OPEN = "open"
    REFUSED = "refused"
    """Connections are refused, and those that there were are reset."""
    SILENT = "silent"
    """Connections stay, and nothing arrives by them."""
    SLOW = "slow"
    """What the server answers comes 0.3 s late, piece by piece."""


class Ends(NamedTuple):
    """The two ends of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(slots=True)
class FaultyLine:
    """Listens on `port`, and forwards to what `dial` connects to."""

    dial: Dial
    port: int
    mode: LineMode = LineMode.OPEN
    _carries: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def set(self, mode: LineMode) -> None:
        """Change how it carries, from now on and for the connections that there are."""
        self.mode = mode
        if mode is LineMode.SILENT:
            self._carries.clear()
        else:
            self._carries.set()
        if mode is LineMode.REFUSED:
            await self.close()
        elif self._server is None:
            self._server = await asyncio.start_server(self._accept, HOST, self.port)

    async def close(self) -> None:
        """Reset all connections and accept no more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        carried = tuple(self._open)
        for task in carried:
            task.cancel()
        if carried:
            await asyncio.wait(carried)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._carry(Ends(reader, writer)))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        await asyncio.wait((task,))

    async def _carry(self, client: Ends) -> None:
        try:
            with suppress(OSError):
                await self._join(client, Ends(*await self.dial()))
        finally:
            await _drop(client)

    async def _join(self, client: Ends, server: Ends) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._forward(client.reader, server.writer, late=False))
                group.create_task(self._forward(server.reader, client.writer, late=True))
        except* OSError:
            pass
        finally:
            await _drop(server)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, late: bool
    ) -> None:
        while chunk := await reader.read(_CHUNK_BYTES):
            await self._carries.wait()
            if late and self.mode is LineMode.SLOW:
                await asyncio.sleep(_SLOW_SECONDS)
            writer.write(chunk)
            await writer.drain()
        raise ConnectionResetError


async def _drop(end: Ends) -> None:
    """Reset a connection, whatever is under way."""
    end.writer.transport.abort()
    with suppress(OSError):
        await end.writer.wait_closed()


@asynccontextmanager
async def faulty_line(dial: Dial, port: int) -> AsyncIterator[FaultyLine]:
    """A line that is open; closed at the end."""
    line = FaultyLine(dial, port)
    await line.set(LineMode.OPEN)
    try:
        yield line
    finally:
        await line.close()
