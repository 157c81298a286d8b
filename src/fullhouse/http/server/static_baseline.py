"""The baseline of reads: the same HTTP stack, answering a constant body without any work.

Its rate is the upper bound for reads; `fullhouse bench` divides the rate of availability by it.
`python -m fullhouse.http.server.static_baseline PORT BYTES WORKERS`.
"""

import asyncio
import multiprocessing
import socket
import sys
from collections.abc import Sequence
from typing import Final

import uvloop

from fullhouse.http.operations.application import ApiApp
from fullhouse.http.operations.problems import HTTP_STATUS, Problems
from fullhouse.http.request import Request
from fullhouse.http.response import JSON_TYPE, Response
from fullhouse.http.routing import Route
from fullhouse.http.server.limits import CONNECTIONS_MAX
from fullhouse.http.server.metrics import RequestMetrics, ServerMetrics
from fullhouse.http.server.proxies import TrustedProxies
from fullhouse.http.server.rate_limits import RateLimits, TokenBucketLimiter
from fullhouse.http.server.root_app import RootApp
from fullhouse.http.server.server import HttpServer
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.ids import RandomIds
from fullhouse.telemetry.metrics import MetricRegistry

_UNLIMITED: Final = 1_000_000_000


def static_site(body: bytes) -> RootApp:
    """One path, `/`, with a constant JSON body, behind the limits that every request passes."""
    clock = SystemClock()
    limiter = TokenBucketLimiter(clock, _UNLIMITED, _UNLIMITED)
    response = Response(200, body, (JSON_TYPE, (b"etag", b'"constant"')))
    section = ApiApp((), _routes(response), Problems(HTTP_STATUS))
    return RootApp(
        api=section,
        pages=section,
        section_of_path={},
        probe_paths=frozenset(),
        rate_limits=RateLimits(limiter, limiter, lambda _: None),
        proxies=TrustedProxies(()),
        metrics=RequestMetrics(MetricRegistry()),
        clock=clock,
        ids=RandomIds(clock),
    )


def _routes(response: Response) -> Sequence[Route]:
    async def constant(_: Request) -> Response:
        return response

    return (Route("GET", "/", constant),)


async def serve(port: int, size: int) -> None:
    """Serve a body of `size` bytes until the process is killed."""
    body = b'"' + b"x" * (size - 2) + b'"'
    metrics = ServerMetrics(MetricRegistry())
    server = HttpServer(static_site(body), metrics, connections_max=CONNECTIONS_MAX)
    # Each worker listens for itself, and the kernel shares the connections among them
    with socket.create_server(("127.0.0.1", port), reuse_port=True) as listener:
        server.start(listener)
        await asyncio.Event().wait()


if __name__ == "__main__":
    port, size, workers = map(int, sys.argv[1:])
    for _ in range(workers - 1):
        multiprocessing.Process(target=lambda: uvloop.run(serve(port, size)), daemon=True).start()
    uvloop.run(serve(port, size))
