"""A bounded map for look-ups on the path of every request, as fast as a dictionary."""

from collections import OrderedDict
from typing import TypeVar

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
