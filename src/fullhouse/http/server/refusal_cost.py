"""What a refused request costs the server: processor time, which admitted ones do not get.

The client has a thread of its own, so that the time of the server's thread is the server's alone.
"""

import asyncio
import socket
from dataclasses import replace
from time import thread_time
from typing import Final

from fullhouse.http.server.metrics import ServerMetrics
from fullhouse.http.server.proxies import TrustedProxies
from fullhouse.http.server.server import HttpServer
from fullhouse.http.server.static_baseline import static_site
from fullhouse.telemetry.metrics import MetricRegistry

_HOST: Final = "127.0.0.1"
_REQUEST: Final = (
    b"POST / HTTP/1.1\r\nHost: farm.example\r\nContent-Type: application/json\r\n"
    b"Content-Length: 2\r\n\r\n{}"
)
_REFUSED: Final = b"HTTP/1.1 503 "
_RETRY: Final = b"retry-after: "
_REQUESTS: Final = 200
_BATCHES: Final = 8
_ANSWER_BYTES_MAX: Final = 65_536
_ANSWER_SECONDS_MAX: Final = 5.0


async def refusal_microseconds() -> float:
    """Of one request on a connection that is kept, in the best of several batches."""
    site = replace(
        static_site(b'""'),
        refuses_writes=lambda _waiting: True,
        proxies=TrustedProxies((_HOST,)),  # those of a client would be slowed down
    )
    server = HttpServer(site, ServerMetrics(MetricRegistry()), connections_max=2)
    with socket.create_server((_HOST, 0)) as listener:
        server.start(listener)
        try:
            times = [await _batch(listener.getsockname()[1]) for _ in range(_BATCHES)]
        finally:
            await server.drain(1.0, asyncio.Event())
    return min(times)


async def _batch(port: int) -> float:
    began = thread_time()
    await asyncio.to_thread(_be_refused, port)
    return (thread_time() - began) / _REQUESTS * 1e6


def _be_refused(port: int) -> None:
    """One request after the other; raises `RuntimeError` for one that is not refused."""
    with socket.create_connection((_HOST, port), timeout=_ANSWER_SECONDS_MAX) as client:
        for _ in range(_REQUESTS):
            client.sendall(_REQUEST)
            answer = client.recv(_ANSWER_BYTES_MAX)
            if not answer.startswith(_REFUSED) or _RETRY not in answer.lower():
                detail = f"A request was not refused: {answer[:200]!r}"
                raise RuntimeError(detail)
