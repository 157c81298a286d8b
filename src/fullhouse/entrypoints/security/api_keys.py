"""API keys as requests carry them, and those that were accepted lately."""

from dataclasses import dataclass, field

from cachetools import TTLCache

from fullhouse.entrypoints.limits import API_KEY_RECENT_SECONDS
from fullhouse.http.server.limits import RATE_CLIENTS_MAX
from fullhouse.kernel.clock import Clock
from fullhouse.people.model import hash_token


@dataclass(slots=True)
class RecentApiKeys:
    """Hashes of API keys that were accepted within `API_KEY_RECENT_SECONDS`.

    For the rate limit alone, which must tell a real key from a made-up one before any query; access
    itself is decided with every request.
    """

    clock: Clock
    _hashes: TTLCache[bytes, bool] = field(init=False)

    def __post_init__(self) -> None:
        self._hashes = TTLCache(
            RATE_CLIENTS_MAX, API_KEY_RECENT_SECONDS, timer=self.clock.monotonic
        )

    def add(self, secret: str) -> None:
        self._hashes[hash_token(secret)] = True

    def find(self, secret: str) -> bytes | None:
        """The hash that names the bucket of the key; None for a key not accepted recently."""
        hashed = hash_token(secret)
        return hashed if hashed in self._hashes else None
