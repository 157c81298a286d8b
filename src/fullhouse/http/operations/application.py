"""The API as a section of the site: its routes, its headers, and errors as problems."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from itertools import cycle
from typing import Final

from fullhouse.http.limits import BODY_BYTES_MAX, OVERLOAD_RETRY_SECONDS_MAX
from fullhouse.http.operations.operation import Operation
from fullhouse.http.operations.problems import Problems
from fullhouse.http.operations.response_cache import ResponseCache
from fullhouse.http.request import Request
from fullhouse.http.response import Headers, Response
from fullhouse.http.routing import UNKNOWN_ROUTE, Route, RouteClass, Router
from fullhouse.kernel.errors import FullhouseError, Overloaded, ServiceUnavailable
from fullhouse.telemetry.log import get_logger

API_HEADERS: Final[Headers] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        (
            b"ETag, Idempotent-Replayed, Link, RateLimit-Limit, RateLimit-Remaining, "
            b"RateLimit-Reset, Retry-After, X-Request-ID"
        ),
    ),
)
_PREFLIGHT: Final[Headers] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-ID",
    ),
    (b"access-control-max-age", b"86400"),
)
"""Any site may call the API from its pages, as itself: without credentials no cookie is sent."""

_log = get_logger(__name__)


class ApiApp:
    """All operations of the API, and the routes of the system beside them."""

    headers: Headers = API_HEADERS

    def __init__(
        self,
        operations: Sequence[Operation],
        system_routes: Iterable[Route],
        problems: Problems,
        *,
        responses: ResponseCache | None = None,
    ) -> None:
        self.operations = operations
        self._responses = responses
        self._problem_of = problems.response
        self._overloaded = cycle(
            self._problem_of(Overloaded(retry_after_seconds=seconds)).with_headers(*self.headers)
            for seconds in range(1, OVERLOAD_RETRY_SECONDS_MAX + 1)
        )
        self._router = Router([*map(_route, operations), *system_routes])

    def find(self, request: Request) -> Route:
        """As `Router.find`, or to a response kept; every path answers a preflight request."""
        if self._responses is not None and (kept := self._responses.find(request)) is not None:
            return kept
        if request.method == "OPTIONS":
            return _PREFLIGHT_ROUTE
        return self._router.find(request, request.path)

    def overload_response(self, _request: Request) -> Response:
        """Clients that were refused together come again at different times."""
        return next(self._overloaded)

    def error_response(self, request: Request, error: Exception, *, route: str) -> Response:
        """A problem (RFC 9457). Of an unexpected error nothing but its status is sent."""
        if not isinstance(error, FullhouseError):
            _log.error("http.request_failed", method=request.method, route=route, exc_info=error)
            return self._problem_of(FullhouseError())
        response = self._problem_of(error)
        # Refusals by thousands a second: metrics count them, and the log has why they are
        is_noted = response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if is_noted and not isinstance(error, Overloaded | ServiceUnavailable):
            _log.warning("http.request_refused", route=route, error=error)
        return response


def _route(operation: Operation) -> Route:
    bytes_max = operation.body.bytes_max if operation.body else BODY_BYTES_MAX
    limits = RouteClass(body_bytes_max=bytes_max)
    return Route(operation.method, operation.path, operation.handler, limits, operation.allow)


async def _preflight(_: Request) -> Response:
    return Response(204, b"", _PREFLIGHT)


_PREFLIGHT_ROUTE: Final = Route("OPTIONS", UNKNOWN_ROUTE, _preflight)
