"""HTTP calls to addresses that users name: never into the networks of this installation.

An address is checked where a connection is made, after its name was resolved. So no name, redirect
or spelling of a number leads to an address that was not checked.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from fullhouse.concurrency.deadline import time_limit
from fullhouse.integrations.limits import (
    HTTP_ANSWER_BYTES_MAX,
    HTTP_CONNECTIONS_MAX,
    HTTP_UNREAD_BYTES_MAX,
)
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.network_errors import words_of
from fullhouse.messages.limits import RETRY_AFTER_SECONDS_MAX, WEBHOOK_ANSWER_CHARACTERS_MAX
from fullhouse.messages.model.webhooks import Network, SignedRequest, WebhookAnswer
from fullhouse.telemetry import tracing

if TYPE_CHECKING:
    # Loaded at the first call: it took an eighth of every start, and few processes call somebody
    import aiohttp

_NAT64: Final = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All that is given out of IPv6 so far (RFC 4291, IANA)."""
_USER_AGENT: Final = "Fullhouse (webhooks)"


class ForbiddenAddress(OSError):
    """The address is of this machine or of a private network."""


@dataclass(slots=True)
class HttpClient:
    """Posts on one session. `networks` are private ones that may be called all the same."""

    clock: Clock
    networks: Sequence[Network] = ()
    _session: "aiohttp.ClientSession | None" = field(default=None, init=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, request: SignedRequest, *, seconds_max: float) -> WebhookAnswer:
        """See the port."""
        import aiohttp  # noqa: PLC0415 - see above

        try:
            async with (
                time_limit(seconds_max),
                self._open_session().post(
                    request.url,
                    data=request.body,
                    headers={
                        "User-Agent": _USER_AGENT,
                        **tracing.outgoing_headers(),
                        **request.headers,
                    },
                    allow_redirects=False,
                ) as response,
            ):
                content = await response.content.read(HTTP_ANSWER_BYTES_MAX)
                return WebhookAnswer(
                    response.status,
                    _one_line(content),
                    self._retry_after(response.headers.get("Retry-After", "")),
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return WebhookAnswer(None, _why(error), was_sent=not _is_before_sending(error))

    def _open_session(self) -> "aiohttp.ClientSession":
        """Made at the first call, which has a loop; cookies of one endpoint are not for another."""
        import aiohttp  # noqa: PLC0415 - see above

        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=HTTP_CONNECTIONS_MAX, socket_factory=self._socket, use_dns_cache=False
            )
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        return self._session

    def _socket(self, address: "aiohttp.AddrInfoType") -> socket.socket:
        family, kind, protocol, _, target = address
        if not is_public(ip_address(target[0]), self.networks):
            raise ForbiddenAddress("This is an address of a private network, which is not called.")
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HTTP_UNREAD_BYTES_MAX)
        made.setblocking(False)  # noqa: FBT003 - the name of socket's own
        return made

    def _retry_after(self, text: str) -> int:
        """Seconds or a date (RFC 9110 §10.2.3); 0 for anything else."""
        if text.isascii() and text.isdigit():
            return min(int(text[:9]), RETRY_AFTER_SECONDS_MAX)
        try:
            seconds = (parsedate_to_datetime(text) - self.clock.now()).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return 0
        return min(max(0, int(seconds)), RETRY_AFTER_SECONDS_MAX)


def is_public(address: IPv4Address | IPv6Address, networks: Sequence[Network] = ()) -> bool:
    """Whether the address is of the public internet, or of one of `networks`.

    An IPv6 address that stands for one of IPv4 is judged by that (RFC 4291, 3056, 4380, 6052).
    """
    if any(address in network for network in networks if network.version == address.version):
        return True
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo is not None:
            inner = address.teredo[1]
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner, networks)
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast


def _one_line(content: bytes) -> str:
    text = " ".join(content.decode(errors="replace").split())
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable[:WEBHOOK_ANSWER_CHARACTERS_MAX]


def _is_before_sending(error: Exception) -> bool:
    """Whether there was no connection on which anything could have been sent."""
    import aiohttp  # noqa: PLC0415 - see above

    return isinstance(error, aiohttp.ClientConnectorError | aiohttp.InvalidURL | ForbiddenAddress)


def _why(error: Exception) -> str:
    """In words, without the address that the owner knows."""
    import aiohttp  # noqa: PLC0415 - see above

    cause = error.__cause__ or error
    found = cause if isinstance(cause, OSError) else error
    if isinstance(error, aiohttp.ClientConnectorError):
        found = error.os_error
    if isinstance(found, ForbiddenAddress):
        return str(found)
    if isinstance(found, OSError):
        return words_of(found)
    if isinstance(found, aiohttp.ServerDisconnectedError):
        return "hangs up."
    return "is no address that can be called, or does not answer as a web server does."
