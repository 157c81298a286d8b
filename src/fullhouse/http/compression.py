"""Compressed bodies: each body is compressed once and kept, off the event loop.

Only for bodies without a secret: the length of a compressed one tells what repeats in it, so that
somebody who has words of his own put beside a secret could guess it (BREACH, CVE-2013-3587).
"""

import asyncio
import gzip
import hashlib
import re
from typing import Final

from fullhouse.http.limits import (
    COMPRESSED_BODIES_BYTES_MAX,
    COMPRESSED_BYTES_MIN,
    COMPRESSIONS_AT_ONCE_MAX,
)
from fullhouse.http.request import Request
from fullhouse.http.response import Header, Response
from fullhouse.resilience.bounded import ByteBoundedMap

GZIP: Final[Header] = (b"content-encoding", b"gzip")
VARY: Final[Header] = (b"vary", b"accept-encoding")
_LEVEL: Final = 6
_KEY_BYTES: Final = 16
_REFUSED: Final = re.compile(r";q=0(\.0*)?$")


def accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip (RFC 9110 §12.5.3)."""
    accepted = request.header(b"accept-encoding") or ""
    codings = [coding.replace(" ", "").lower() for coding in accepted.split(",")]
    return any(
        coding.startswith(("gzip", "*")) and not _REFUSED.search(coding) for coding in codings
    )


def compressed(body: bytes) -> bytes:
    """The body by gzip; the same for the same body."""
    return gzip.compress(body, _LEVEL, mtime=0)


class CompressedBodies:
    """Compresses the bodies that many clients get alike; bounded by bytes."""

    def __init__(self) -> None:
        self._kept = ByteBoundedMap[bytes, bytes](COMPRESSED_BODIES_BYTES_MAX, len)
        self._running = 0

    async def compress(self, request: Request, response: Response) -> Response:
        """The response with a compressed body, for a client that takes it.

        While others are being compressed a new body goes out as it is: nobody waits for a thread.
        """
        body = response.body
        if len(body) < COMPRESSED_BYTES_MIN or not accepts_gzip(request):
            return response
        key = hashlib.blake2b(body, digest_size=_KEY_BYTES).digest()
        kept = self._kept.get(key)
        if kept is None:
            if self._running >= COMPRESSIONS_AT_ONCE_MAX:
                return response
            self._running += 1
            try:
                kept = await asyncio.to_thread(compressed, body)
            finally:
                self._running -= 1
            self._kept[key] = kept
        return Response(response.status, kept, (*response.headers, GZIP))
