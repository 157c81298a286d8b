"""The sandbox of an outage, from outside: what it is set to, and what it was asked and brought."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import aiohttp
import msgspec

from fullhouse.capacity.bench.programs import BenchmarkFailed

WAYS: Final = ("make", "smtp", "sms", "program")
"""By which guests hear, and programs of the business."""


class _Content(msgspec.Struct):
    recipient: str
    message_id: str = ""
    dedupe_key: str = ""


class _Delivered(msgspec.Struct):
    content: _Content


class _Messages(msgspec.Struct):
    messages: list[_Delivered]


class _Provider(msgspec.Struct):
    name: str
    received: int


class _Providers(msgspec.Struct):
    providers: list[_Provider]


@dataclass(frozen=True, slots=True)
class OutageProviders:
    """The control of the sandbox at `url`."""

    url: str

    async def set(self, provider: str, **given: object) -> None:
        await self._ask("PUT", f"/control/{provider}", given)

    async def forget(self) -> None:
        """All is well again, and nothing was ever sent."""
        for provider in WAYS:
            await self.set(provider, mode="ok")
            await self._ask("DELETE", f"/control/{provider}")

    async def heard(self) -> Counter[str]:
        """How many messages each address, number and booking has got; of one way and key one."""
        ways = set[tuple[str, str, str]]()
        for provider in WAYS:
            path = f"/control/{provider}/messages"
            answer = await self._ask("GET", path)
            for one in msgspec.json.decode(answer, type=_Messages).messages:
                content = one.content
                key = content.dedupe_key or content.message_id
                ways.add((content.recipient, provider, key))
        return Counter(recipient for recipient, _, _ in ways)

    async def calls(self) -> dict[str, int]:
        """How often each was called."""
        answer = await self._ask("GET", "/control")
        providers = msgspec.json.decode(answer, type=_Providers).providers
        return {one.name: one.received for one in providers}

    async def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> bytes:
        async with (
            aiohttp.ClientSession(self.url) as session,
            session.request(method, path, json=body) as response,
        ):
            answer = await response.read()
        if response.status != HTTPStatus.OK:
            detail = f"{method} {path}: {answer.decode(errors='replace')}"
            raise BenchmarkFailed(detail)
        return answer
