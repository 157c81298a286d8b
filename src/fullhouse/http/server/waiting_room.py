"""Places in line: under overload, who was refused first is admitted first.

A refusal sets a cookie with the time of the first one, signed, so that nobody can make an older
one. Nothing is stored, and every process of the installation reads it. A place can be shared: it
admits before newcomers, never past a bound.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fullhouse.http.response import Cookie
from fullhouse.http.server.limits import PLACE_SECONDS_FULL, PLACE_SECONDS_MAX
from fullhouse.kernel.clock import Clock

PLACE_COOKIE: Final = "waiting_since"
_NAME: Final = f"{PLACE_COOKIE}=".encode()
_DIGITS_MAX: Final = 12


@dataclass(slots=True)
class WaitingRoom:
    """Issues places in line and reads them; `secret` is the installation's own."""

    secret: bytes
    clock: Clock
    exempt: tuple[str, ...] = ()
    """What paths begin with that need no place: programs, and files of pages that were admitted."""
    is_public_by_https: bool = False
    """Whether browsers come by https; a refusal does not look at the headers of proxies."""

    def is_for(self, path: str) -> bool:
        return not path.startswith(self.exempt)

    def waited_seconds(self, headers: Mapping[bytes, bytes]) -> float | None:
        """How long the client has waited; None without a valid place."""
        _, found, rest = headers.get(b"cookie", b"").partition(_NAME)
        if not found:
            return None
        since, _, signature = rest.partition(b";")[0].strip().partition(b".")
        if not (since.isdigit() and len(since) <= _DIGITS_MAX):
            return None
        if not hmac.compare_digest(signature, self._signature(since)):
            return None
        waited = self.clock.now().timestamp() - int(since)
        return max(waited, 0.0) if waited < PLACE_SECONDS_MAX else None

    def priority(self, headers: Mapping[bytes, bytes]) -> float:
        """From 0 for a newcomer to 1 for a client that has waited `PLACE_SECONDS_FULL`."""
        return min((self.waited_seconds(headers) or 0.0) / PLACE_SECONDS_FULL, 1.0)

    def new_place(self) -> Cookie:
        """The place of a client that comes now."""
        since = str(int(self.clock.now().timestamp()))
        value = f"{since}.{self._signature(since.encode()).decode()}"
        return Cookie(
            name=PLACE_COOKIE,
            value=value,
            secure=self.is_public_by_https,
            max_age=PLACE_SECONDS_MAX,
        )

    def _signature(self, since: bytes) -> bytes:
        mac = hashlib.blake2b(since, key=self.secret, person=b"waiting_room", digest_size=16)
        return mac.hexdigest().encode()
