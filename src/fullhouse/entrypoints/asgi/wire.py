"""How answers leave: uvicorn's protocol, with all that is written in one turn of the loop at once.

uvicorn writes the head of an answer and its body by themselves, and each write is a system call and
a packet of its own: a tenth of what a booking costs the web process.
"""

import asyncio
from typing import Any, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fullhouse.kernel.limits import WRITTEN_TOGETHER_BYTES_MAX


class WholeAnswers(HttpToolsProtocol):
    """uvicorn's protocol on a transport that gathers what is written."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", Gathering(transport, self.loop)))


class Gathering:
    """A transport that keeps what is written until the present turn of the loop is over."""

    __slots__ = ("_kept", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._kept = b""

    def write(self, data: bytes) -> None:
        """Keep it; what is large goes at once, so that its writer hears when the line is slow."""
        if not self._kept:
            self._loop.call_soon(self._let_go)
        self._kept += data
        if len(self._kept) > WRITTEN_TOGETHER_BYTES_MAX:
            self._let_go()

    def close(self) -> None:
        """Let go what is kept, and close."""
        self._let_go()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - all else is the transport's own
        return getattr(self._transport, name)

    def _let_go(self) -> None:
        if self._kept:
            data, self._kept = self._kept, b""
            self._transport.write(data)
