"""Redis (or Valkey) as a shared store: implements `resilience.shared_cache.SharedStore`.

Never raises: a time-out or an error is a miss. After an error the circuit is open for
`REDIS_RETRY_SECONDS`, in which the client is not called, so an outage costs one time-out per
process and second, not one per request.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from fullhouse.integrations.limits import REDIS_RETRY_SECONDS
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("integrations.redis")


@dataclass(slots=True)
class RedisStore:
    """One client per process."""

    client: Redis
    clock: Clock
    _retry_at: float = 0.0

    async def load(self, names: Sequence[str]) -> Sequence[bytes | None]:
        if not self._is_open():
            try:
                return cast("list[bytes | None]", await self.client.mget(names))
            except (RedisError, OSError) as error:
                self._open(error)
        return [None] * len(names)

    async def store(self, values: Mapping[str, tuple[bytes, float]]) -> None:
        if self._is_open():
            return
        batch = self.client.pipeline(transaction=False)
        for name, (value, seconds) in values.items():
            _ = batch.set(name, value, px=max(1, int(seconds * 1000)))
        try:
            await batch.execute()
        except (RedisError, OSError) as error:
            self._open(error)

    async def ping(self) -> bool:
        """Check that Redis answers."""
        try:
            return bool(await self.client.ping())
        except (RedisError, OSError):
            return False

    def _is_open(self) -> bool:
        return self.clock.monotonic() < self._retry_at

    def _open(self, error: Exception) -> None:
        _LOG.warning("redis.circuit_opened", error=error, seconds=REDIS_RETRY_SECONDS)
        self._retry_at = self.clock.monotonic() + REDIS_RETRY_SECONDS


@asynccontextmanager
async def redis_store(
    url: str, clock: Clock, *, timeout_seconds: float
) -> AsyncIterator[RedisStore]:
    """A store that connects at its first call; each call takes `timeout_seconds` at most.

    Raises `InvalidInput` for a URL that cannot be parsed.
    """
    try:
        client: Redis = Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        raise InvalidInput(
            "Redis is given as redis://host:6379/0, rediss://… for TLS, or unix:///path.",
            field="redis_url",
        ) from None
    try:
        yield RedisStore(client, clock)
    finally:
        await client.aclose()
