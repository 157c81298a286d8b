"""The big book, built once for all tests of plans."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import asyncpg
import pytest
from tests.plans.big_book import build

from fullhouse.storage.connection import connect
from fullhouse.storage.embedded.server import EmbeddedServer


class Servers(Protocol):
    """The test run's servers by name; see `tests/conftest.py`."""

    def __getitem__(self, name: str) -> EmbeddedServer: ...


@pytest.fixture(scope="session")
def big_book_url(servers: Servers) -> str:
    return asyncio.run(build(servers["embedded"]))


@pytest.fixture
async def big_book(big_book_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the big book; what it changes is undone."""
    connection = await connect(big_book_url, application_name="plans")
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()
