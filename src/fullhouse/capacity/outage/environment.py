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

from fullhouse.capacity.bench.environment import HOST, product_environment, wait_until_ready
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

    async def _set_channel(self, channel: str, body: Mapping[str, object] | None) -> None:
        path = f"/api/v1/{self.tenant.org}/channels/{channel}"
        headers = {"Authorization": f"Bearer {self.tenant.key}"}
        method = "DELETE" if body is None else "PUT"
        async with (
            aiohttp.ClientSession(self.url, headers=headers) as session,
            session.request(method, path, json=body) as response,
        ):
            answer = await response.text()
        if response.status not in {HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND}:
            raise BenchmarkFailed(f"{method} {path}: {response.status} {answer}")


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
    port, log = free_port(), folder / "sandbox.log"
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
