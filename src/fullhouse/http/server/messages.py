"""Between ASGI messages and the site's own request and response."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope

from fullhouse.http.errors import ClientDisconnected
from fullhouse.http.request import Request, body_too_large
from fullhouse.http.response import AnyResponse, EventStream, Response
from fullhouse.http.server.proxies import UNKNOWN_CLIENT

Respond = Callable[[Request], Awaitable[AnyResponse]]

_WITHOUT_BODY: Final = frozenset({204, 304})


async def serve_request(
    respond: Respond, scope: HTTPScope, *, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Answer one request of an ASGI server."""
    request = _request_of(scope, receive)
    response = await respond(request)
    if isinstance(response, EventStream):
        await _send_stream(response, request.method, receive=receive, send=send)
    else:
        await _send_response(response, request.method, send)


def _request_of(scope: HTTPScope, receive: ASGIReceiveCallable) -> Request:
    """The request of an `http` scope."""
    client = scope["client"]

    async def read_body(bytes_max: int) -> bytes:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise ClientDisconnected
            body += message["body"]
            more = message["more_body"]
            if len(body) > bytes_max:
                raise body_too_large(bytes_max)
        return body

    return Request(
        method=scope["method"],
        path=scope["path"],
        query_string=scope["query_string"],
        headers=_headers_of(scope["headers"]),
        client_address=client[0] if client else UNKNOWN_CLIENT,
        is_https=scope["scheme"] == "https",
        read_body=read_body,
    )


def _headers_of(given: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name; those of one name as one (RFC 9110 §5.3), so that none hides another."""
    fields = list(given)
    headers = dict(fields)
    if len(headers) == len(fields):
        return headers
    headers = {}
    for name, value in fields:
        before = headers.get(name)
        separator = b"; " if name == b"cookie" else b", "
        headers[name] = value if before is None else before + separator + value
    return headers


async def _send_response(response: Response, method: str, send: ASGISendCallable) -> None:
    """Send it whole; to HEAD all but the body."""
    headers = response.headers
    if response.status not in _WITHOUT_BODY:
        headers = (*headers, (b"content-length", b"%d" % len(response.body)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    body = b"" if method == "HEAD" else response.body
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _send_stream(
    stream: EventStream, method: str, *, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Send each chunk as it comes; a disconnect of the client ends the stream where it waits."""
    await send({"type": "http.response.start", "status": stream.status, "headers": stream.headers})
    if method == "HEAD":
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    sending = asyncio.create_task(_send_chunks(stream, send))
    leaving = asyncio.create_task(_wait_for_disconnect(receive))
    try:
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        sending.cancel()
        await asyncio.wait((sending, leaving))
    if not sending.cancelled():
        sending.result()


async def _send_chunks(stream: EventStream, send: ASGISendCallable) -> None:
    async for chunk in stream.chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _wait_for_disconnect(receive: ASGIReceiveCallable) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
