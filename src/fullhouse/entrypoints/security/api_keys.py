"""API keys as requests carry them, and those that were accepted lately."""

from dataclasses import dataclass, field

from fullhouse.entrypoints.limits import API_KEY_RECENT_SECONDS, RATE_CLIENTS_MAX
from fullhouse.kernel.clock import Clock
from fullhouse.people.model import hash_token


def bearer_token(authorization: str) -> str | None:
    """The secret of `Bearer <secret>`, or None for any other scheme."""
    scheme, _, secret = authorization.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.strip() else None


@dataclass(slots=True)
class RecentApiKeys:
    """Hashes of API keys that were accepted within `API_KEY_RECENT_SECONDS`.

    For the rate limit alone, which must tell a real key from a made-up one before any query; access
    itself is decided with every request.
    """

    clock: Clock
    _until: dict[bytes, float] = field(default_factory=dict)

    def add(self, secret: str) -> None:
        if len(self._until) >= RATE_CLIENTS_MAX:
            self._until.pop(next(iter(self._until)))
        self._until[hash_token(secret)] = self.clock.monotonic() + API_KEY_RECENT_SECONDS

    def find(self, secret: str) -> bytes | None:
        """The hash of the key, or None when no such key was accepted lately."""
        hashed = hash_token(secret)
        return hashed if self._until.get(hashed, 0.0) > self.clock.monotonic() else None
