"""The client that a request comes from, when proxies stand between."""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from fullhouse.telemetry.log import get_logger

_log: Final = get_logger(__name__)
UNKNOWN_CLIENT: Final = "unknown"
_WITH_PORT: Final = re.compile(r"\[([0-9A-Fa-f:.%]+)\](?::\d+)?|([\d.]+):\d+", re.ASCII)
_SITE_PREFIX_BITS: Final = 64
_ADDRESS_CHARACTERS_MAX: Final = 64
"""Longer text is no address; it would fill the memos below."""


class TrustedProxies:
    """Accepts `X-Forwarded-For` and `-Proto` from the given addresses and networks alone."""

    def __init__(self, trusted: tuple[str, ...]) -> None:
        self._networks = tuple(ip_network(one, strict=False) for one in trusted)
        self._has_warned = False
        self.is_trusted = lru_cache(maxsize=1024)(self._look_up)

    def client_address(self, peer: str, headers: Mapping[bytes, bytes]) -> str:
        """The nearest address that is no trusted proxy; of an IPv6 address its /64 network.

        A provider gives each customer a /64 network at least, so an address alone limits nobody;
        nor would it with its port, which some proxies write behind it.
        """
        address = peer
        forwarded = headers.get(b"x-forwarded-for")
        if forwarded is not None and not self.is_trusted(address):
            self._warn_of(peer)
        elif forwarded is not None:
            for hop in reversed(forwarded.decode("latin-1").split(",")):
                if len(hop) > _ADDRESS_CHARACTERS_MAX:
                    break
                address = _without_port(hop.strip())
                if not self.is_trusted(address):
                    break
        return ipv6_network_of(address) if ":" in address else address

    def _warn_of(self, peer: str) -> None:
        """Say once that a proxy of ours is not named: all its clients share the limits of one.

        What comes from the internet with such a header is no proxy of ours.
        """
        if not self._has_warned and _is_private(peer):
            self._has_warned = True
            _log.warning("http.proxy_not_named", address=peer)

    def is_https(self, peer: str, scheme: str, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the client itself connected by https."""
        if self._networks and self.is_trusted(peer):
            forwarded = headers.get(b"x-forwarded-proto")
            if forwarded is not None:
                return forwarded.strip().lower() == b"https"
        return scheme == "https"

    def _look_up(self, address: str) -> bool:
        try:
            given = ip_address(address)
        except ValueError:
            return False
        return any(given in network for network in self._networks)


@lru_cache(maxsize=1024)
def _is_private(peer: str) -> bool:
    try:
        return ip_address(peer).is_private
    except ValueError:
        return False


def _without_port(hop: str) -> str:
    found = _WITH_PORT.fullmatch(hop)
    return hop if found is None else found[1] or found[2]


@lru_cache(maxsize=4096)
def ipv6_network_of(address: str) -> str:
    """The /64 network of an IPv6 address; any other text as it is."""
    try:
        given = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if given.ipv4_mapped is not None:
        return str(given.ipv4_mapped)
    return str(IPv6Network((given, _SITE_PREFIX_BITS), strict=False))
