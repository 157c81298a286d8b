"""Bounded maps for look-ups on the path of every request, as fast as a dictionary.

A bound on entries holds memory only where all keys and values are of about one size.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from typing_extensions import override

K = TypeVar("K")
V = TypeVar("V")


class BoundedDict(OrderedDict[K, V]):
    """Drops its oldest entry for the entry past `entries_max`; a new value makes no entry younger.

    Reading costs 0.04 µs, where a `cachetools.FIFOCache` costs 0.2 to 0.4: it reads in Python.
    """

    def __init__(self, entries_max: int) -> None:
        super().__init__()
        self.entries_max = entries_max

    @override
    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > self.entries_max:
            self.popitem(last=False)


class ByteBoundedMap(Generic[K, V]):
    """Drops its oldest entries while their sizes, by `size_of`, add up to more than `bytes_max`.

    For values whose size a caller chooses. A new value makes no entry younger; a value above the
    bound by itself is not kept. `on_drop` gets each value that leaves. `get` is the dictionary's
    own.
    """

    def __init__(
        self,
        bytes_max: int,
        size_of: Callable[[V], int],
        *,
        on_drop: Callable[[V], None] = lambda _: None,
    ) -> None:
        self.bytes_max = bytes_max
        self._on_drop = on_drop
        self.bytes_used = 0
        self._size_of = size_of
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._sizes: dict[K, int] = {}
        self.get = self._entries.get

    def __setitem__(self, key: K, value: V) -> None:
        size = self._size_of(value)
        if size > self.bytes_max:
            self.pop(key)
            return
        if (old := self._entries.get(key)) is not None:
            self._on_drop(old)
        self.bytes_used += size - self._sizes.get(key, 0)
        self._entries[key], self._sizes[key] = value, size
        while self.bytes_used > self.bytes_max:
            self.pop(next(iter(self._entries)))

    def pop(self, key: K) -> V | None:
        """Remove an entry; None when there is none."""
        self.bytes_used -= self._sizes.pop(key, 0)
        value = self._entries.pop(key, None)
        if value is not None:
            self._on_drop(value)
        return value

    def clear(self) -> None:
        for key in tuple(self._entries):
            self.pop(key)

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
