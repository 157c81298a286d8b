"""The large database, built once for all tests of plans."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
def large_database_url(servers: Servers) -> str:
    return asyncio.run(build(servers["embedded"]))


@pytest.fixture
async def large_database(large_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the large database; what it changes is undone."""
    async with _rolled_back(large_database_url) as connection:
        yield connection


@pytest.fixture(scope="session")
def url_with_planner(servers: Servers) -> str:
    return asyncio.run(build(servers["oldest-installed"]))


@pytest.fixture
async def large_database_with_planner(url_with_planner: str) -> AsyncIterator[asyncpg.Connection]:
    """The same on the oldest installed server, whose planner costs indexes that there are not."""
    async with _rolled_back(url_with_planner) as connection:
        await connection.execute("CREATE EXTENSION hypopg")
        yield connection


@asynccontextmanager
async def _rolled_back(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(url, application_name="plans")
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()
