"""The target of a request, and refusals of what is no request."""

from typing import Final
from urllib.parse import unquote

import httptools

BAD_REQUEST: Final = 400


class RequestRefused(Exception):
    """What arrived cannot be answered; `status` says why, None only closes the connection."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


def target_of(url: bytes) -> tuple[str, bytes]:
    """The decoded path and the query string of a request target (RFC 9112 §3.2).

    Raises `RequestRefused`.
    """
    if url.startswith(b"/") and b"#" not in url:
        path, _, query = url.partition(b"?")
    else:
        try:
            parsed = httptools.parse_url(url)
        except httptools.HttpParserInvalidURLError:
            raise RequestRefused(BAD_REQUEST) from None
        path, query = parsed.path or b"/", parsed.query or b""
    if not path.isascii():
        raise RequestRefused(BAD_REQUEST)
    text = path.decode("ascii")
    return (unquote(text) if "%" in text else text), query
