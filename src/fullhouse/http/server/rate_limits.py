"""Rate limits: a token bucket per client, in memory, for reads and for writes.

Buckets are per process, so that no request waits for another system: with several web processes a
client may make as many times more requests. The bursts are wide enough for a school class behind
one address.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from fullhouse.http.headers import bearer_token
from fullhouse.http.request import Request
from fullhouse.http.response import Header
from fullhouse.http.same_origin import SAFE_METHODS
from fullhouse.http.server.limits import RATE_CLIENTS_MAX
from fullhouse.kernel.clock import Clock
from fullhouse.resilience.bounded import BoundedDict


class RateLimitState(msgspec.Struct, frozen=True):
    """The bucket of a client after a request. Refused when `wait_seconds` is above zero."""

    burst: int
    remaining: int
    full_in_seconds: int
    wait_seconds: int

    @property
    def headers(self) -> tuple[Header, ...]:
        return (
            (b"ratelimit-limit", b"%d" % self.burst),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.full_in_seconds),
        )


@dataclass(slots=True)
class TokenBucketLimiter:
    """At most `burst` tokens per client, refilled at `per_second`; a request takes one or more."""

    clock: Clock
    burst: int
    per_second: float
    clients_max: int = RATE_CLIENTS_MAX
    _levels: BoundedDict[str | bytes, tuple[float, float]] = field(init=False)

    def __post_init__(self) -> None:
        self._levels = BoundedDict(self.clients_max)

    def take(self, client: str | bytes) -> RateLimitState:
        """Take one token if there is one; a refused request costs none."""
        now = self.clock.monotonic()
        level = self._level(client, now)
        wait = 0 if level >= 1 else math.ceil((1 - level) / self.per_second)
        if not wait:
            level -= 1
        self._levels[client] = (level, now)
        # So the client seen longest ago is dropped: its bucket is the likeliest to be full again
        self._levels.move_to_end(client)
        refill = math.ceil((self.burst - level) / self.per_second)
        return RateLimitState(self.burst, max(0, int(level)), refill, wait)

    def charge(self, client: str | bytes, tokens: int) -> None:
        """Take tokens for work that is done, also those that are not there yet, up to a burst."""
        now = self.clock.monotonic()
        self._levels[client] = (max(self._level(client, now) - tokens, -float(self.burst)), now)

    def _level(self, client: str | bytes, now: float) -> float:
        level, since = self._levels.get(client) or (float(self.burst), now)
        return min(float(self.burst), level + (now - since) * self.per_second)


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limiters of reads and writes. A key that was accepted lately has its own bucket."""

    reads: TokenBucketLimiter
    writes: TokenBucketLimiter
    bucket_of_key: Callable[[str], bytes | None]
    """The bucket of an API key by its secret; None for one that was not accepted lately."""

    def take(self, request: Request) -> RateLimitState:
        """Take a token for the key of the request, else for the address of its client."""
        return self._limiter(request).take(self._client(request))

    def charge(self, request: Request) -> None:
        """Take the tokens that a request turned out to cost beyond the first."""
        self._limiter(request).charge(self._client(request), request.tokens - 1)

    def _limiter(self, request: Request) -> TokenBucketLimiter:
        return self.reads if request.method in SAFE_METHODS else self.writes

    def _client(self, request: Request) -> str | bytes:
        authorization = request.header(b"authorization")
        if authorization is not None and (secret := bearer_token(authorization)):
            return self.bucket_of_key(secret) or request.client_address
        return request.client_address
