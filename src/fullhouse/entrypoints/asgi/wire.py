"""How answers leave: uvicorn's protocol, with the head of an answer in one packet with its body.

uvicorn writes both by themselves, and each write is a system call and a packet of its own: a tenth
of what a booking costs the web process.
"""

import asyncio
from typing import Any, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD = b"HTTP/1."


class WholeAnswers(HttpToolsProtocol):
    """uvicorn's protocol on a transport that puts heads and bodies together."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", Together(transport, self.loop)))


class Together:
    """A transport that keeps a head until its body comes: in the same turn of the loop, or never.

    What is written leaves in the order it was written in; whatever starts like a head may wait.
    """

    __slots__ = ("_kept", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._kept = b""

    def write(self, data: bytes) -> None:
        if self._kept:
            data, self._kept = self._kept + data, b""
        elif data.startswith(_HEAD):
            self._kept = data
            self._loop.call_soon(self._let_go)
            return
        self._transport.write(data)

    def close(self) -> None:
        self._let_go()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - all else is the transport's own
        return getattr(self._transport, name)

    def _let_go(self) -> None:
        if self._kept:
            data, self._kept = self._kept, b""
            self._transport.write(data)
