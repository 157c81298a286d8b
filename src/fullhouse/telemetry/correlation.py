"""The correlation id: the same in a request, its events, its jobs and all their log lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from uuid import UUID

correlation_id: Final[ContextVar[UUID | None]] = ContextVar("correlation_id", default=None)


def current() -> UUID | None:
    """The id bound in this task, or `None` outside any request or job."""
    return correlation_id.get()


@contextmanager
def bind(value: UUID) -> Iterator[None]:
    """Bind `value` in the block, and in the tasks that the block starts."""
    token = correlation_id.set(value)
    try:
        yield
    finally:
        correlation_id.reset(token)
