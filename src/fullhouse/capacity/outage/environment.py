"""The installation of an outage: as that of a siege, with a sandbox and lines that can fail."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
import msgspec

from fullhouse.capacity.bench.environment import (
    HOST,
    hurry_webhooks,
    product_environment,
    wait_until_ready,
)
from fullhouse.capacity.bench.programs import BenchmarkFailed, free_port, output_of, running
from fullhouse.capacity.outage.line import Dial, FaultyLine, faulty_line
from fullhouse.capacity.outage.providers import OutageProviders
from fullhouse.capacity.siege.attack import Tenant
from fullhouse.capacity.siege.environment import (
    Installation,
    SiegeEnvironment,
    SiegeStores,
    siege_environment,
)
from fullhouse.kernel.clock import Clock
from fullhouse.storage.schema import SchemaPart
from fullhouse.storage.sealing import new_key

ACKNOWLEDGE_MINUTES: Final = 1


class _ListedCircuit(msgspec.Struct):
    name: str
    is_open: bool


class _ListedCircuits(msgspec.Struct):
    circuits: list[_ListedCircuit]


class _ListedWebhook(msgspec.Struct):
    id: str


class _ListedWebhooks(msgspec.Struct):
    webhooks: list[_ListedWebhook]


@dataclass(frozen=True, slots=True)
class OutageEnvironment:
    """The running product, and everything that can fail around it."""

    siege: SiegeEnvironment
    installation: Installation
    tenant: Tenant
    providers: OutageProviders
    database: FaultyLine
    redis: FaultyLine | None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.installation.port}"

    async def close_circuits(self) -> None:
        """As an operator does: what an outage opened says nothing of the next one."""
        command = [sys.executable, "-m", "fullhouse", "circuits"]
        settings = product_environment(self.siege.settings)
        listed = await output_of([*command, "--json"], environment=settings)
        for circuit in msgspec.json.decode(listed, type=_ListedCircuits).circuits:
            if circuit.is_open:
                close = [*command, "close", circuit.name, "--minutes", "0"]
                await output_of(close, environment=settings)

    async def send_by(self, way: str) -> None:
        """Have messages go by Make.com, by the mail server alone, or by that with an SMS each."""
        make = {
            "url": f"{self.providers.url}/make/hook/fullhouse",
            "acknowledge_minutes": ACKNOWLEDGE_MINUTES,
        }
        sms = {"url": f"{self.providers.url}/sms/messages", "kinds": ["confirmation"]}
        await self._set_channel("make", make if way == "make" else None)
        await self._set_channel("sms", sms if way == "sms" else None)
        await self._set_program(is_on=way == "program")

    async def hurry_webhooks(self) -> None:
        """Let what is tried again in minutes or hours be due now, as if they had passed."""
        await hurry_webhooks(self.siege.database)

    async def _set_program(self, *, is_on: bool) -> None:
        """Send a program each booking, or nothing to anybody."""
        listed = await self._ask("GET", "webhooks")
        for hook in msgspec.json.decode(listed, type=_ListedWebhooks).webhooks:
            await self._ask("DELETE", f"webhooks/{hook.id}")
        if is_on:
            body = {"url": f"{self.providers.url}/program/events", "kinds": ["Booked"]}
            await self._ask("POST", "webhooks", body)

    async def _set_channel(self, channel: str, body: Mapping[str, object] | None) -> None:
        await self._ask("DELETE" if body is None else "PUT", f"channels/{channel}", body)

    async def _ask(self, method: str, path: str, body: object = None) -> bytes:
        """As the owner; what is not there need not be removed."""
        path = f"/api/v1/{self.tenant.org}/{path}"
        headers = {"Authorization": f"Bearer {self.tenant.key}"}
        async with (
            aiohttp.ClientSession(self.url, headers=headers) as session,
            session.request(method, path, json=body) as response,
        ):
            answer = await response.read()
        if not (response.ok or response.status == HTTPStatus.NOT_FOUND):
            said = answer.decode(errors="replace")
            raise BenchmarkFailed(f"{method} {path}: {response.status} {said}")
        return answer


@asynccontextmanager
async def outage_environment(
    redis_url: str | None, *, clock: Clock, workers: int, schema: Sequence[SchemaPart]
) -> AsyncIterator[OutageEnvironment]:
    """Start database, sandbox and product; all is stopped and deleted afterwards."""
    async with AsyncExitStack() as stack:
        siege = await stack.enter_async_context(
            siege_environment(SiegeStores(), clock=clock, workers=workers, schema=schema)
        )
        sandbox = await stack.enter_async_context(_sandbox(siege.folder))
        database = await stack.enter_async_context(faulty_line(_dial_of(siege.url), free_port()))
        settings = {
            **siege.settings,
            "FULLHOUSE_DATABASE_URL": _through(siege.url, database.port),
            "FULLHOUSE_SMTP_URL": f"smtp://{HOST}:{sandbox + 1}?from=bookings@farm.example",
            "FULLHOUSE_ENCRYPTION_KEY": new_key(),
            "FULLHOUSE_WEBHOOK_NETWORKS": HOST,
        }
        redis = None
        if redis_url is not None:
            redis = await stack.enter_async_context(faulty_line(_dial_of(redis_url), free_port()))
            settings["FULLHOUSE_REDIS_URL"] = f"redis://{HOST}:{redis.port}/0"
        siege = replace(siege, settings=settings)
        installation = await stack.enter_async_context(siege.installation(raised=True))
        tenant = await siege.create_tenant(installation.port)
        providers = OutageProviders(f"http://{HOST}:{sandbox}")
        yield OutageEnvironment(siege, installation, tenant, providers, database, redis)


@asynccontextmanager
async def _sandbox(folder: Path) -> AsyncIterator[int]:
    """The sandbox of outside services, and its port."""
    port, log = free_port(2), folder / "sandbox.log"
    command = [sys.executable, "-m", "fullhouse", "sandbox", "--port", str(port)]
    async with running(command, environment=os.environ, log=log):
        await wait_until_ready(f"http://{HOST}:{port}/control", log=log)
        yield port


def _through(url: str, port: int) -> str:
    parts = urlsplit(url)
    return f"postgresql://{parts.username}@{HOST}:{port}{parts.path}"


def _dial_of(url: str) -> Dial:
    """How a server of this machine is reached, by its port or by its socket file."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return lambda: asyncio.open_unix_connection(parts.path)
    folder = parse_qs(parts.query).get("host", [""])[0]
    if folder.startswith("/"):
        return lambda: asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
    return lambda: asyncio.open_connection(parts.hostname or HOST, parts.port or 6379)
