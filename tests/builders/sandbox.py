"""The product's own sandbox on free ports, and its control."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import aiohttp
import msgspec

from fullhouse.kernel.clock import Clock, SystemClock
from fullhouse.sandbox.call_log import LoggedCall
from fullhouse.sandbox.deliveries import Content, DeliveredMessage
from fullhouse.sandbox.listening import SandboxAddresses, listening_pair
from fullhouse.sandbox.sandbox import Sandbox, SandboxOptions, running_sandbox

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox, seen from a client."""

    sandbox: Sandbox
    addresses: SandboxAddresses
    http: aiohttp.ClientSession

    async def set(self, provider: str, **given: object) -> None:
        """Change its mode, figures, script or settings."""
        url = f"{self.addresses.url}/control/{provider}"
        async with self.http.put(url, json=given) as response:
            assert response.status == 200, await response.text()

    async def log(self, provider: str) -> list[LoggedCall]:
        return msgspec.convert(await self.listed(provider, "log", "calls"), list[LoggedCall])

    async def messages(self, provider: str) -> list[Content]:
        """The contents of the messages that it delivered."""
        found = await self.listed(provider, "messages", "messages")
        return [each.content for each in msgspec.convert(found, list[DeliveredMessage])]

    async def listed(self, provider: str, kind: str, member: str) -> object:
        async with self.http.get(f"{self.addresses.url}/control/{provider}/{kind}") as response:
            assert response.status == 200, await response.text()
            return (await response.json())[member]

    async def post(
        self, url: str, body: object, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and body of the answer; raises as aiohttp does."""
        async with self.http.post(url, json=body, headers=headers) as response:
            return response.status, await response.text()


@asynccontextmanager
async def a_sandbox(
    clock: Clock | None = None, options: SandboxOptions | None = None
) -> AsyncIterator[RunningSandbox]:
    """It runs while the block lasts."""
    with listening_pair("127.0.0.1", 0) as listeners:
        url = listeners.url
        async with (
            running_sandbox(listeners, clock or SystemClock(), options or SandboxOptions()) as box,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http,
        ):
            yield RunningSandbox(box, SandboxAddresses(url), http)
