"""Limits of the building blocks for asyncio."""

from typing import Final

ITEMS_PER_TURN_MAX: Final = 500
"""A few milliseconds of work, after which the event loop serves others."""
