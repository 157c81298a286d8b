"""The memory of processes over time, and what was found to grow, as they were kept."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from msgspec import Struct, convert
from msgspec.structs import replace

from fullhouse.observability.gauges import MINUTE, GaugeName, gauge_values
from fullhouse.observability.limits import MEMORY_GROWTHS_SHOWN_MAX
from fullhouse.observability.memory_census import Grown
from fullhouse.storage.database import Session


class ProcessMemory(Struct, frozen=True):
    """The bytes of one process between two times: at first, at last, and at most."""

    process: str
    first_at: datetime
    last_at: datetime
    used_first: int
    used_last: int
    used_most: int


class FoundGrowth(Struct, frozen=True):
    """A process whose memory grew; without `bytes_an_hour` it had more than it may."""

    found_at: datetime
    process: str
    used: int
    bytes_an_hour: float | None
    bytes_a_request: float | None
    grown: Sequence[Grown]
    is_replaced: bool


async def memory_of_processes(
    session: Session, *, since: datetime, until: datetime
) -> Sequence[ProcessMemory]:
    """Of each process that was looked at, the one that was looked at last first."""
    values = await gauge_values(
        session,
        GaugeName.MEMORY_OF_PROCESS,
        since=since,
        until=until,
        period_seconds=MINUTE,
    )
    found = []
    for process, group in groupby(values, key=lambda value: value.subject):
        seen = list(group)
        found.append(
            ProcessMemory(
                process,
                seen[0].starts_at,
                seen[-1].starts_at,
                used_first=round(seen[0].mean),
                used_last=round(seen[-1].mean),
                used_most=round(max(value.most for value in seen)),
            )
        )
    return sorted(found, key=lambda each: each.last_at, reverse=True)


async def memory_growths(session: Session, *, since: datetime) -> Sequence[FoundGrowth]:
    """The latest first."""
    rows = await session.fetch(
        "observability.memory_growths",
        FoundGrowth,
        since=since,
        rows_max=MEMORY_GROWTHS_SHOWN_MAX,
    )
    return [replace(row, grown=convert(row.grown, tuple[Grown, ...])) for row in rows]
