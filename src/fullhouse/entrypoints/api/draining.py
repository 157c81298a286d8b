"""Whether this process is going away: streams end by it, and readiness says so."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Draining:
    """Begun once, never taken back; wakes every stream that waits for something else."""

    event: asyncio.Event = field(default_factory=asyncio.Event)
    _sleepers: set[asyncio.Event] = field(default_factory=set)

    @property
    def begun(self) -> bool:
        return self.event.is_set()

    def begin(self) -> None:
        self.event.set()
        for sleeper in self._sleepers:
            sleeper.set()

    @contextmanager
    def waking(self, sleeper: asyncio.Event) -> Iterator[None]:
        """Set `sleeper`, too, when draining begins."""
        self._sleepers.add(sleeper)
        try:
            yield
        finally:
            self._sleepers.discard(sleeper)
