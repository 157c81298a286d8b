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
from redis.exceptions import AuthenticationError, RedisError

from fullhouse.integrations.limits import REDIS_DOCTOR_SECONDS_MAX, REDIS_RETRY_SECONDS
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.network_errors import words_of
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

    def _is_open(self) -> bool:
        return self.clock.monotonic() < self._retry_at

    def _open(self, error: Exception) -> None:
        _LOG.warning("redis.circuit_opened", error=error, seconds=REDIS_RETRY_SECONDS)
        self._retry_at = self.clock.monotonic() + REDIS_RETRY_SECONDS


async def redis_problem(url: str) -> str | None:
    """Ask Redis whether it answers; a sentence about what fails. Raises `InvalidInput`."""
    client = _client(url, REDIS_DOCTOR_SECONDS_MAX)
    try:
        await client.ping()
    except AuthenticationError:
        return "Redis refuses the user name or the password."
    except (RedisError, OSError) as error:
        cause = error.__context__ or error
        return f"Redis {words_of(cause)}" if isinstance(cause, OSError) else f"Redis says: {error}."
    finally:
        await client.aclose()
    return None


@asynccontextmanager
async def redis_store(
    url: str, clock: Clock, *, timeout_seconds: float
) -> AsyncIterator[RedisStore]:
    """A store that connects at its first call; each call takes `timeout_seconds` at most.

    Raises `InvalidInput` for a URL that cannot be parsed.
    """
    client = _client(url, timeout_seconds)
    try:
        yield RedisStore(client, clock)
    finally:
        await client.aclose()


def _client(url: str, timeout_seconds: float) -> Redis:
    try:
        return Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        raise InvalidInput(
            "Write it as redis://host:6379/0, rediss://host:6379/0 for TLS, or unix:///path.",
            field="redis_url",
        ) from None
