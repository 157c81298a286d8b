"""Duration and outcome of each statement, reported to the metrics of the program that runs it."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from fullhouse.kernel.clock import Clock

ObserveQuery = Callable[[str, float, BaseException | None], None]
"""Receives a query's name, its seconds, and the error it raised; see `storage.metrics`."""


def observe_nothing(_query: str, _seconds: float, _error: BaseException | None) -> None:
    """For programs without metrics."""


class Observation:
    """`with Observation(query, clock, observe):` reports one statement when the block ends.

    Translate errors inside the block: the error reported is the one that leaves it.
    """

    __slots__ = ("_began", "_clock", "_observe", "_query")

    def __init__(self, query: str, clock: Clock, observe: ObserveQuery) -> None:
        self._query = query
        self._clock = clock
        self._observe = observe
        self._began = 0.0

    def __enter__(self) -> Self:
        self._began = self._clock.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._observe(self._query, self._clock.monotonic() - self._began, error)
