"""When a request of a test waits for another, whose transaction is still open."""

import asyncio
from typing import Final

from fullhouse.bootstrap.application import Application

_SOMEBODY_WAITS: Final = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database())"
)


async def waits_or_ends(app: Application, other: asyncio.Task[str]) -> None:
    """Return once `other` waits for a lock, or is done without having waited for any."""
    async with app.database.unrestricted.session() as session:
        while not (  # noqa: ASYNC110 - PostgreSQL tells nobody
            other.done() or await session.connection.fetchval(_SOMEBODY_WAITS)
        ):
            await asyncio.sleep(0.01)
