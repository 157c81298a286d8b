"""The one response type of API and pages, the stream beside it, and cookies."""

from collections.abc import AsyncGenerator
from typing import Final, Literal

import msgspec
from typing_extensions import override

Header = tuple[bytes, bytes]
Headers = tuple[Header, ...]

NO_STORE: Final = (b"cache-control", b"no-store")
HOST_PREFIX: Final = "__Host-"
"""Of a cookie for the whole site: no other host may set one, and no page that came by http."""
SECURE_PREFIX: Final = "__Secure-"
"""Of a cookie for a part of the site: no page that came by http may set one."""
JSON_TYPE: Final = (b"content-type", b"application/json")


class Response(msgspec.Struct, frozen=True):
    """A whole response. Header names are lower case; the server adds the length of the body."""

    status: int
    body: bytes = b""
    headers: Headers = ()

    def with_headers(self, *added: Header) -> "Response":
        """The same response with more headers."""
        return Response(self.status, self.body, (*self.headers, *added))


class IsolatedDocument(Response, frozen=True):
    """A document of somebody else's making, with a content security policy of its own.

    Two policies bind both: so the one of the pages around it is not added.
    """

    @override
    def with_headers(self, *added: Header) -> "IsolatedDocument":
        own = {name for name, _ in self.headers}
        kept = (header for header in added if header[0] not in own)
        return IsolatedDocument(self.status, self.body, (*self.headers, *kept))


class EventStream(msgspec.Struct, frozen=True):
    """Server-sent events until the client disconnects or the process drains."""

    chunks: AsyncGenerator[bytes]
    headers: Headers = ((b"content-type", b"text/event-stream"), NO_STORE)
    status: int = 200

    def with_headers(self, *added: Header) -> "EventStream":
        """The same stream with more headers."""
        return EventStream(self.chunks, (*self.headers, *added), self.status)


AnyResponse = Response | EventStream


class Cookie(msgspec.Struct, frozen=True, kw_only=True):
    """A cookie that no script can read; without `max_age` of one session.

    It is for the whole site, or for what stands below `path`. By https its name gets the prefix by
    which browsers take it from this host alone (RFC 6265bis §4.1.3); `Request.cookies` drops it.
    """

    name: str
    value: str
    secure: bool
    path: str = "/"
    max_age: int | None = None
    same_site: Literal["lax", "strict"] = "lax"

    @property
    def header(self) -> Header:
        """The `set-cookie` header. The value is sent as it is, so it must need no quotes."""
        assert not set(self.value) & set(' ",;\\'), f"{self.name} needs quotes"
        assert ";" not in self.path, f"the path of {self.name} ends its attribute"
        parts = [
            f"{self._prefix}{self.name}={self.value}",
            f"Path={self.path}",
            "HttpOnly",
            f"SameSite={self.same_site}",
        ]
        if self.max_age is not None:
            parts.append(f"Max-Age={self.max_age}")
        if self.secure:
            parts.append("Secure")
        return b"set-cookie", "; ".join(parts).encode("ascii")

    @property
    def _prefix(self) -> str:
        if not self.secure or self.name.startswith(HOST_PREFIX):
            return ""
        return HOST_PREFIX if self.path == "/" else SECURE_PREFIX
