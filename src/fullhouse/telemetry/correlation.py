"""The correlation id: one thread through request, event, job and every log line of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from uuid import UUID

correlation_id: Final[ContextVar[UUID | None]] = ContextVar("correlation_id", default=None)


def current() -> UUID | None:
    """The id bound in this task, or `None` outside of any request or job."""
    return correlation_id.get()


@contextmanager
def bind(value: UUID) -> Iterator[None]:
    """Let everything inside, and the tasks it starts, carry `value`."""
    token = correlation_id.set(value)
    try:
        yield
    finally:
        correlation_id.reset(token)
