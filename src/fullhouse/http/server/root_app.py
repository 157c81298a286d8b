"""Every request passes here: correlation id, rate limit, time limit, errors, headers, metrics.

One plain call between the server and the handler, because each layer around a booking costs.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from uuid import UUID

from fullhouse.concurrency import deadline
from fullhouse.http.errors import BadHost, RequestTimedOut, ResponseTimedOut, TooManyRequests
from fullhouse.http.limits import BODY_BYTES_MAX
from fullhouse.http.operations.application import ApiApp
from fullhouse.http.request import Request
from fullhouse.http.response import NO_STORE, AnyResponse, EventStream, Header, Response
from fullhouse.http.routing import Route, Section
from fullhouse.http.same_origin import SAFE_METHODS
from fullhouse.http.server.limits import (
    ADMITTED_SECONDS_MAX,
    BYTES_PER_TOKEN,
    NEWCOMERS_SHARE,
    REQUESTS_RUNNING_MAX,
    WAITING_SECONDS_MAX,
)
from fullhouse.http.server.long_bodies import LongBodies
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.http.server.proxies import TrustedProxies
from fullhouse.http.server.rate_limits import RateLimits
from fullhouse.http.server.restrictions import NoRestrictions, Restrictions
from fullhouse.http.server.run_queue import QueueDelay
from fullhouse.http.server.stream_limits import StreamLimits
from fullhouse.http.server.time_limits import TimeLimits
from fullhouse.http.server.waiting_room import WaitingRoom
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.ids import Ids
from fullhouse.telemetry import tracing
from fullhouse.telemetry.correlation import correlation_id
from fullhouse.telemetry.log import get_logger
from fullhouse.telemetry.tracing import Span

_HSTS: Final[Header] = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_METHODS: Final = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}
_HOST: Final = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,255})"
    rb"(?::(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
)
_LAST_RESORT: Final = Response(
    500, b"Internal Server Error", ((b"content-type", b"text/plain; charset=utf-8"), NO_STORE)
)
"""For an error whose page or problem cannot be made either."""

_log = get_logger(__name__)


@dataclass(slots=True)
class RootApp:
    """The whole site: the API and the pages behind the limits that both share.

    At most `REQUESTS_RUNNING_MAX` requests run at the same time; the next is refused unread, and
    keeps its place in line by `waiting_room`. Without this bound thousands of requests wait in the
    queues below until their clients give up, and hardly any is answered in time.
    """

    api: ApiApp
    pages: Section
    section_of_path: Mapping[str, Section]
    """Sections of single paths; all below `/api/` is the API's, and the rest the pages'."""
    probe_paths: frozenset[str]
    """Paths of liveness and readiness, whose answers are at hand."""
    rate_limits: RateLimits
    proxies: TrustedProxies
    metrics: RequestMetrics
    clock: Clock
    ids: Ids
    streams: StreamLimits = field(default_factory=StreamLimits)
    long_bodies: LongBodies = field(default_factory=LongBodies)
    time_limits: TimeLimits = field(default_factory=TimeLimits)
    refuses_writes: Callable[[int], bool] = lambda _waiting: False
    """Whether a write, behind so many that wait, would be refused after it was read."""
    waiting_room: WaitingRoom | None = None
    restrictions: Restrictions = field(default_factory=NoRestrictions)

    async def __call__(self, request: Request) -> AnyResponse:
        """Answer a request; never raises.

        The correlation id is left in the context: a server runs each request in its own task.
        """
        began = self.clock.monotonic()
        request_id, parent = _given_id(request), None
        if tracing.is_on():
            parent = tracing.parent_of(request.header(b"traceparent"))
            if request_id is None and parent is not None:
                request_id = UUID(int=parent.trace_id)
        request_id = request_id or self.ids.uuid()
        correlation_id.set(request_id)
        added: list[Header] = [(b"x-request-id", str(request_id).encode())]
        self._apply_proxy_headers(request, added)
        section = self._section(request.path)
        route = section.find(request)
        with tracing.span_of_request(request_id, parent) as span:
            response = await self._respond(request, section, route, added=added)
            if span is not None:
                _describe(span, request, route, status=response.status)
        if isinstance(response, Response):
            request.tokens = max(request.tokens, 1 + len(response.body) // BYTES_PER_TOKEN)
        if request.tokens > 1:
            self.rate_limits.charge(request)
        self.metrics.observe(
            method=_method_of(request),
            route=route.path,
            status=response.status,
            seconds=self.clock.monotonic() - began,
        )
        return response.with_headers(*section.headers, *added)

    @property
    def running(self) -> int:
        """How many requests run now."""
        return self.time_limits.running

    @property
    def streaming(self) -> int:
        """How many streams are sent now."""
        return self.streams.open

    def is_proxy(self, address: str) -> bool:
        """Whether many clients share a connection from this address."""
        return self.proxies.is_trusted(address)

    def is_probe(self, path: str) -> bool:
        """Whether the request waits for no others and is never refused."""
        return path in self.probe_paths

    def refusal_of(self, request: Request, queue: QueueDelay) -> Response | None:
        """The response to a request that is refused before it is read, under overload."""
        is_busy = queue.is_behind or (
            self.time_limits.running > REQUESTS_RUNNING_MAX * NEWCOMERS_SHARE
        )
        if (is_busy and not self._has_room(request, queue)) or (
            request.method not in SAFE_METHODS and self.refuses_writes(queue.writes)
        ):
            return self.overload_response(request)
        return None

    def overload_response(self, request: Request) -> Response:
        """The response to a request that has waited for too long."""
        return self._section(request.path).overload_response(request)

    def _has_room(self, request: Request, queue: QueueDelay) -> bool:
        """Whether the bounds admit a request: by what it is for, and pages by who has waited.

        What matters less is admitted up to a share of the bounds. Newcomers have a share of them,
        and who has waited the more of the rest the longer the wait. So under overload the queue
        settles where those are admitted who came first.
        """
        running = self.time_limits.running / REQUESTS_RUNNING_MAX
        if running >= 1 or queue.oldest_seconds > WAITING_SECONDS_MAX:
            return False
        room = self.waiting_room
        fullness = max(running, queue.wait_seconds / ADMITTED_SECONDS_MAX)
        if fullness <= NEWCOMERS_SHARE:
            return True
        route = self._section(request.path).find(request)
        bound, waits_in_line = self.restrictions.precedence_of(route)
        if fullness > bound:
            return False
        if not waits_in_line or room is None or not room.is_for(request.path):
            return True
        share = NEWCOMERS_SHARE + (1 - NEWCOMERS_SHARE) * room.priority(request.headers)
        return fullness <= share

    def _section(self, path: str) -> Section:
        if path.startswith("/api/"):
            return self.api
        return self.section_of_path.get(path, self.pages)

    def _apply_proxy_headers(self, request: Request, added: list[Header]) -> None:
        peer, scheme = request.client_address, "https" if request.is_https else "http"
        request.client_address = self.proxies.client_address(peer, request.headers)
        request.is_https = self.proxies.is_https(peer, scheme, request.headers)
        if request.is_https:
            added.append(_HSTS)

    async def _respond(
        self, request: Request, section: Section, route: Route, *, added: list[Header]
    ) -> AnyResponse:
        """The handler's response, or the error that took its place."""
        request.body_bytes_max = route.limits.body_bytes_max
        try:
            if not route.limits.is_bounded:
                return await route.handler(request)  # at hand: it waits for nothing
            self._admit(request, added)
            response = await self._handle(request, route)
            if isinstance(response, EventStream):
                return self.streams.admit(response, request.client_address)
        except Exception as error:  # noqa: BLE001 - the section logs an unexpected error
            self.metrics.failed(error)
            refused = _error_response(section, request, error, route=route.path)
            if _is_access_refused(request, refused.status):
                # Without its place in the code: a line says whose try it was, not where it ended
                cause = error.with_traceback(None)
                client = request.client_address
                _log.warning("http.access_refused", route=route.path, client=client, exc_info=cause)
            return refused
        return response

    async def _handle(self, request: Request, route: Route) -> AnyResponse:
        """Run the handler within its time, see `TimeLimits`."""
        running = self.time_limits.start(route.limits.seconds_max)
        waited_for = deadline.begin(running.deadline, self.time_limits.loop)
        try:
            if self.restrictions.are_on:
                await self.restrictions.require(request, route)
            if request.body_bytes_max > BODY_BYTES_MAX:
                return await self.long_bodies.answer(request, route.handler)
            return await route.handler(request)
        except asyncio.CancelledError:
            if not running.is_expired or running.task.uncancel():
                raise  # cancelled by another task
            raise self._timed_out(request, route) from None
        finally:
            deadline.end(waited_for)
            self.time_limits.end(running)

    def _admit(self, request: Request, added: list[Header]) -> None:
        """Refuse a request past its client's rate, or for a host that cannot be."""
        state = self.rate_limits.take(request)
        added += state.headers
        if state.wait_seconds:
            raise TooManyRequests(retry_after_seconds=state.wait_seconds)
        host = request.headers.get(b"host")
        if host is not None and not _HOST.fullmatch(host):
            raise BadHost

    def _timed_out(self, request: Request, route: Route) -> FullhouseError:
        """`408` when the body did not come in time, `503` when the handler took too long."""
        cause = "body" if request.is_reading_body else "handler"
        self.metrics.timed_out(route=route.path, cause=cause)
        _log.warning("http.request_timed_out", route=route.path, cause=cause)
        if request.is_reading_body:
            return RequestTimedOut(
                f"The body did not arrive within {route.limits.seconds_max:g} seconds."
            )
        return ResponseTimedOut()


def _error_response(
    section: Section, request: Request, error: Exception, *, route: str
) -> Response:
    """The error as the section shows it; a plain text when that fails, too."""
    try:
        return section.error_response(request, error, route=route)
    except Exception as second:  # noqa: BLE001 - there is nothing left that could handle it
        _log.error("http.error_response_failed", route=route, error=error, exc_info=second)
        return _LAST_RESORT


def _is_access_refused(request: Request, status: int) -> bool:
    """Whether somebody tried what they may not: a guest who is asked to sign in did not."""
    return status == HTTPStatus.FORBIDDEN or (
        status == HTTPStatus.UNAUTHORIZED and b"authorization" in request.headers
    )


def _method_of(request: Request) -> str:
    return request.method if request.method in _METHODS else "other"


def _describe(span: Span, request: Request, route: Route, *, status: int) -> None:
    span.name = f"{_method_of(request)} {route.path}"
    span.attributes["http.response.status_code"] = status
    span.has_failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _given_id(request: Request) -> UUID | None:
    """The client's own id of the request, when it is a UUID."""
    given = request.header(b"x-request-id")
    if given is None:
        return None
    try:
        return UUID(given)
    except ValueError:
        return None
