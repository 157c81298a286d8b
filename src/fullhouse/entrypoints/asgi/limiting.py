"""How much one client may ask: a token bucket each, in memory, for reads and for writes.

Per process, so that no request waits for anybody: with several workers a client may get as many
times as much. The bursts are wide enough for a school class behind one address.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.limits import RATE_CLIENTS_MAX


class Share(NamedTuple):
    """What a client has left. `wait_seconds` above zero: it has nothing, and is refused."""

    burst: int
    remaining: int
    full_in_seconds: int
    wait_seconds: int


@dataclass(slots=True)
class Buckets:
    """`burst` tokens a client at most, `per_second` of them coming back; one is taken a request."""

    clock: Clock
    burst: int
    per_second: float
    clients_max: int = RATE_CLIENTS_MAX
    _levels: dict[str | bytes, tuple[float, float]] = field(default_factory=dict)

    def take(self, client: str | bytes) -> Share:
        """Take one token if there is one; who is refused loses nothing by asking."""
        now = self.clock.monotonic()
        level, since = self._levels.pop(client, (float(self.burst), now))
        level = min(float(self.burst), level + (now - since) * self.per_second)
        wait = 0 if level >= 1 else math.ceil((1 - level) / self.per_second)
        if not wait:
            level -= 1
        self._remember(client, level, now)
        refill = math.ceil((self.burst - level) / self.per_second)
        return Share(self.burst, int(level), refill, wait)

    def _remember(self, client: str | bytes, level: float, now: float) -> None:
        """The longest silent makes room: of all, its bucket is likeliest to be full again."""
        if len(self._levels) >= self.clients_max:
            self._levels.pop(next(iter(self._levels)))
        self._levels[client] = (level, now)
