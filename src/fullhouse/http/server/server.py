"""uvicorn's server with a bound on open connections; the kernel's queue holds the next ones.

To accept a connection and refuse its request costs 180 µs, so thousands of clients that come again
each second would take all CPU time. A connection in the kernel's queue costs nothing, and its turn
comes in order. Streams and idle connections must not count: each open page holds a stream of live
counts, so a few hundred open pages would close the site.
"""

import asyncio
import socket
from collections.abc import Sequence

import uvicorn
from typing_extensions import override

from fullhouse.http.server.limits import (
    ACCEPTED_TOGETHER_MAX,
    CONNECTIONS_MAX,
    IDLE_SECONDS_MIN,
)
from fullhouse.http.server.protocol import BoundedHttpProtocol
from fullhouse.telemetry.log import get_logger

_log = get_logger(__name__)


class BoundedServer(uvicorn.Server):
    """Accepts while fewer than `CONNECTIONS_MAX` connections are open, streams not counted.

    At the bound, connections that are idle for `IDLE_SECONDS_MIN` are closed for the waiting ones.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._listeners: Sequence[socket.socket] = ()
        self._opening: set[asyncio.Task[object]] = set()
        self._streams = 0
        self._is_paused = False

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, and accept on these sockets."""
        await super().startup(sockets=[])
        self._listeners = sockets or ()
        for listener in self._listeners:
            listener.settimeout(0)
        self._resume()

    @override
    async def on_tick(self, counter: int) -> bool:
        """Called each 0.1 s: make room and accept again when there is some."""
        self._streams = sum(connection.is_streaming for connection in self._connections())
        if self._is_paused and not self.should_exit:
            for connection in self._connections():
                if connection.is_idle(IDLE_SECONDS_MIN):
                    connection.shutdown()
            if self._room() > 0:
                self._resume()
        return await super().on_tick(counter)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, and let the requests under way end."""
        self._pause()
        await super().shutdown(sockets=sockets)

    def _connections(self) -> list[BoundedHttpProtocol]:
        opened = self.server_state.connections
        return [one for one in opened if isinstance(one, BoundedHttpProtocol)]

    def _room(self) -> int:
        opened = len(self.server_state.connections) + len(self._opening)
        return CONNECTIONS_MAX - (opened - self._streams)

    def _resume(self) -> None:
        self._is_paused = False
        for listener in self._listeners:
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def _pause(self) -> None:
        self._is_paused = True
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)

    def _accept(self, listener: socket.socket) -> None:
        """Accept connections that wait, a bounded number in one turn of the event loop."""
        room = self._room()
        if room <= 0:
            self._pause()
            return
        for _ in range(min(room, ACCEPTED_TOGETHER_MAX)):
            try:
                accepted, _ = listener.accept()
            except BlockingIOError:
                return  # none waits, or another web process was faster
            except OSError as error:
                _log.error("http.accept_failed", error=error)
                self._pause()
                return
            loop = asyncio.get_running_loop()
            opening = loop.create_task(loop.connect_accepted_socket(self._protocol, accepted))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    def _protocol(self) -> BoundedHttpProtocol:
        return BoundedHttpProtocol(self.config, self.server_state, self.lifespan.state)
