"""The signal that this process shuts down: streams end by it, and readiness reports it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class ShutdownSignal:
    """Set once, never cleared. Setting it also sets the events of streams that wait."""

    event: asyncio.Event = field(default_factory=asyncio.Event)
    _linked: set[asyncio.Event] = field(default_factory=set)

    @property
    def is_set(self) -> bool:
        return self.event.is_set()

    def set(self) -> None:
        self.event.set()
        for linked in self._linked:
            linked.set()

    @contextmanager
    def linked_to(self, event: asyncio.Event) -> Iterator[None]:
        """Set `event`, too, when the shutdown begins within the block."""
        self._linked.add(event)
        try:
            yield
        finally:
            self._linked.discard(event)
