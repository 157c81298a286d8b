"""Opening the pool waits for a starting server, not for an absent one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import asyncpg
import pytest

from fullhouse.kernel.clock import ManualClock
from fullhouse.storage.connection import until_it_answers
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.storage.limits import DATABASE_START_SECONDS_MAX


@dataclass(slots=True)
class Server:
    """Refuses connections with these errors in turn, then accepts them; the clock advances."""

    clock: ManualClock
    refusals: list[Exception]
    seconds: float = 1.0
    connected: int = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[None]:
        self.clock.advance(timedelta(seconds=self.seconds))
        if self.refusals:
            raise self.refusals.pop(0)
        self.connected += 1
        yield

    @property
    def pool(self) -> asyncpg.Pool:
        return cast("asyncpg.Pool", self)


def starting() -> Exception:
    return asyncpg.CannotConnectNowError("the database system is starting up")


async def test_starting_server_is_waited_for(clock: ManualClock) -> None:
    server = Server(clock, [starting(), starting()])
    await until_it_answers(server.pool, clock)
    assert server.connected == 1


async def test_server_that_never_becomes_ready_raises(clock: ManualClock) -> None:
    server = Server(clock, [starting()] * 99, seconds=DATABASE_START_SECONDS_MAX / 3)
    with pytest.raises(DatabaseUnavailable):
        await until_it_answers(server.pool, clock)
    assert len(server.refusals) >= 95


async def test_absent_server_raises_at_once(clock: ManualClock) -> None:
    server = Server(clock, [ConnectionRefusedError()])
    with pytest.raises(DatabaseUnavailable):
        await until_it_answers(server.pool, clock)
    assert server.connected == 0
