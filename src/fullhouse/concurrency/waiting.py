"""Waiting with a time-out."""

import asyncio


async def wait_for_event(event: asyncio.Event, *, timeout_seconds: float) -> bool:
    """Wait until `event` is set; True if it was set in time."""
    try:
        async with asyncio.timeout(timeout_seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
