"""A app on a loop of its own, for tests that are not coroutines: state machines call into it."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from fullhouse.bootstrap.application import Application, open_application
from fullhouse.kernel.clock import Clock
from fullhouse.settings import Settings

T = TypeVar("T")
ANSWER_SECONDS_MAX = 30


@dataclass(frozen=True, slots=True)
class StandingHouse:
    """A app that stays open between calls."""

    app: Application
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run it on the app's loop; what it raises is raised here."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(ANSWER_SECONDS_MAX)


@contextmanager
def a_standing_house(database_url: str, clock: Clock) -> Iterator[StandingHouse]:
    """Opens it in a thread, and closes it when left."""
    opened: Future[StandingHouse] = Future()
    closing = asyncio.Event()

    async def stand() -> None:
        try:
            async with open_application(Settings(), database_url, name="test", clock=clock) as app:
                opened.set_result(StandingHouse(app, asyncio.get_running_loop()))
                await closing.wait()
        except BaseException as error:
            if not opened.done():
                opened.set_exception(error)
            raise

    thread = threading.Thread(target=asyncio.run, args=(stand(),))
    thread.start()
    standing = opened.result(ANSWER_SECONDS_MAX)
    try:
        yield standing
    finally:
        standing.loop.call_soon_threadsafe(closing.set)
        thread.join()
