"""Which client a request comes from, when proxies stand between."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from litestar.types import HTTPScope

NOBODY: Final = "local"
_HOME_NETWORK_BITS: Final = 64


class Proxies:
    """Believes `X-Forwarded-For` and `-Proto` from the addresses or networks it was given."""

    def __init__(self, trusted: tuple[str, ...]) -> None:
        self._networks = tuple(ip_network(one, strict=False) for one in trusted)
        self._is_trusted = lru_cache(maxsize=1024)(self._look_up)

    def client(self, scope: HTTPScope, headers: Mapping[bytes, bytes]) -> str:
        """The nearest address that is no trusted proxy; of IPv6, the network of its home.

        Whoever has one IPv6 address has 2⁶⁴ of them.
        """
        peer = scope["client"]
        address = peer[0] if peer else NOBODY
        forwarded = headers.get(b"x-forwarded-for") if self._networks else None
        if forwarded is not None and self._is_trusted(address):
            for hop in reversed(forwarded.decode("latin-1").split(",")):
                address = hop.strip()
                if not self._is_trusted(address):
                    break
        return home_of(address) if ":" in address else address

    def is_https(self, scope: HTTPScope, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the client itself came by https."""
        peer = scope["client"]
        if self._networks and peer and self._is_trusted(peer[0]):
            said = headers.get(b"x-forwarded-proto")
            if said is not None:
                return said.strip().lower() == b"https"
        return scope["scheme"] == "https"

    def _look_up(self, address: str) -> bool:
        try:
            given = ip_address(address)
        except ValueError:
            return False
        return any(given in network for network in self._networks)


@lru_cache(maxsize=4096)
def home_of(address: str) -> str:
    """The /64 network of an IPv6 address; any other text as it is."""
    try:
        given = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if given.ipv4_mapped is not None:
        return str(given.ipv4_mapped)
    return str(IPv6Network((given, _HOME_NETWORK_BITS), strict=False))
