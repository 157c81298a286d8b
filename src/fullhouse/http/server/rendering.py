"""Responses as bytes of HTTP/1.1."""

from http import HTTPStatus
from typing import Final

from fullhouse.http.response import Headers, Response

_WITHOUT_BODY: Final = frozenset({204, 304})
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK: Final = b"0\r\n\r\n"


class HeaderUnsafe(Exception):
    """A header of a response has a line break, so it could add headers or a body of its own."""


def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()


_STATUS_LINES: Final = {status.value: _status_line(status.value) for status in HTTPStatus}


def render(response: Response, *, method: str, date: bytes, closes: bool) -> bytes:
    """A whole response; to HEAD without its body. `date` is a header line with its end.

    Raises `HeaderUnsafe`.
    """
    if response.status in _WITHOUT_BODY:
        return render_head(response.status, response.headers, date=date, closes=closes)
    length = b"content-length: %d\r\n" % len(response.body)
    head = render_head(response.status, response.headers, date=date + length, closes=closes)
    return head if method == "HEAD" else head + response.body


def render_head(status: int, headers: Headers, *, date: bytes, closes: bool) -> bytes:
    """The status line and headers, and the empty line after them. Raises `HeaderUnsafe`."""
    lines = b"\r\n".join([name + b": " + value for name, value in headers])
    if lines.count(b"\n") != max(len(headers) - 1, 0) or lines.count(b"\r") != lines.count(b"\n"):
        raise HeaderUnsafe
    end = b"\r\nconnection: close\r\n\r\n" if closes else b"\r\n\r\n"
    return _STATUS_LINES[status] + date + lines + end


def render_chunk(data: bytes) -> bytes:
    """A part of a body in the chunked coding (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def render_refusal(status: int) -> bytes:
    """The response to what is no request that could be answered; the connection closes."""
    return _STATUS_LINES[status] + b"content-length: 0\r\nconnection: close\r\n\r\n"
