"""Redis (or Valkey): implements `resilience.second_level.SecondLevel`, and is missed by nobody.

An answer that does not come soon is none. After it Redis is left alone for a while, so that an
outage costs one short wait and not one for each guest.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from fullhouse.integrations.limits import REDIS_REST_SECONDS
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("integrations.redis")


@dataclass(slots=True)
class RedisLevel:
    """One client a process. `find` and `keep` do as the port says."""

    client: Redis
    clock: Clock
    _rests_until: float = 0.0

    async def find(self, names: Sequence[str]) -> Sequence[bytes | None]:
        if not self._rests():
            try:
                return cast("list[bytes | None]", await self.client.mget(names))
            except (RedisError, OSError) as error:
                self._rest(error)
        return [None] * len(names)

    async def keep(self, values: Mapping[str, tuple[bytes, float]]) -> None:
        if self._rests():
            return
        batch = self.client.pipeline(transaction=False)
        for name, (value, seconds) in values.items():
            _ = batch.set(name, value, px=max(1, int(seconds * 1000)))
        try:
            await batch.execute()
        except (RedisError, OSError) as error:
            self._rest(error)

    async def answers(self) -> bool:
        """Whether it can be reached at all."""
        try:
            return bool(await self.client.ping())
        except (RedisError, OSError):
            return False

    def _rests(self) -> bool:
        return self.clock.monotonic() < self._rests_until

    def _rest(self, error: Exception) -> None:
        _LOG.warning("redis does not help; the database is asked", error=str(error))
        self._rests_until = self.clock.monotonic() + REDIS_REST_SECONDS


@asynccontextmanager
async def redis_level(
    url: str, clock: Clock, *, patience_seconds: float
) -> AsyncIterator[RedisLevel]:
    """Connects when first asked, and waits for no answer longer than `patience_seconds`.

    Raises `InvalidInput` for an address that cannot be meant.
    """
    try:
        client: Redis = Redis.from_url(
            url,
            socket_timeout=patience_seconds,
            socket_connect_timeout=patience_seconds,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        raise InvalidInput(
            "Redis is given as redis://host:6379/0, rediss://… for TLS, or unix:///path.",
            field="redis_url",
        ) from None
    try:
        yield RedisLevel(client, clock)
    finally:
        await client.aclose()
