"""The checks of `fullhouse doctor` whose figures are watched all the time."""

from fullhouse.bootstrap.checks.database import clock_difference
from fullhouse.bootstrap.checks.network import certificate_days
from fullhouse.bootstrap.checks.upkeep import backup_days
from fullhouse.kernel.clock import Clock
from fullhouse.observability.metrics import CheckMetrics
from fullhouse.observability.signals import InstallationChecks
from fullhouse.settings import Settings
from fullhouse.storage.database import Database


async def watched_checks(
    settings: Settings, database: Database, clock: Clock, *, metrics: CheckMetrics
) -> InstallationChecks:
    """Certificate, clock and backups, as they are now, published too."""
    days = await certificate_days(settings, clock)
    async with database.unrestricted.session() as session:
        connection = session.connection
        difference = await clock_difference(connection, clock)
        age = await backup_days(connection, clock)
    metrics.checked(certificate_days=days, clock_seconds=difference, backup_days=age)
    return InstallationChecks(certificate_days=days, clock_seconds=difference, backup_days=age)
