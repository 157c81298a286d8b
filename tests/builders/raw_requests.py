"""Requests as the server hands them to the site: no client library makes them better."""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass

from tests.builders.api_client import ApiClient
from tests.builders.site_client import a_request

from fullhouse.http.headers import join_values
from fullhouse.http.response import EventStream

RawHeaders = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """One request; `path` is decoded already, as the server decodes it."""

    method: str
    path: str
    query: str = ""
    headers: RawHeaders = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """The status and the headers of an answer, by their lower-case names."""

    status: int
    headers: Mapping[bytes, bytes]


async def ask_raw(api: ApiClient, request: RawRequest) -> RawAnswer:
    """Send it to the site, and read the head of the answer; of a stream its first event, too."""
    # Bytes that are no UTF-8 have become replacement characters
    text = request.path.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    headers: dict[bytes, bytes] = {}
    for name, value in request.headers:
        headers[name] = join_values(name, headers[name], value) if name in headers else value
    response = await api.root(
        a_request(
            request.method,
            text,
            query=request.query.encode("utf-8", "surrogatepass"),
            headers=headers,
            body=request.body,
        )
    )
    if isinstance(response, EventStream):
        async with aclosing(response.chunks) as chunks:
            await anext(chunks)
    return RawAnswer(response.status, dict(response.headers))
