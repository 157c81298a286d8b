"""The baseline of reads: the same HTTP server, answering a constant body without any work.

Its rate is the upper bound for reads; `fullhouse bench` divides the rate of availability by it.
`python -m fullhouse.capacity.bench.static_baseline PORT BYTES WORKERS`.
"""

import os
import sys
from typing import Final

import uvicorn
from litestar import Litestar, MediaType, Response, get

_BYTES: Final = "FULLHOUSE_STATIC_BASELINE_BYTES"


def application() -> Litestar:
    """One path, `/`, with a constant JSON body of the configured size."""
    body = b'"' + b"x" * (int(os.environ[_BYTES]) - 2) + b'"'

    @get("/", sync_to_thread=False)
    def constant() -> Response[bytes]:
        return Response(body, media_type=MediaType.JSON, headers={"ETag": '"constant"'})

    return Litestar([constant], openapi_config=None)


if __name__ == "__main__":
    port, size, workers = map(int, sys.argv[1:])
    os.environ[_BYTES] = str(size)
    uvicorn.run(
        "fullhouse.capacity.bench.static_baseline:application",
        factory=True,
        host="127.0.0.1",
        port=port,
        workers=workers,
        http="fullhouse.entrypoints.asgi.wire:WholeAnswers",
        log_level="warning",
        access_log=False,
    )
