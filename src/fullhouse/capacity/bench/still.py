"""The still server: the same HTTP server and framework, answering one thing that never changes.

What it serves a second is what reads could reach at most: `fullhouse bench` holds availability
against it. `python -m fullhouse.capacity.bench.still PORT BYTES WORKERS`.
"""

import os
import sys
from typing import Final

import uvicorn
from litestar import Litestar, MediaType, Response, get

_BYTES: Final = "FULLHOUSE_STILL_BYTES"


def application() -> Litestar:
    """One path, `/`, whose body is so many bytes of JSON made once."""
    body = b'"' + b"x" * (int(os.environ[_BYTES]) - 2) + b'"'

    @get("/", sync_to_thread=False)
    def still() -> Response[bytes]:
        return Response(body, media_type=MediaType.JSON, headers={"ETag": '"still"'})

    return Litestar([still], openapi_config=None)


if __name__ == "__main__":
    port, size, workers = map(int, sys.argv[1:])
    os.environ[_BYTES] = str(size)
    uvicorn.run(
        "fullhouse.capacity.bench.still:application",
        factory=True,
        host="127.0.0.1",
        port=port,
        workers=workers,
        http="fullhouse.entrypoints.asgi.wire:WholeAnswers",
        log_level="warning",
        access_log=False,
    )
