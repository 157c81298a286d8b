"""A web process from start-up to shutdown: it opens the application, serves, drains and closes."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from importlib.metadata import version
from typing import Final

from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from fullhouse.booking.model.urls import OPENAPI_PATH
from fullhouse.bootstrap.application import Application, open_application
from fullhouse.concurrency.signals import signal_handlers
from fullhouse.entrypoints.api.assembly import api_operations
from fullhouse.entrypoints.api.openapi import api_description
from fullhouse.entrypoints.api.problems import PROBLEMS
from fullhouse.entrypoints.security.access import AccessControl
from fullhouse.entrypoints.security.api_keys import RecentApiKeys
from fullhouse.entrypoints.security.staff_sessions import StaffSessions
from fullhouse.entrypoints.web import build_pages
from fullhouse.http.operations.application import ApiApp
from fullhouse.http.operations.openapi import OpenApiDocument
from fullhouse.http.request import Request
from fullhouse.http.response import Response
from fullhouse.http.routing import Route
from fullhouse.http.server.health import HealthProbe
from fullhouse.http.server.messages import serve_request
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.http.server.proxies import TrustedProxies
from fullhouse.http.server.rate_limits import RateLimits, TokenBucketLimiter
from fullhouse.http.server.root_app import RootApp
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.memory import freeze_gc
from fullhouse.settings import Settings
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.telemetry.log import get_logger, start_logging

SYSTEM_PATHS: Final = frozenset({"/livez", "/readyz", "/metrics", OPENAPI_PATH})
_DOCUMENT_HEADERS: Final = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-cache"),
)
_log = get_logger(__name__)


class WebProcess:
    """The ASGI application. Its parts exist between start-up and shutdown of its lifespan."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.shutdown = ShutdownSignal()
        self._root: RootApp | None = None

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "http":
            assert self._root is not None, "requests come after start-up"
            await serve_request(self._root, scope, receive=receive, send=send)
        elif scope["type"] == "lifespan":
            await self._run_lifespan(receive, send)

    async def _run_lifespan(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Start up, wait for the end, shut down.

        When a part that all requests need fails in between, the process ends itself: its supervisor
        starts another, which is better than a process that answers every request with an error.
        """
        settings = self.settings
        await receive()
        async with AsyncExitStack() as stack:
            logging = start_logging(
                form="json" if settings.log_json else "pretty", level=settings.log_level
            )
            stack.callback(logging.close)
            try:
                await self._run(receive, send)
            except (FullhouseError, BaseExceptionGroup) as error:
                _log.critical("web_process.failed", exc_info=error)
                if self._root is None:
                    message = error.detail if isinstance(error, FullhouseError) else str(error)
                    await send({"type": "lifespan.startup.failed", "message": message})
                else:
                    os.kill(os.getpid(), signal.SIGTERM)
                raise

    async def _run(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if self.settings.database_url is None:
            raise DatabaseUnavailable("A web process needs FULLHOUSE_DATABASE_URL.")
        async with open_application(self.settings, self.settings.database_url, name="web") as app:
            health = health_probe(app, self.shutdown)
            await health.check()
            self._root = build_root_app(app, health, self.shutdown)
            freeze_gc()
            watching = asyncio.create_task(health.watch())
            # uvicorn's handlers are installed by now. Streams end before uvicorn waits for them.
            with signal_handlers(
                lambda _number: self.shutdown.set(),
                signals=(signal.SIGTERM, signal.SIGINT),
                call_previous=True,
            ):
                await send({"type": "lifespan.startup.complete"})
                await receive()
            self.shutdown.set()
            watching.cancel()
            await asyncio.wait((watching,))
        await send({"type": "lifespan.shutdown.complete"})


def health_probe(app: Application, shutdown: ShutdownSignal) -> HealthProbe:
    return HealthProbe(app.database, app.metrics, app.clock, shutdown=shutdown, query="people.ping")


def build_root_app(app: Application, health: HealthProbe, shutdown: ShutdownSignal) -> RootApp:
    """The whole site on an application."""
    settings, clock = app.settings, app.clock
    recent_keys = RecentApiKeys(clock)
    access = AccessControl(
        directory=app.directory,
        database=app.database,
        sessions=StaffSessions(app.database, clock),
        clock=clock,
        ids=app.ids,
        recent_keys=recent_keys,
    )
    operations = api_operations(app, access=access, shutdown=shutdown)
    description = api_description(version=version("fullhouse"), server=settings.base_url)
    openapi = OpenApiDocument(description, PROBLEMS).encode(operations)
    return RootApp(
        api=ApiApp(operations, [*health.routes(), _openapi_route(openapi)], PROBLEMS),
        pages=build_pages(app, access),
        system_paths=SYSTEM_PATHS,
        rate_limits=RateLimits(
            TokenBucketLimiter(clock, settings.reads_burst, settings.reads_per_second),
            TokenBucketLimiter(clock, settings.writes_burst, settings.writes_per_second),
            recent_keys.find,
        ),
        proxies=TrustedProxies(settings.trusted_proxies),
        metrics=app.metrics.get(RequestMetrics),
        clock=clock,
        ids=app.ids,
    )


def _openapi_route(body: bytes) -> Route:
    response = Response(200, body, _DOCUMENT_HEADERS)

    async def handler(_: Request) -> Response:
        return response

    return Route("GET", OPENAPI_PATH, handler)
