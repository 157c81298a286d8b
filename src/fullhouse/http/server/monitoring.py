"""Who may read metrics and the details of health: whoever has the token, or is on this machine.

They tell how much is sold, how fast, and what is failing. A proxy on the same machine makes every
client look local. So a request that a proxy has marked, or a browser, is not; and nobody is on an
installation that is known to stand behind a proxy.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from fullhouse.http.errors import MetricsTokenRequired
from fullhouse.http.headers import bearer_token
from fullhouse.http.request import Request

_NOT_LOCAL: Final = frozenset(
    (b"cf-connecting-ip", b"forwarded", b"origin", b"true-client-ip", b"via", b"x-real-ip")
)
_NOT_LOCAL_PREFIX: Final = b"x-forwarded-"
_LOOPBACK_NETWORK: Final = "::/64"
"""What `TrustedProxies` makes of `::1`."""


@dataclass(frozen=True, slots=True)
class MonitoringAccess:
    """Checks requests for metrics and the details of health."""

    token: str | None = None
    is_behind_proxy: bool = False

    def may(self, request: Request) -> bool:
        """Whether the client has the token, or is on this machine."""
        return self._has_token(request) or self._is_local(request)

    def require(self, request: Request) -> None:
        """Raises `MetricsTokenRequired`."""
        if not self.may(request):
            raise MetricsTokenRequired

    def _has_token(self, request: Request) -> bool:
        if self.token is None:
            return False
        given = bearer_token(request.header(b"authorization") or "") or ""
        return hmac.compare_digest(given.encode(), self.token.encode())

    def _is_local(self, request: Request) -> bool:
        address, names = request.client_address, request.headers
        return (
            not self.is_behind_proxy
            and (address.startswith("127.") or address == _LOOPBACK_NETWORK)
            and not _NOT_LOCAL.intersection(names)
            and not any(name.startswith(_NOT_LOCAL_PREFIX) for name in names)
        )
