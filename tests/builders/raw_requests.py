"""Requests as the server hands them to the site: no client library makes them better."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.builders.api_client import ApiClient
from uvicorn._types import ASGIReceiveEvent, ASGISendEvent, HTTPScope

from fullhouse.http.server.messages import serve_request

RawHeaders = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """One request; `path` is decoded already, as the server decodes it."""

    method: str
    path: str
    query: str = ""
    headers: RawHeaders = ()
    body: bytes = b""

    @property
    def scope(self) -> HTTPScope:
        """As a server would give it: bytes that are no UTF-8 have become replacement characters."""
        text = self.path.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": text,
            "raw_path": text.encode(),
            "query_string": self.query.encode("utf-8", "surrogatepass"),
            "root_path": "",
            "headers": list(self.headers),
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """The status and the headers of an answer, by their lower-case names."""

    status: int
    headers: Mapping[bytes, bytes]


async def ask_raw(api: ApiClient, request: RawRequest) -> RawAnswer:
    """Send it to the site, and read the head of the answer."""
    answered: list[RawAnswer] = []

    async def send(message: ASGISendEvent) -> None:
        if message["type"] == "http.response.start":
            answered.append(RawAnswer(message["status"], dict(message["headers"])))

    async def receive() -> ASGIReceiveEvent:
        return {"type": "http.request", "body": request.body, "more_body": False}

    await serve_request(api.root, request.scope, receive=receive, send=send)
    return answered[0]
