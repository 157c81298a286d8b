"""What was read last, for the time in which it cannot be read."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from fullhouse.kernel.errors import TransientError
from fullhouse.resilience.bounded import ByteBoundedMap

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LastKnown(Generic[K, V]):
    """Reads through, and falls back on the last value of the key when the database is away.

    It is behind a cache, which it makes no fresher: it answers only where an error would.
    """

    def __init__(self, bytes_max: int, size_of: Callable[[V], int]) -> None:
        self._values: ByteBoundedMap[K, V] = ByteBoundedMap(bytes_max, size_of)

    async def read(self, key: K, read: Callable[[], Awaitable[V]]) -> V:
        """What `read` returns, else the last value; raises as `read` where there is none."""
        try:
            value = await read()
        except TransientError:
            known = self._values.get(key)
            if known is None:
                raise
            return known
        except Exception:
            self._values.pop(key)
            raise
        self._values[key] = value
        return value
