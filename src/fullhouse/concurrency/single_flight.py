"""Single flight: callers who want the same at the same moment share one call."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(slots=True)
class SingleFlight(Generic[V]):
    """Runs one call per key at a time; its result or error is that of all who wait for it."""

    _calls: dict[Hashable, asyncio.Task[V]] = field(default_factory=dict)

    async def __call__(self, key: Hashable, call: Callable[[], Coroutine[None, None, V]]) -> V:
        """The result of `call`, or of the call under this key that runs already.

        A caller that is cancelled gets no result; the call goes on for the others.
        """
        task = self._calls.get(key)
        if task is None:
            # One call serves many callers, so it inherits the context of none
            task = asyncio.get_running_loop().create_task(call(), context=Context())
            self._calls[key] = task
            task.add_done_callback(partial(self._ended, key))
        return await asyncio.shield(task)

    def _ended(self, key: Hashable, task: asyncio.Task[V]) -> None:
        """Forget the call, and its error also where every caller has left."""
        del self._calls[key]
        if not task.cancelled():
            task.exception()
