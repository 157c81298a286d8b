"""The still server: the same HTTP server and framework, answering one thing that never changes.

What it serves a second is what reads could reach at most: `fullhouse bench` holds availability
against it. `python -m fullhouse.capacity.bench.still PORT BYTES`.
"""

import sys

import uvicorn
from litestar import Litestar, MediaType, Response, get


def application(size: int) -> Litestar:
    """One path, `/`, whose body is `size` bytes of JSON made once."""
    body = b'"' + b"x" * (size - 2) + b'"'

    @get("/", sync_to_thread=False)
    def still() -> Response[bytes]:
        return Response(body, media_type=MediaType.JSON, headers={"ETag": '"still"'})

    return Litestar([still], openapi_config=None)


if __name__ == "__main__":
    port, size = map(int, sys.argv[1:])
    uvicorn.run(
        application(size), host="127.0.0.1", port=port, log_level="warning", access_log=False
    )
