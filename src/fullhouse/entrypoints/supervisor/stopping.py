"""Being told to stop: once is a request, twice is an order."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StoppedWhileStarting(Exception):
    """We were told to stop before we served anybody; there is nothing to drain."""


class Stop:
    """What SIGTERM and SIGINT have asked for so far."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.hurried = asyncio.Event()
        self._starting: asyncio.Task[object] | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear the signals while the block lasts."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.tell)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def tell(self) -> None:
        """Ask to stop; asked again, hurry."""
        if self.asked.is_set():
            self.hurried.set()
        self.asked.set()
        if self._starting is not None:
            self._starting.cancel()

    async def while_starting(self, work: Coroutine[object, object, T]) -> T:
        """Do this unless told to stop: then it is cancelled and `StoppedWhileStarting` raised."""
        task = asyncio.ensure_future(work)
        if self.asked.is_set():
            task.cancel()
        self._starting = task
        try:
            return await task
        except asyncio.CancelledError:
            if not self.asked.is_set():
                raise
            raise StoppedWhileStarting from None
        finally:
            self._starting = None
