"""What is left: the memory of each process in the last hour, and what will run out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from fullhouse.observability.memory_report import ProcessMemory, memory_of_processes
from fullhouse.observability.trends import Trend, read_trends
from fullhouse.storage.database import Session


class CapacityReport(Struct, frozen=True):
    """As it was a minute ago at the most."""

    processes: Sequence[ProcessMemory]
    trends: Sequence[Trend]


async def capacity_report(session: Session, *, now: datetime) -> CapacityReport:
    """Of the processes of the last hour those that were looked at last come first."""
    return CapacityReport(
        await memory_of_processes(session, since=now - timedelta(hours=1), until=now),
        await read_trends(session, now),
    )
