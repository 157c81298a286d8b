"""Being told to stop: once is a request, twice is an order."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, TypeVar

T = TypeVar("T")

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
ECHO_SECONDS: Final = 1.0
"""A terminal and the parent may both pass on the one Ctrl-C: that is no second wish."""


class StoppedWhileStarting(Exception):
    """We were told to stop before we served anybody; there is nothing to drain."""


class EndedBySignal(Exception):
    """Told to end before it was done, a command has left, and taken away what it had set up."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"ended by {number.name}")
        self.number = number


async def unless_ended(work: Coroutine[object, object, T]) -> T:
    """Do this unless told to end: then it is cancelled, and `EndedBySignal` raised after it.

    What is cancelled takes away what it has set up. Told again later, it is cancelled in that too.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    told: list[tuple[signal.Signals, float]] = []

    def tell(number: signal.Signals) -> None:
        echo = bool(told) and loop.time() - told[-1][1] < ECHO_SECONDS
        told.append((number, loop.time()))
        if not echo:
            task.cancel()

    with hearing(tell):
        try:
            return await work
        except asyncio.CancelledError:
            if not told:
                raise
            raise EndedBySignal(told[0][0]) from None


@contextmanager
def hearing(tell: Callable[[signal.Signals], None]) -> Iterator[None]:
    """Call this in the event loop for each signal while the block lasts, instead of who was before.

    A SIGHUP that is ignored stays ignored: `nohup` has seen to that. Signals are the main thread's:
    a command that runs in another one hears none.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def hear(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tell, signal.Signals(number))

    # Not by the loop's own handlers: those cannot be given back to who had them before
    before = {
        number: signal.signal(number, hear)
        for number in SIGNALS
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


class Stop:
    """What SIGTERM, SIGINT and SIGHUP have asked for so far."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.hurried = asyncio.Event()
        self._starting: asyncio.Task[object] | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear the signals while the block lasts."""
        with hearing(lambda _number: self.tell()):
            yield

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
