"""How the installation is at one moment, from rows and from what this process has in memory.

It is looked at most while something is broken. So whatever cannot be read now is shown as it was,
with its age, and health, the operating mode and flags need no database.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import INSTALLATION, derived_id
from fullhouse.observability.alert_signals import InstallationTroubles
from fullhouse.observability.alerts import Alert, open_alerts
from fullhouse.observability.capacity_report import CapacityReport, capacity_report
from fullhouse.observability.database_monitor import DatabaseState
from fullhouse.observability.health import Health
from fullhouse.observability.limits import (
    OVERVIEW_CAPACITY_SECONDS,
    OVERVIEW_CHANGES_MAX,
    OVERVIEW_FIGURES_SECONDS,
    OVERVIEW_READ_SECONDS_MAX,
    OVERVIEW_SECONDS,
)
from fullhouse.observability.model import HealthReport
from fullhouse.observability.request_hour import RequestHour, RequestHourReader
from fullhouse.observability.shared_reading import SharedReading
from fullhouse.resilience.circuits import Circuit
from fullhouse.resilience.events import CIRCUITS, FLAGS, OPERATING_MODE
from fullhouse.resilience.flags import Flags, FlagState
from fullhouse.resilience.limits import CIRCUITS_MAX
from fullhouse.resilience.operating_mode import ModeSetting, OperatingModes
from fullhouse.storage.database import Database, Session


class Backups(Struct, frozen=True):
    """What PostgreSQL knows of backups; a dump leaves no trace."""

    is_archiving: bool
    archived_at: datetime | None
    failed_at: datetime | None
    standbys: int

    @property
    def is_failing(self) -> bool:
        """Whether the latest attempt to archive failed."""
        if not self.is_archiving or self.failed_at is None:
            return False
        return self.archived_at is None or self.failed_at > self.archived_at


class RecordedChange(Struct, frozen=True):
    """An event of the installation; `data` by its `kind`, see `resilience.events`."""

    kind: str
    data: Mapping[str, object]
    at: datetime


class StoredState(Struct, frozen=True):
    """What rows say."""

    open_alerts: Sequence[Alert]
    latest_alerts: Sequence[Alert]
    troubles: InstallationTroubles
    circuits: Sequence[Circuit]
    changes: Sequence[RecordedChange]
    backups: Backups


class InstallationOverview(Struct, frozen=True, kw_only=True):
    """All that is known; None for what was never read."""

    is_database_away: bool
    health: Mapping[str, HealthReport]
    mode: ModeSetting
    flags: Sequence[FlagState]
    started_at: datetime
    version: str
    stored: StoredState | None
    stored_at: datetime | None
    is_stored_current: bool
    hour: RequestHour | None
    database: DatabaseState | None = None
    """None also while it cannot be read."""
    capacity: CapacityReport | None = None


@dataclass(slots=True, kw_only=True)
class OverviewReader:
    """Reads the overview; all who look in one process share what it reads."""

    database: Database
    clock: Clock
    health: Health
    modes: OperatingModes
    flags: Flags
    hours: RequestHourReader
    monitor: SharedReading[DatabaseState]
    version: str
    _started_at: datetime = field(init=False)
    _stored_at: datetime | None = None
    _stored: SharedReading[StoredState] = field(init=False)
    _hour: SharedReading[RequestHour] = field(init=False)
    _capacity: SharedReading[CapacityReport] = field(init=False)

    def __post_init__(self) -> None:
        self._started_at = self.clock.now()
        self._stored = SharedReading(
            "state", self._read, self.clock, OVERVIEW_SECONDS, OVERVIEW_READ_SECONDS_MAX
        )
        self._hour = SharedReading(
            "requests",
            self.hours.read,
            self.clock,
            OVERVIEW_FIGURES_SECONDS,
            OVERVIEW_READ_SECONDS_MAX,
        )

        self._capacity = SharedReading(
            "capacity",
            self._read_capacity,
            self.clock,
            OVERVIEW_CAPACITY_SECONDS,
            OVERVIEW_READ_SECONDS_MAX,
        )

    async def get(self) -> InstallationOverview:
        """Raises nothing: what cannot be read is as it was."""
        async with asyncio.TaskGroup() as group:  # a silent server is waited for once
            stored = group.create_task(self._stored.get())
            hour = group.create_task(self._hour.get())
            capacity = group.create_task(self._capacity.get())
            monitored = None
            if not self.modes.is_database_away():
                monitored = group.create_task(self.monitor.get())
        is_away = self.modes.is_database_away()
        database = None if is_away or monitored is None else monitored.result()
        return InstallationOverview(
            is_database_away=is_away,
            health={name: self.health.report(name) for name in self.health.sources},
            mode=self.modes.current,
            flags=[self.flags.state(name) for name in self.flags.definitions],
            started_at=self._started_at,
            version=self.version,
            stored=stored.result(),
            stored_at=self._stored_at,
            is_stored_current=not (is_away or self._stored.is_failing),
            hour=hour.result(),
            capacity=capacity.result(),
            database=None if self.monitor.is_failing else database,
        )

    async def _read_capacity(self) -> CapacityReport:
        async with self.database.unrestricted.session() as session:
            return await capacity_report(session, now=self.clock.now())

    async def _read(self) -> StoredState:
        async with self.database.unrestricted.session() as session:
            troubles = await session.fetch_one(
                "observability.troubles_of_installation", InstallationTroubles
            )
            backups = await session.fetch_one("observability.backups", Backups)
            assert troubles is not None, "the query always returns a row"
            assert backups is not None, "the query always returns a row"
            circuits = await session.fetch(
                "resilience.circuits", Circuit, circuits_max=CIRCUITS_MAX
            )
            found = StoredState(
                open_alerts=[one for one in await open_alerts(session) if not one.resolved_at],
                latest_alerts=await session.fetch(
                    "observability.recent_alerts", Alert, rows_max=OVERVIEW_CHANGES_MAX
                ),
                troubles=troubles,
                circuits=circuits,
                changes=await self._changes(session, circuits),
                backups=backups,
            )
        self._stored_at = self.clock.now()
        return found

    async def _changes(
        self, session: Session, circuits: Sequence[Circuit]
    ) -> Sequence[RecordedChange]:
        subjects: list[UUID] = [
            derived_id(OPERATING_MODE, str(INSTALLATION)),
            *(derived_id(CIRCUITS, one.name) for one in circuits),
            *(derived_id(FLAGS, name) for name in self.flags.definitions),
        ]
        return await session.fetch(
            "observability.installation_changes",
            RecordedChange,
            org_id=INSTALLATION,
            subjects=subjects,
            rows_max=OVERVIEW_CHANGES_MAX,
        )
