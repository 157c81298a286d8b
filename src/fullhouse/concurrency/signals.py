"""Termination signals in an event loop: handlers for a block, stop requests, cancellation."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final, TypeVar

T = TypeVar("T")

TERMINATION_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
SIGNAL_DEBOUNCE_SECONDS: Final = 1.0
"""A terminal and the parent process may both deliver one Ctrl-C: the second is no new request."""


class CancelledBySignal(Exception):
    """A command was cancelled by a signal, after it had removed everything that it had set up."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"interrupted by {number.name}")
        self.number = number


class StopRequested(Exception):
    """A stop was requested before the start was complete."""


@contextmanager
def signal_handlers(
    on_signal: Callable[[signal.Signals], None],
    *,
    signals: Sequence[signal.Signals] = TERMINATION_SIGNALS,
    call_previous: bool = False,
) -> Iterator[None]:
    """Call `on_signal` in the event loop for each of the signals while the block lasts.

    The previous handlers are restored afterwards; `call_previous` also calls the previous handler
    of each signal. An ignored SIGHUP stays ignored, as `nohup` demands. Only the main thread can
    receive signals: in another thread the block runs without handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    handled = [
        number
        for number in signals
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
    ]
    previous = {number: signal.getsignal(number) for number in handled}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(on_signal, signal.Signals(number))
        former = previous[signal.Signals(number)]
        if call_previous and callable(former):
            former(number, frame)

    # Not loop.add_signal_handler: it cannot restore the previous handler
    for number in handled:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, former in previous.items():
            signal.signal(number, former)


async def cancel_on_signal(work: Coroutine[object, object, T]) -> T:
    """Run `work`; a termination signal cancels it, and `CancelledBySignal` is raised afterwards.

    The cancelled work removes what it has set up. A signal after `SIGNAL_DEBOUNCE_SECONDS` cancels
    the removal as well.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    received: list[tuple[signal.Signals, float]] = []

    def on_signal(number: signal.Signals) -> None:
        repeated = bool(received) and loop.time() - received[-1][1] < SIGNAL_DEBOUNCE_SECONDS
        received.append((number, loop.time()))
        if not repeated:
            task.cancel()

    with signal_handlers(on_signal):
        try:
            return await work
        except asyncio.CancelledError:
            if not received:
                raise
            raise CancelledBySignal(received[0][0]) from None


class StopRequest:
    """The stop requests of a server: the first asks for an orderly stop, the second forces it."""

    def __init__(self) -> None:
        self.requested = asyncio.Event()
        self.forced = asyncio.Event()
        self._starting: asyncio.Task[object] | None = None

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Take termination signals as stop requests while the block lasts."""
        with signal_handlers(lambda _number: self.request_stop()):
            yield

    def request_stop(self) -> None:
        """Request an orderly stop; a repeated request forces it."""
        if self.requested.is_set():
            self.forced.set()
        self.requested.set()
        if self._starting is not None:
            self._starting.cancel()

    async def cancel_on_request(self, work: Coroutine[object, object, T]) -> T:
        """Run one step of the start; a stop request cancels it and raises `StopRequested`."""
        task = asyncio.ensure_future(work)
        if self.requested.is_set():
            task.cancel()
        self._starting = task
        try:
            return await task
        except asyncio.CancelledError:
            if not self.requested.is_set():
                raise
            raise StopRequested from None
        finally:
            self._starting = None
