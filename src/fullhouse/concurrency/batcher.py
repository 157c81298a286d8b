"""Batching: requests that arrive while a batch is in flight share the next one.

The ledger does the same with commits. For small reads and writes that repeat, one round trip and
one flush serve many callers; there is no timer, so that a lone request waits for nothing.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Request = TypeVar("Request")
Result = TypeVar("Result")


@dataclass(slots=True)
class Batcher(Generic[Request, Result]):
    """Calls `run_batch` with at most `max_batch` requests; the results come in their order.

    When a batch fails with one of the errors in `isolate`, each request is run alone, so that only
    the request at fault fails. `run_batch` must therefore be idempotent.
    """

    run_batch: Callable[[Sequence[Request]], Awaitable[Sequence[Result]]]
    max_batch: int
    isolate: tuple[type[Exception], ...] = ()
    _waiting: deque[tuple[Request, asyncio.Future[Result]]] = field(default_factory=deque)
    _task: asyncio.Task[None] | None = None

    async def __call__(self, request: Request) -> Result:
        """The result of one request; raises what `run_batch` raises.

        A context that is cancelled gets no result; the batch goes on for the others.
        """
        loop = asyncio.get_running_loop()
        result: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((request, result))
        if self._task is None or self._task.done():
            # One task serves many callers, so it inherits the context of none
            self._task = loop.create_task(self._run(), context=Context())
        return await result

    async def _run(self) -> None:
        while self._waiting:
            size = min(len(self._waiting), self.max_batch)
            await self._run_batch([self._waiting.popleft() for _ in range(size)])

    async def _run_batch(self, batch: Sequence[tuple[Request, asyncio.Future[Result]]]) -> None:
        try:
            results = await self.run_batch([request for request, _ in batch])
        except self.isolate as error:
            if len(batch) == 1:
                _fail(batch, error)
                return
            for single in batch:
                await self._run_batch([single])
        except Exception as error:  # noqa: BLE001 - every context gets it
            _fail(batch, error)
        else:
            _resolve(batch, results)


def _resolve(
    batch: Sequence[tuple[Request, asyncio.Future[Result]]], results: Sequence[Result]
) -> None:
    for (_, future), result in zip(batch, results, strict=True):
        if not future.done():
            future.set_result(result)


def _fail(batch: Sequence[tuple[Request, asyncio.Future[Result]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
