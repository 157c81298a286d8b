"""How much of long bodies, which may be files, is held in memory at a time."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from fullhouse.http.limits import BODY_BYTES_MAX
from fullhouse.http.request import Request, whole_number
from fullhouse.http.response import AnyResponse
from fullhouse.http.routing import Handler
from fullhouse.http.server.limits import LONG_BODIES_BYTES_MAX, LONG_BODIES_PER_CLIENT_BYTES_MAX
from fullhouse.kernel.errors import Overloaded


@dataclass(slots=True)
class LongBodies:
    """At most so many bytes of one client, and of all, from before they are read until answered.

    Else one client that sends many files at once, or slowly, fills the memory of the process.
    """

    per_client_max: int = LONG_BODIES_PER_CLIENT_BYTES_MAX
    bytes_max: int = LONG_BODIES_BYTES_MAX
    held: int = 0
    """How many bytes there are now, or have room."""
    _held_of: Counter[str] = field(default_factory=Counter)

    async def answer(self, request: Request, handler: Handler) -> AnyResponse:
        """What the handler answers; reading the body raises `Overloaded` past the limits."""
        client, read, taken = request.client_address, request.read_body, 0
        size = _size(request.headers, request.body_bytes_max)

        async def read_body(bytes_max: int) -> bytes:
            nonlocal taken
            self._take(client, size)
            taken += size
            return await read(bytes_max)

        if size > BODY_BYTES_MAX:
            request.read_body = read_body
        try:
            return await handler(request)
        finally:
            self._give_back(client, taken)

    def _take(self, client: str, size: int) -> None:
        of_client = self._held_of[client] + size
        if self.held + size > self.bytes_max or of_client > self.per_client_max:
            raise Overloaded("So many files are being sent right now; send it again in a moment.")
        self.held += size
        self._held_of[client] = of_client

    def _give_back(self, client: str, size: int) -> None:
        self.held -= size
        self._held_of[client] -= size
        if not self._held_of[client]:
            del self._held_of[client]


def _size(headers: Mapping[bytes, bytes], bytes_max: int) -> int:
    """What is said to come, at most what is read; in pieces without a length it may be all."""
    said = whole_number(headers.get(b"content-length", b"").decode("latin-1"))
    return bytes_max if said is None else min(said, bytes_max)
