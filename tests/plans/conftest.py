"""The large database, built once for all tests of plans."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import asyncpg
import pytest
from tests.plans.large_database import build

from fullhouse.storage.connection import connect
from fullhouse.storage.embedded.server import EmbeddedServer


class Servers(Protocol):
    """The test run's servers by name; see `tests/conftest.py`."""

    def __getitem__(self, name: str) -> EmbeddedServer: ...


@pytest.fixture(scope="session")
def large_databases() -> dict[str, str]:
    """Their urls by server, as they are built for the first test that needs each."""
    return {}


@pytest.fixture
def large_database_url(
    request: pytest.FixtureRequest, servers: Servers, large_databases: dict[str, str]
) -> str:
    """On the embedded server, or on that whose name a test gives."""
    name = getattr(request, "param", "embedded")
    if name not in large_databases:
        large_databases[name] = asyncio.run(build(servers[name]))
    return large_databases[name]


@pytest.fixture
async def large_database(large_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the large database; what it changes is undone."""
    connection = await connect(large_database_url, application_name="plans")
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()
