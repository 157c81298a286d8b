"""The side of a server that its connections see."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from fullhouse.http.request import Request
from fullhouse.http.response import AnyResponse
from fullhouse.http.server.exchange import Exchange

C_contra = TypeVar("C_contra", contravariant=True)
"""The type of the connections."""


class ConnectionHost(Protocol[C_contra]):
    """What a connection needs of its server. `now` and `date` are at most a tick old."""

    now: float
    date: bytes
    is_draining: bool

    @property
    def respond(self) -> Callable[[Request], Awaitable[AnyResponse]]:
        """Answers a request; never raises."""

    def refusal_of(self, exchange: Exchange) -> bytes | None:
        """The response to a request that is refused before it is read any further."""

    def is_proxy(self, address: str) -> bool:
        """Whether many clients share a connection from this address."""

    def run(self, exchange: Exchange) -> None:
        """Call the exchange's `start` or `refuse` when its turn has come."""

    def late_refusal_of(self, exchange: Exchange) -> bytes:
        """The response to a request that has waited for too long."""

    def flush_later(self, connection: C_contra) -> None:
        """Call `flush` at the end of this turn."""

    def held(self, connection: C_contra) -> None:
        """Call `release` when the client may ask again."""

    def close_later(self, connection: C_contra) -> None:
        """Call `close` in one of the next turns."""

    def opened(self, connection: C_contra) -> None: ...

    def closed(self, connection: C_contra) -> None: ...
