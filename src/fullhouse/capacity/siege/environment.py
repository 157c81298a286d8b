"""The installation under siege: a database, a server and an organisation of its own.

Nothing else can be aimed at: a database that is named must be on this machine, and empty. The
product runs as its users run it; it takes no settings from the environment, so that no mail leaves
by an operator's own server.
"""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from fullhouse.capacity.bench.environment import (
    HOST,
    QUERIES,
    RATE_LIMITS_RAISED,
    availability_path,
    bookings_stored,
    create_tables,
    discard_work,
    product_environment,
    running_product,
    temporary_folder,
    vacuum,
    work_left,
)
from fullhouse.capacity.bench.programs import BenchmarkFailed, free_port, output_of
from fullhouse.capacity.load.open_loop import is_this_machine
from fullhouse.capacity.siege.attack import Tenant
from fullhouse.capacity.siege.client import ATTACKERS_FROM, Client, address, connection, send_json
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, open_database
from fullhouse.storage.embedded import EmbeddedServer, embedded_server
from fullhouse.storage.embedded.programs import wheel_programs
from fullhouse.storage.queries import NamedQueries
from fullhouse.storage.schema import SchemaPart

_T = TypeVar("_T")
_ORG: Final = "tenant"
_SEASON: Final = "season"
_MUSEUM: Final = "museum"
_RULES: Final = {
    _SEASON: "FREQ=HOURLY;BYHOUR=9,11,13",
    _MUSEUM: "FREQ=MINUTELY;INTERVAL=5;BYHOUR=9,10,11,12,13,14,15,16,17,18,19,20",
}
_CAPACITY: Final = 40
_OK: Final = range(200, 300)
_TABLES: Final = """SELECT count(*) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""


class _CreatedKey(msgspec.Struct):
    key: str


class _CreatedVenue(msgspec.Struct):
    id: str


@dataclass(frozen=True, slots=True)
class Installation:
    """The product while it runs, with one set of rate limits."""

    port: int
    pid: int
    """Of the supervisor, the parent of all its processes."""


class SiegeStores(msgspec.Struct, frozen=True):
    """An empty PostgreSQL database and a Redis of this machine; by default an embedded database."""

    database_url: str | None = None
    redis_url: str | None = None


@dataclass(frozen=True, slots=True)
class SiegeEnvironment:
    """The database, and how to start the product on it."""

    url: str
    database: Database
    psql: Path
    settings: Mapping[str, str]
    folder: Path
    workers: int
    clock: Clock
    server: EmbeddedServer | None
    """None for a database that was named."""

    @property
    def availability_path(self) -> str:
        return availability_path(self.clock)

    @asynccontextmanager
    async def installation(self, *, raised: bool) -> AsyncIterator[Installation]:
        """Run the product, with the rate limits that it has by default or with raised ones."""
        port = free_port()
        limits = RATE_LIMITS_RAISED if raised else {"FULLHOUSE_LOG_LEVEL": "warning"}
        settings = {**limits, **self.settings}
        running = running_product(settings, port, workers=self.workers, folder=self.folder)
        async with running as process:
            yield Installation(port, process.pid)

    async def create_tenant(self, port: int) -> Tenant:
        """An organisation that an attacker owns, made by its key as an owner makes it."""
        key = await self._key()
        opens_on = self.clock.now().date() + timedelta(days=2)
        async with connection(HOST, port, address(ATTACKERS_FROM, 0)) as client:
            owner = _Owner(client, key)
            venue = await owner.create_venue()
            for slug, rule in _RULES.items():
                await owner.create_offering(slug, venue, rule=rule, first=opens_on)
        return Tenant(_ORG, key, venue, season=_SEASON, museum=_MUSEUM, opens_on=opens_on)

    async def discard_work(self) -> None:
        """Leave no mails and jobs that the next attack would pay for, nor the traces of them."""
        await discard_work(self.database, self.url, psql=self.psql, clock=self.clock)
        await vacuum(self.url)

    async def bookings_stored(self) -> int:
        return await bookings_stored(self.database)

    async def held_share(self) -> float:
        """The share of the season's places that is held."""
        return await self._value("capacity.places_held", float, org=_ORG, offering=_SEASON)

    async def mails_to(self, recipient: str) -> int:
        return await self._value("capacity.mails_to", int, recipient=recipient)

    async def work_left(self) -> int:
        return await work_left(self.database)

    async def _value(self, query: str, kind: type[_T], **arguments: str) -> _T:
        async with self.database.unrestricted.session() as session:
            value = await session.fetch_value(query, kind, **arguments)
        assert value is not None, "the query counts"
        return value

    async def _key(self) -> str:
        command = ["-m", "fullhouse", "organisation", _ORG, "--name", "Tenant", "--json"]
        settings = product_environment(self.settings)
        output = await output_of([sys.executable, *command], environment=settings)
        return msgspec.json.decode(output, type=_CreatedKey).key


