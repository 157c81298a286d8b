"""A business's own program that receives webhooks, on a real socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    headers: dict[str, str]
    body: bytes
    json: dict[str, object]

    @property
    def kind(self) -> str:
        return str(self.json["type"])

    @property
    def event(self) -> dict[str, object]:
        data = self.json["data"]
        assert isinstance(data, dict)
        return data


def accept(_: Received) -> int:
    return 204


@dataclass(slots=True)
class Receiver:
    """Answers as `answer` says: a status, or a whole response."""

    answer: Callable[[Received], int | web.StreamResponse] = accept
    received: list[Received] = field(default_factory=list)
    open_now: int = 0
    open_most: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """While cleared, every request waits before it is answered."""
    port: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        received = Received(dict(request.headers), await request.read(), await request.json())
        self.received.append(received)
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        try:
            await self.gate.wait()
        finally:
            self.open_now -= 1
        answer = self.answer(received)
        return web.Response(status=answer) if isinstance(answer, int) else answer


@asynccontextmanager
async def a_receiver(receiver: Receiver) -> AsyncIterator[Receiver]:
    """Listens while the block lasts; entered again, on the same port."""
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", receiver.port)
    await site.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()
