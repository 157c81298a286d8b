"""What is watched all the time and changes in days: three checks of `fullhouse doctor`, the day."""

from datetime import timedelta

from fullhouse.booking.reads.sales import next_busy_day
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
    """Certificate, clock, backups and the day, as they are now, published too."""
    today = clock.now().date()
    days = await certificate_days(settings, clock)
    async with database.unrestricted.session() as session:
        connection = session.connection
        busy_day = await next_busy_day(session, today=today)
        checks = InstallationChecks(
            certificate_days=days,
            clock_seconds=await clock_difference(connection, clock),
            backup_days=await backup_days(connection, clock),
            is_busy_day=busy_day is not None and busy_day <= today + timedelta(days=1),
        )
    metrics.checked(checks)
    return checks
