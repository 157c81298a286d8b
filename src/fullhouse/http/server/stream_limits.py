"""How many streams may be open: each page of an offering holds one for as long as it is open."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from fullhouse.http.response import EventStream
from fullhouse.http.server.limits import STREAMS_MAX, STREAMS_PER_CLIENT_MAX
from fullhouse.kernel.errors import Overloaded


@dataclass(slots=True)
class StreamLimits:
    """At most so many streams of one client, and of all; a page without one asks now and then."""

    per_client_max: int = STREAMS_PER_CLIENT_MAX
    streams_max: int = STREAMS_MAX
    open: int = 0
    """How many there are now."""
    _open_of: Counter[str] = field(default_factory=Counter)

    def admit(self, stream: EventStream, client: str) -> EventStream:
        """The stream, counted while it is sent; raises `Overloaded` past the limits."""
        if self.open >= self.streams_max or self._open_of[client] >= self.per_client_max:
            raise Overloaded("Too many pages follow live counts right now; ask again in a moment.")
        return EventStream(self._counted(stream, client), stream.headers, stream.status)

    async def _counted(self, stream: EventStream, client: str) -> AsyncGenerator[bytes]:
        self.open += 1
        self._open_of[client] += 1
        try:
            async with aclosing(stream.chunks) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            self.open -= 1
            self._open_of[client] -= 1
            if not self._open_of[client]:
                del self._open_of[client]
