"""The head of a request: its target, and refusals of what two servers could read differently."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

import httptools

BAD_REQUEST: Final = 400
NOT_IMPLEMENTED: Final = 501
VERSION_NOT_SUPPORTED: Final = 505


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


def check_framing(version: str, headers: Mapping[bytes, bytes]) -> None:
    """Accept only what every server ends at the same byte (RFC 9112 §2.3, §3.2, §6.1).

    A proxy before this server may stop at another coding, or know none in HTTP/1.0. The parser
    takes what follows an `Upgrade` for another protocol, a body too. Raises `RequestRefused`.
    """
    coding = headers.get(b"transfer-encoding")
    if version != "1.1":
        if version != "1.0":
            raise RequestRefused(VERSION_NOT_SUPPORTED)
        if coding is not None:
            raise RequestRefused(BAD_REQUEST)
    elif b"host" not in headers:
        raise RequestRefused(BAD_REQUEST)
    if coding is not None and coding.lower() != b"chunked":
        raise RequestRefused(NOT_IMPLEMENTED)
    if b"upgrade" in headers and (coding or headers.get(b"content-length", b"0") != b"0"):
        raise RequestRefused(NOT_IMPLEMENTED)
