"""A program that collects what is sent to it: traces by OTLP, or error reports by Sentry's form."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from fullhouse.bootstrap.reporting import reporting
from fullhouse.settings import Settings


@dataclass(slots=True)
class Collector:
    """Keeps the bodies of all that came, by path."""

    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append((request.path, await request.read()))
        return web.Response()


@asynccontextmanager
async def a_collector() -> AsyncIterator[Collector]:
    collector = Collector()
    app = web.Application()
    app.router.add_post("/{path:.*}", collector.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.port = runner.addresses[0][1]
    try:
        yield collector
    finally:
        await runner.cleanup()


@asynccontextmanager
async def reporting_as(settings: Settings) -> AsyncIterator[None]:
    """Report as a process with these settings does; what is left is sent before the block ends."""
    stack = ExitStack()
    stack.enter_context(reporting(settings, "test"))
    try:
        yield
    finally:
        # In a thread: it waits for the collector, which answers on this loop
        await asyncio.to_thread(stack.close)
