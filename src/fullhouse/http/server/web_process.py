"""A web process: it opens its site, serves it on a socket of its parent, drains and closes."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

import msgspec

from fullhouse.concurrency.signals import StopRequest
from fullhouse.http.server.health import HealthProbe
from fullhouse.http.server.limits import LINGER_SECONDS
from fullhouse.http.server.metrics import ServerMetrics
from fullhouse.http.server.open_files import capacity_of, raise_file_limit
from fullhouse.http.server.root_app import RootApp
from fullhouse.http.server.server import HttpServer
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.memory import defer_gc, freeze_gc
from fullhouse.telemetry.log import get_logger


class Site(msgspec.Struct, frozen=True):
    """What a web process serves while it runs."""

    root: RootApp
    health: HealthProbe


_log: Final = get_logger(__name__)
OpenSite = Callable[[ShutdownSignal], AbstractAsyncContextManager[Site]]


async def run_web_process(
    open_site: OpenSite,
    listener: socket.socket,
    *,
    drain_seconds: float,
    on_ready: Callable[[], None],
    is_replaced: Callable[[], bool],
) -> None:
    """Serve until SIGTERM or SIGINT; requests under way then have `drain_seconds` to end.

    A second signal ends them. `on_ready` is called once it serves. Where another process serves in
    its place, connections without a request are left open for a moment. When a part that all
    requests need fails in between, its error is raised: the supervisor starts another process,
    which is better than one that answers every request with an error. Raises what `open_site`
    raises.
    """
    try:
        await _run(open_site, listener, drain_seconds, on_ready=on_ready, is_replaced=is_replaced)
    except (FullhouseError, BaseExceptionGroup) as error:
        _log.critical("web_process.failed", exc_info=error)
        raise


async def _run(
    open_site: OpenSite,
    listener: socket.socket,
    drain_seconds: float,
    *,
    on_ready: Callable[[], None],
    is_replaced: Callable[[], bool],
) -> None:
    shutdown, stop = ShutdownSignal(), StopRequest()
    capacity = capacity_of(raise_file_limit())
    async with open_site(shutdown) as site:
        site.root.streams.streams_max = capacity.streams
        await site.health.check()
        metrics = site.health.metrics.get(ServerMetrics)
        server = HttpServer(site.root, metrics, connections_max=capacity.connections)
        freeze_gc()
        defer_gc()
        watching = asyncio.create_task(site.health.watch())
        with stop.on_signals():
            server.start(listener)
            on_ready()
            await stop.requested.wait()
            shutdown.set()  # ends streams
            linger = LINGER_SECONDS if is_replaced() else 0.0
            await server.drain(drain_seconds, stop.forced, linger_seconds=linger)
        watching.cancel()
        await asyncio.wait((watching,))