@dataclass(frozen=True, slots=True)
class _Owner:
    """Sets an organisation up through the API."""

    client: Client
    key: str

    async def create_venue(self) -> str:
        body = {"name": "Hall", "zone": "Europe/Berlin", "country": "DE"}
        return msgspec.json.decode(await self._send("POST", "venues", body), type=_CreatedVenue).id

    async def create_offering(self, slug: str, venue: str, *, rule: str, first: date) -> None:
        offering = {"venue": venue, "name": slug, "price_amount": 1200}
        await self._send("PUT", f"offerings/{slug}", offering)
        schedule = {
            "starts_at": f"{first}T09:00",
            "rule": f"{rule};UNTIL={first + timedelta(days=60):%Y%m%d}T000000",
            "duration_minutes": 5,
            "capacity": _CAPACITY,
        }
        await self._send("POST", f"offerings/{slug}/schedules", schedule)

    async def _send(self, method: str, path: str, body: object) -> bytes:
        await self.client.send(send_json(method, f"/api/v1/{_ORG}/{path}", body, key=self.key))
        answer = await self.client.answer()
        if answer.status not in _OK:
            detail = f"{method} {path}: {answer.status} {answer.body.decode(errors='replace')}"
            raise BenchmarkFailed(detail)
        return answer.body


@asynccontextmanager
async def siege_environment(
    stores: SiegeStores, *, clock: Clock, workers: int, schema: Sequence[SchemaPart]
) -> AsyncIterator[SiegeEnvironment]:
    """The database with its data; an embedded one is stopped and deleted afterwards."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(temporary_folder("siege"))
        programs, server = wheel_programs(), None
        if stores.database_url is None:
            server = await stack.enter_async_context(embedded_server(folder / "data"))
            url, programs = server.url, server.programs
        else:
            url = stores.database_url
            await _require_empty(url)
        await create_tables(url, schema, psql=programs["psql"])
        database = await open_database(
            url,
            catalogue=NamedQueries.load({"capacity": QUERIES}),
            clock=clock,
            connections_max=2,
            application_name="fullhouse siege",
        )
        stack.push_async_callback(database.close)
        settings = {"FULLHOUSE_DATABASE_URL": url}
        if stores.redis_url is not None:
            settings["FULLHOUSE_REDIS_URL"] = stores.redis_url
        yield SiegeEnvironment(
            url, database, programs["psql"], settings, folder, workers, clock, server
        )


async def _require_empty(url: str) -> None:
    """Raises `InvalidInput` for a database in which there is a table."""
    connection = await connect(url, application_name="fullhouse siege")
    try:
        tables = await connection.fetchval(_TABLES)
    finally:
        await connection.close()
    if tables:
        detail = f"The database has {tables} tables: a siege needs an empty one of its own."
        raise InvalidInput(detail, field="database_url")


def is_local_store(url: str) -> bool:
    """Whether the URL of a database or a Redis can only be one of this machine."""
    if url.startswith("unix://"):
        return True
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    given = [parts.netloc.rpartition("@")[2], *query.get("host", []), *query.get("hostaddr", [])]
    hosts = [host for each in given for host in unquote(each).split(",") if host]
    return bool(hosts) and all(host[0] == "/" or is_this_machine(f"//{host}") for host in hosts)
