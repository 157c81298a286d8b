"""An HTTP client of a site in this process: every layer but the connection."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import httpx
from typing_extensions import override

from fullhouse.http.request import Request, body_too_large
from fullhouse.http.response import EventStream
from fullhouse.http.server.root_app import RootApp

PLAIN_URL: Final = re.compile(
    r"(?!.*/[./])/[\w.~:@!$&'()*+,;=%/-]*(\?[\w.~:@!$&'()*+,;=%/?-]*)?", re.ASCII
)
"""A path with its query that a client sends as they are."""


def a_request(
    method: str,
    path: str,
    *,
    query: bytes = b"",
    headers: Mapping[bytes, bytes] | None = None,
    body: bytes = b"",
    client: str = "127.0.0.1",
) -> Request:
    """A request as a connection makes it; `path` is decoded already."""

    async def read_body(bytes_max: int) -> bytes:
        if len(body) > bytes_max:
            raise body_too_large(bytes_max)
        return body

    return Request(
        method=method,
        path=path,
        query_string=query,
        headers=headers or {},
        client_address=client,
        is_https=False,
        read_body=read_body,
    )


class Body(httpx.AsyncByteStream):
    """The chunks of an event stream; closing the response ends it."""

    @override
    def __init__(self, stream: EventStream) -> None:
        self._chunks = stream.chunks

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk

    @override
    async def aclose(self) -> None:
        await self._chunks.aclose()


@dataclass(frozen=True, slots=True)
class SiteTransport(httpx.AsyncBaseTransport):
    """Hands requests to a site, from a client with this address."""

    root: RootApp
    client: str

    async def ask_plainly(
        self, method: str, url: str, headers: Mapping[bytes, bytes], body: bytes
    ) -> httpx.Response:
        """As through the client, without most of what it does: it takes longer than most pages.

        The URL is a `PLAIN_URL`, and names of headers are in lower case. No cookies are sent.
        """
        path, _, query = url.partition("?")
        asked = a_request(
            method,
            unquote(path),
            query=query.encode(),
            headers=headers,
            body=body,
            client=self.client,
        )
        answer = await self._answer(asked)
        await answer.aread()
        return answer

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = a_request(
            request.method,
            request.url.path,
            query=request.url.query,
            headers={name.lower(): value for name, value in request.headers.raw},
            body=await request.aread(),
            client=self.client,
        )
        return await self._answer(asked)

    async def _answer(self, asked: Request) -> httpx.Response:
        response = await self.root(asked)
        headers = [(name, value) for name, value in response.headers]
        if isinstance(response, EventStream):
            return httpx.Response(response.status, headers=headers, stream=Body(response))
        if response.status not in {204, 304}:
            headers.append((b"content-length", b"%d" % len(response.body)))
        body = b"" if asked.method == "HEAD" else response.body
        return httpx.Response(response.status, headers=headers, content=body)
