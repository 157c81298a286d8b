"""The response cache: whole responses to guests, found by their path and query alone.

To route a request, resolve who asks and read the arguments takes as long as the rest of a read. A
handler whose `CachedBody` says until when it is current spares the next guest all of it.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from fullhouse.http.operations.limits import RESPONSE_BYTES_MAX, RESPONSES_BYTES_MAX
from fullhouse.http.operations.results import CachedBody, respond_cached
from fullhouse.http.request import Request
from fullhouse.http.response import Response
from fullhouse.http.routing import Route
from fullhouse.kernel.context import Permission
from fullhouse.resilience.bounded import ByteBoundedMap
from fullhouse.resilience.metrics import CacheMetrics

_NAME: Final = "responses"
_ENTRY_BYTES: Final = 1_000
"""About the memory of an entry beside its body and its address."""


class _Entry(msgspec.Struct, frozen=True):
    route: Route
    is_current: Callable[[], bool]
    size: int


class ResponseCache:
    """Bounded by bytes. A request with a cookie or a key is never served from it, nor kept.

    Nor is one that `depends_on_host`: the same path may be of another business there, or of none.
    """

    def __init__(
        self, metrics: CacheMetrics, depends_on_host: Callable[[Request], bool] = lambda _: False
    ) -> None:
        self._metrics = metrics
        self._depends_on_host = depends_on_host
        self._entries = ByteBoundedMap[tuple[str, bytes], _Entry](
            RESPONSES_BYTES_MAX, lambda entry: entry.size
        )

    def find(self, request: Request) -> Route | None:
        """The route to the response that a guest got before, while it is current."""
        entry = self._entries.get((request.path, request.query_string))
        if entry is None or not _is_by_guest(request) or self._depends_on_host(request):
            return None
        if not entry.is_current():
            self._entries.pop((request.path, request.query_string))
            return None
        self._metrics.count(_NAME, "hit")
        return entry.route

    def add(self, route_path: str, request: Request, cached: CachedBody[object]) -> None:
        """Keep a response that says until when it is current."""
        body, is_current = cached.response.body, cached.is_current
        if is_current is None or len(body) > RESPONSE_BYTES_MAX or not _is_by_guest(request):
            return
        if self._depends_on_host(request):
            return

        async def respond(again: Request) -> Response:
            return respond_cached(cached, again)

        key = (request.path, request.query_string)
        size = len(body) + len(request.path) + len(request.query_string) + _ENTRY_BYTES
        route = Route("GET", route_path, respond, allow=Permission.BROWSE)
        self._entries[key] = _Entry(route, is_current, size)


def _is_by_guest(request: Request) -> bool:
    headers = request.headers
    return request.method == "GET" and b"authorization" not in headers and b"cookie" not in headers
