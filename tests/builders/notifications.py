"""The notifications that a process receives, waited for."""

import asyncio

import msgspec

from fullhouse.booking.model.offering import OfferingId
from fullhouse.bootstrap.application import Application
from fullhouse.jobs.notifications import EVENTS
from fullhouse.kernel.ids import OrgId


async def handle_notifications(app: Application) -> None:
    """Wait until the caches know of everything committed before: what is read then stays cached."""
    org, offering = app.ids.uuid(), app.ids.uuid()
    payload = msgspec.json.encode([f"{org}/{offering}/*"]).decode()
    with app.changes.subscribe(OrgId(org), OfferingId(offering)) as woken:
        # The first may be woken by the start of listening, which has the caches read all anew.
        for _ in range(2):
            woken.clear()
            while not woken.is_set():
                async with app.database.session() as session:
                    await session.connection.execute("SELECT pg_notify($1, $2)", EVENTS, payload)
                await _wait_briefly(woken)


async def _wait_briefly(woken: asyncio.Event) -> None:
    """Not for ever: nothing is received before the process listens."""
    try:
        async with asyncio.timeout(0.2):
            await woken.wait()
    except TimeoutError:
        pass
