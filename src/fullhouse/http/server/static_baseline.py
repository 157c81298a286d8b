"""The baseline of reads: the same HTTP stack, answering a constant body without any work.

Its rate is the upper bound for reads; `fullhouse bench` divides the rate of availability by it.
`python -m fullhouse.http.server.static_baseline PORT BYTES WORKERS`.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final

import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from fullhouse.http.operations.application import ApiApp
from fullhouse.http.operations.problems import HTTP_STATUS, Problems
from fullhouse.http.request import Request
from fullhouse.http.response import JSON_TYPE, Response
from fullhouse.http.routing import Route
from fullhouse.http.server.messages import serve_request
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.http.server.proxies import TrustedProxies
from fullhouse.http.server.rate_limits import RateLimits, TokenBucketLimiter
from fullhouse.http.server.root_app import RootApp
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.ids import RandomIds
from fullhouse.telemetry.metrics import MetricRegistry

_BYTES: Final = "FULLHOUSE_STATIC_BASELINE_BYTES"
_UNLIMITED: Final = 1_000_000_000


class StaticBaseline:
    """One path, `/`, with a constant JSON body, behind the limits that every request passes."""

    def __init__(self, body: bytes) -> None:
        clock = SystemClock()
        limiter = TokenBucketLimiter(clock, _UNLIMITED, _UNLIMITED)
        response = Response(200, body, (JSON_TYPE, (b"etag", b'"constant"')))
        section = ApiApp((), _routes(response), Problems(HTTP_STATUS))
        self._root = RootApp(
            api=section,
            pages=section,
            system_paths=frozenset(),
            rate_limits=RateLimits(limiter, limiter, lambda _: None),
            proxies=TrustedProxies(()),
            metrics=RequestMetrics(MetricRegistry()),
            clock=clock,
            ids=RandomIds(clock),
        )

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        assert scope["type"] == "http", "started without lifespan"
        await serve_request(self._root, scope, receive=receive, send=send)


def create_app() -> StaticBaseline:
    """The application with a body of the configured size."""
    return StaticBaseline(b'"' + b"x" * (int(os.environ[_BYTES]) - 2) + b'"')


def _routes(response: Response) -> Sequence[Route]:
    async def constant(_: Request) -> Response:
        return response

    return (Route("GET", "/", constant),)


if __name__ == "__main__":
    port, size, workers = map(int, sys.argv[1:])
    os.environ[_BYTES] = str(size)
    uvicorn.run(
        f"{__spec__.name}:create_app",
        factory=True,
        host="127.0.0.1",
        port=port,
        workers=workers,
        http="fullhouse.http.server.protocol:BoundedHttpProtocol",
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
    )
