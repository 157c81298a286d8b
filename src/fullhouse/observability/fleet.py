"""The machines that serve from this database, by rows that each web process writes.

A process that cannot reach the database cannot ask what others can. But while all that serve are on
its machine, what is away for it is away for all of them; and else it asks some of the others.
"""

import asyncio
import platform
from bisect import bisect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from typing import Final

from fullhouse.kernel.clock import Clock
from fullhouse.observability.gauges import MINUTE, GaugeName, Sighting, gauge_values, observe
from fullhouse.observability.limits import (
    FLEET_SECONDS,
    PEER_SECONDS_MAX,
    PEERS_ASKED_MAX,
    PEERS_NOTICE_SECONDS,
)
from fullhouse.storage.database import Database
from fullhouse.telemetry.log import get_logger

_SEEN: Final = timedelta(minutes=5)
_LOG: Final = get_logger("fleet")
_REACHES: Final[Mapping[int, bool]] = {200: True, 503: False}


async def nobody_answers(_: str) -> int:
    """There is nobody to ask."""
    return 0


@dataclass(slots=True)
class Fleet:
    """`read` it while the database answers, and `ask_peers` while it does not.

    `own_url` gives the address at which others reach this machine, from the one that the database
    sees; None for none. `ask` gives the status of the readiness of the process at such an address
    by its own connection alone, and raises `OSError`: no answer depends on one of somebody else.
    """

    database: Database
    clock: Clock
    own_url: Callable[[str | None], str | None] = lambda _: None
    ask: Callable[[str], Awaitable[int]] = nobody_answers
    machine: str = field(default_factory=platform.node)
    machines: frozenset[str] = frozenset()
    """Those whose web processes were seen in the last minutes; empty before the first look."""
    peers: Sequence[str] = ()
    """The addresses of the others, sorted from the one after this machine's."""
    is_most_without: bool | None = None
    """Whether most of those that answer, this one with them, do not reach the database either;
    None while that is not known."""
    _read_at: float = float("-inf")
    _away_since: float | None = None

    @property
    def is_one_machine(self) -> bool:
        return len(self.machines) == 1

    @property
    def serves_without(self) -> bool:
        """Whether this machine stays in service while the database does not answer it."""
        return self.is_one_machine or (bool(self.peers) and self.is_most_without is not False)

    async def read(self) -> None:
        """Write the row of this machine and read those of all, every few seconds."""
        self._away_since = self.is_most_without = None
        if self.clock.monotonic() - self._read_at < FLEET_SECONDS:
            return
        now = self.clock.now()
        async with self.database.unrestricted.session() as session:
            seen_at = await session.fetch_value("observability.own_network_address", str)
            own = self.own_url(seen_at) or ""
            sighting = Sighting(GaugeName.WEB_MACHINE, 1, f"{self.machine} {own}")
            await observe(session, [sighting], at=now)
            rows = await gauge_values(
                session,
                GaugeName.WEB_MACHINE,
                since=now - _SEEN,
                until=now + _SEEN,
                period_seconds=MINUTE,
            )
        self._read_at = self.clock.monotonic()
        found = [row.subject.rpartition(" ") for row in rows]
        self.machines = frozenset(machine for machine, _, _ in found)
        others = sorted({url for _, _, url in found} - {own, ""})
        start = bisect(others, own)
        self.peers = others[start:] + others[:start]

    async def ask_peers(self) -> None:
        """Ask a few of the others whether they reach the database.

        At first they may not have noticed. Who gets no answer at all is cut off from them as well.
        """
        now = self.clock.monotonic()
        if self._away_since is None:
            self._away_since = now
        async with asyncio.TaskGroup() as group:
            asked = [
                group.create_task(self._reaches(peer)) for peer in self.peers[:PEERS_ASKED_MAX]
            ]
        answers = [one.result() for one in asked]
        without, reaching = answers.count(False), answers.count(True)
        if now - self._away_since < PEERS_NOTICE_SECONDS:
            return
        is_most = without > 0 and 1 + without > reaching
        if is_most != self.is_most_without:
            _LOG.warning("fleet.asked", without=1 + without, reaching=reaching, stays=is_most)
        self.is_most_without = is_most

    async def _reaches(self, url: str) -> bool | None:
        """None when nobody says."""
        try:
            async with asyncio.timeout(PEER_SECONDS_MAX):
                status = await self.ask(url)
        except (OSError, ValueError):
            return None
        return _REACHES.get(status)


def url_for_peers(
    given: str | None, listens_at: tuple[str, int], seen_address: str | None
) -> str | None:
    """Where other machines reach the web processes of this one, as far as it is known.

    `given` is what the operator says; `listens_at` is host and port; the database sees the machine
    at `seen_address`. None while only this machine can.
    """
    host, port = listens_at
    if given is not None:
        return given.rstrip("/")
    try:
        address = ip_address(host)
        if address.is_unspecified:
            address = ip_address(seen_address or "127.0.0.1")
    except ValueError:
        return None if host == "localhost" or port == 0 else f"http://{host}:{port}"
    if address.is_loopback or port == 0:
        return None
    return f"http://[{address}]:{port}" if address.version == 6 else f"http://{address}:{port}"  # noqa: PLR2004
