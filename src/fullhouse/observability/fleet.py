"""The machines that serve from this database, by the rows of memory that each process writes.

A process that cannot reach the database cannot ask what others can. But while all that serve are on
its machine, what is away for it is away for all of them.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fullhouse.kernel.clock import Clock
from fullhouse.observability.gauges import MINUTE, GaugeName, gauge_values
from fullhouse.storage.database import Database

_SEEN: Final = timedelta(minutes=5)


@dataclass(slots=True)
class Fleet:
    """`read` it while the database answers; what was read last is kept."""

    database: Database
    clock: Clock
    machines: frozenset[str] = frozenset()
    """Those whose web processes were seen in the last minutes; empty before the first minute."""
    _read_at: float = float("-inf")

    @property
    def is_one_machine(self) -> bool:
        return len(self.machines) == 1

    async def read(self) -> None:
        """Read the rows, once a minute."""
        monotonic, now = self.clock.monotonic(), self.clock.now()
        if monotonic - self._read_at < MINUTE:
            return
        async with self.database.unrestricted.session() as session:
            seen = await gauge_values(
                session,
                GaugeName.MEMORY_OF_PROCESS,
                since=now - _SEEN,
                until=now,
                period_seconds=MINUTE,
            )
        self._read_at = monotonic
        web = [one.subject for one in seen if one.subject.startswith("web ")]
        self.machines = frozenset(subject.rpartition(" on ")[2] for subject in web)
