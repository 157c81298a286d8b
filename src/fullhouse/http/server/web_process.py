"""A web process from start-up to shutdown: it opens its site, serves, drains and closes."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field

import msgspec
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from fullhouse.concurrency.signals import signal_handlers
from fullhouse.http.server.health import HealthProbe
from fullhouse.http.server.messages import serve_request
from fullhouse.http.server.root_app import RootApp
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.memory import freeze_gc
from fullhouse.telemetry.log import get_logger

_log = get_logger(__name__)


class Site(msgspec.Struct, frozen=True):
    """What a web process serves while it runs."""

    root: RootApp
    health: HealthProbe


@dataclass(slots=True)
class WebProcess:
    """The ASGI application. Its site exists between start-up and shutdown of its lifespan."""

    open_site: Callable[[ShutdownSignal], AbstractAsyncContextManager[Site]]
    open_logging: Callable[[], AbstractContextManager[object]]
    shutdown: ShutdownSignal = field(default_factory=ShutdownSignal)
    _root: RootApp | None = None

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
        await receive()
        with self.open_logging():
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
        async with self.open_site(self.shutdown) as site:
            await site.health.check()
            self._root = site.root
            freeze_gc()
            watching = asyncio.create_task(site.health.watch())
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
