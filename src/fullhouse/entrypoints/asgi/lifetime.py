"""From the first request to the last: a web process opens its house, serves, drains and closes."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from http import HTTPStatus
from importlib.metadata import version
from typing import Final, cast

from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import (
    HTTPScope,
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Receive,
    Send,
)

from fullhouse.bootstrap import House, open_house
from fullhouse.concurrency.signals import signal_handlers
from fullhouse.entrypoints.api.answer import Answer
from fullhouse.entrypoints.api.assembly import build_api
from fullhouse.entrypoints.api.callers import KnownKeys
from fullhouse.entrypoints.api.draining import Draining
from fullhouse.entrypoints.api.openapi import document
from fullhouse.entrypoints.asgi.clients import Proxies
from fullhouse.entrypoints.asgi.front import Front, HttpApp, Limits
from fullhouse.entrypoints.asgi.limiting import Buckets
from fullhouse.entrypoints.asgi.vitals import Vitals
from fullhouse.entrypoints.web import web_failures, web_routes
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.memory import freeze_gc
from fullhouse.settings import Settings
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.telemetry.log import get_logger, start_logging

_JSON: Final = ((b"content-type", b"application/json"), (b"cache-control", b"no-cache"))
_log = get_logger(__name__)


class WebProcess:
    """An ASGI application whose parts exist between its lifespan's start-up and shut-down."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.draining = Draining()
        self._front: Front | None = None

    async def __call__(
        self, scope: HTTPScope | LifeSpanScope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] == "lifespan":
            await self._live(cast("LifeSpanReceive", receive), cast("LifeSpanSend", send))
        else:
            assert self._front is not None, "requests come after start-up"
            await self._front(scope, receive, send)

    async def _live(self, receive: LifeSpanReceive, send: LifeSpanSend) -> None:
        """Start up, wait for the end, shut down.

        When a part that everything hangs on breaks in between, the process ends itself: whoever
        supervises it starts another, which is better than one that only refuses.
        """
        settings = self.settings
        await receive()
        async with AsyncExitStack() as stack:
            logging = start_logging(
                form="json" if settings.log_json else "pretty", level=settings.log_level
            )
            stack.callback(logging.close)
            try:
                await self._serve(receive, send)
            except (FullhouseError, BaseExceptionGroup) as error:
                _log.critical("web_process_failed", exc_info=error)
                if self._front is None:
                    message = error.detail if isinstance(error, FullhouseError) else str(error)
                    await send({"type": "lifespan.startup.failed", "message": message})
                else:
                    os.kill(os.getpid(), signal.SIGTERM)
                raise

    async def _serve(self, receive: LifeSpanReceive, send: LifeSpanSend) -> None:
        if self.settings.database_url is None:
            raise DatabaseUnavailable("A web process needs FULLHOUSE_DATABASE_URL.")
        async with open_house(self.settings, self.settings.database_url, name="web") as house:
            vitals = Vitals(house.database, house.metrics, house.clock, self.draining)
            await vitals.look()
            self._front = build_front(house, vitals, self.draining)
            freeze_gc()
            watching = asyncio.create_task(vitals.watch())
            # uvicorn's own handlers are in place by now; begin before it waits for open streams
            with signal_handlers(
                lambda _number: self.draining.begin(),
                signals=(signal.SIGTERM, signal.SIGINT),
                call_previous=True,
            ):
                await send({"type": "lifespan.startup.complete"})
                await receive()
            self.draining.begin()
            watching.cancel()
            await asyncio.wait((watching,))
        await send({"type": "lifespan.shutdown.complete"})


def build_front(house: House, vitals: Vitals, draining: Draining) -> Front:
    """The whole application on a house."""
    settings, clock = house.settings, house.clock
    known_keys = KnownKeys(clock)
    api = build_api(house, known_keys=known_keys, draining=draining)
    openapi = Answer(
        200,
        document(api.operations, version=version("fullhouse"), server=settings.base_url),
        _JSON,
    )
    return Front(
        plain={
            "/livez": vitals.live,
            "/readyz": vitals.ready,
            "/metrics": vitals.figures,
            "/schema/openapi.json": lambda: openapi,
        },
        api=api,
        pages=build_pages(house),
        refused_page=refused_page,
        limits=Limits(
            Buckets(clock, settings.reads_burst, settings.reads_per_second),
            Buckets(clock, settings.writes_burst, settings.writes_per_second),
            known_keys,
        ),
        proxies=Proxies(settings.trusted_proxies),
        routes=house.metrics.routes,
        clock=clock,
        ids=house.ids,
    )


def build_pages(house: House) -> Litestar:
    """The pages, with their own words for whatever goes wrong."""
    failures = web_failures()
    return Litestar(
        route_handlers=web_routes(house),
        openapi_config=None,
        logging_config=None,
        exception_handlers={
            FullhouseError: failures.of_house,
            HTTPException: failures.of_http,
            Exception: failures.of_anything,
        },
    )


def refused_page(scope: HTTPScope, status: int) -> HttpApp:
    """The page that says why a guest is not let in."""
    request: Request[None, None, State] = Request(scope)
    answer = web_failures().page(request, status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["retry-after"] = "1"
    return answer.to_asgi_response(app=None, request=request)
