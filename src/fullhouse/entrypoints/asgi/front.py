"""What every request passes: one raw ASGI call, because each layer around a booking costs.

It gives the request its correlation id, asks the rate limit, sends API calls past the framework of
the pages, adds the headers that every answer has, and counts. It builds no request object, opens
no session and waits for nobody.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from litestar.types import HTTPScope, Message, Receive, Send

from fullhouse.entrypoints.api.answer import Answer, Headers
from fullhouse.entrypoints.api.application import UNKNOWN_ROUTE, Api, send_answer
from fullhouse.entrypoints.api.callers import KnownKeys, bearer
from fullhouse.entrypoints.api.problems import problem_of
from fullhouse.entrypoints.api.refusals import MethodNotAllowed, TooManyRequests
from fullhouse.entrypoints.asgi.clients import Proxies
from fullhouse.entrypoints.asgi.limiting import Buckets, Share
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids
from fullhouse.kernel.limits import PAGE_PATH_BYTES_MAX
from fullhouse.telemetry.correlation import correlation_id
from fullhouse.telemetry.metrics import RouteMetrics

HttpApp = Callable[[HTTPScope, Receive, Send], Awaitable[None]]

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_API: Final = "/api/"
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
_METHODS: Final = _READING | {"POST", "PUT", "DELETE"}
VITALS: Final = frozenset({"/livez", "/readyz"})
"""Asked by those who watch over us: no rate limit ever makes them think that we are gone."""

REFUSED: Final = "refused"
TOO_MANY: Final = HTTPStatus.TOO_MANY_REQUESTS.value
NOT_FOUND: Final = HTTPStatus.NOT_FOUND.value


@dataclass(frozen=True, slots=True)
class Limits:
    """The buckets of reads and of writes, and the keys that have one of their own."""

    reads: Buckets
    writes: Buckets
    known_keys: KnownKeys

    def take(self, method: str, headers: Mapping[bytes, bytes], address: str) -> Share:
        """A token of the key that opened something lately, else of the address."""
        client: str | bytes = address
        authorization = headers.get(b"authorization")
        if authorization is not None:
            secret = bearer(authorization.decode("latin-1"))
            client = (self.known_keys.find(secret) if secret else None) or address
        return (self.reads if method in _READING else self.writes).take(client)


@dataclass(frozen=True, slots=True)
class Front:
    """The whole application: plain answers, the API, and the pages behind them.

    `refused_page` makes the page that says a status to a guest.
    """

    plain: Mapping[str, Callable[[], Answer]]
    api: Api
    pages: HttpApp
    refused_page: Callable[[HTTPScope, int], HttpApp]
    limits: Limits
    proxies: Proxies
    routes: RouteMetrics
    clock: Clock
    ids: Ids

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        began = self.clock.monotonic()
        headers = dict(scope["headers"])
        request_id = _given_id(headers) or self.ids.uuid()
        added = [(b"x-request-id", str(request_id).encode())]
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        token = correlation_id.set(request_id)
        try:
            application = self._application(scope, headers, added)
            await application(scope, receive, send_with_headers)
        finally:
            correlation_id.reset(token)
            method = scope["method"]
            self.routes.observe(
                method=method if method in _METHODS else "other",
                route=scope.get("path_template") or UNKNOWN_ROUTE,
                status=status,
                seconds=self.clock.monotonic() - began,
            )

    def _application(
        self, scope: HTTPScope, headers: Mapping[bytes, bytes], added: list[tuple[bytes, bytes]]
    ) -> HttpApp:
        """Who answers; `added` gets the headers that any answer must have."""
        path = scope["path"]
        if path in VITALS:
            return self._plainly(scope)
        is_api = path.startswith(_API)
        if self.proxies.is_https(scope, headers):
            scope["scheme"] = "https"
            if is_api:
                added.append(_HSTS)  # pages say it themselves
        share = self.limits.take(scope["method"], headers, self.proxies.client(scope, headers))
        added += _told(share)
        if share.wait_seconds:
            scope["path_template"] = REFUSED
            return Said(_refusal(share)) if is_api else self.refused_page(scope, TOO_MANY)
        if path in self.plain:
            return self._plainly(scope)
        if not is_api and _is_spoilt(scope):
            scope["path_template"], scope["query_string"] = REFUSED, b""
            return self.refused_page(scope, NOT_FOUND)
        return self.api if is_api else self.pages

    def _plainly(self, scope: HTTPScope) -> HttpApp:
        scope["path_template"] = scope["path"]
        if scope["method"] not in _READING:
            return Said(problem_of(MethodNotAllowed("Only to be read.", allow="GET, HEAD")))
        return Said(self.plain[scope["path"]]())


@dataclass(frozen=True, slots=True)
class Said:
    """An application that has its answer ready."""

    answer: Answer

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        del receive  # nothing more need be known
        await send_answer(self.answer, scope, send)


def _is_spoilt(scope: HTTPScope) -> bool:
    """Whether no page can have this address: U+0000 in it, raw bytes, or longer than any name."""
    path, query = scope["path"], scope["query_string"]
    return (
        "\x00" in path
        or b"%00" in query
        or not query.isascii()
        or len(path.encode()) > PAGE_PATH_BYTES_MAX
    )


def _refusal(share: Share) -> Answer:
    return problem_of(
        TooManyRequests(
            "You ask more often than can be answered; wait a moment.",
            retry_after_seconds=share.wait_seconds,
        )
    )


def _told(share: Share) -> Headers:
    return (
        (b"ratelimit-limit", b"%d" % share.burst),
        (b"ratelimit-remaining", b"%d" % share.remaining),
        (b"ratelimit-reset", b"%d" % share.full_in_seconds),
    )


def _given_id(headers: Mapping[bytes, bytes]) -> UUID | None:
    """The client's own id of the request, when it is one."""
    given = headers.get(b"x-request-id")
    if given is None:
        return None
    try:
        return UUID(given.decode("latin-1"))
    except ValueError:
        return None
