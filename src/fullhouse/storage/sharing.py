"""One statement for all who ask at once: what comes while one is under way shares the next.

The ledger's way with commits, for small reads and writes that repeat: no timer, no added wait, and
a round trip and a flush for many instead of one each.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import asyncpg

A = TypeVar("A")
B = TypeVar("B")


@dataclass(slots=True)
class Shared(Generic[A, B]):
    """Asks `answer_all` with at most `asks_max` at once; it answers in the order of the asks.

    It is asked again when one of many breaks a rule of the database, so it must be idempotent.
    """

    answer_all: Callable[[Sequence[A]], Awaitable[Sequence[B]]]
    asks_max: int
    _waiting: deque[tuple[A, asyncio.Future[B]]] = field(default_factory=deque)
    _asking: asyncio.Task[None] | None = None

    async def __call__(self, ask: A) -> B:
        """The answer to one ask; raises what `answer_all` raises.

        Who is cancelled while waiting is forgotten; the statement goes on for the others.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[B] = loop.create_future()
        self._waiting.append((ask, answer))
        if self._asking is None or self._asking.done():
            # It speaks for many, so in nobody's context
            self._asking = loop.create_task(self._ask(), context=Context())
        return await answer

    async def _ask(self) -> None:
        while self._waiting:
            size = min(len(self._waiting), self.asks_max)
            await self._answer([self._waiting.popleft() for _ in range(size)])

    async def _answer(self, group: Sequence[tuple[A, asyncio.Future[B]]]) -> None:
        """Answer a group; when one of them breaks a rule, each alone: only that one shall fail."""
        try:
            answers = await self.answer_all([ask for ask, _ in group])
        except asyncpg.PostgresError as error:
            if len(group) == 1:
                _refuse(group, error)
                return
            for one in group:
                await self._answer([one])
        except Exception as error:  # noqa: BLE001 - whoever asked hears of it
            _refuse(group, error)
        else:
            _tell(group, answers)


def _tell(group: Sequence[tuple[A, asyncio.Future[B]]], answers: Sequence[B]) -> None:
    for (_, answer), value in zip(group, answers, strict=True):
        if not answer.done():
            answer.set_result(value)


def _refuse(group: Sequence[tuple[A, asyncio.Future[B]]], error: Exception) -> None:
    for _, answer in group:
        if not answer.done():
            answer.set_exception(error)
