"""What the caches of several processes have in common, behind each one's own memory."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class SecondLevel(Protocol):
    """A store that may forget, be slow or be gone: nothing that it does ever raises."""

    async def find(self, names: Sequence[str]) -> Sequence[bytes | None]:
        """Values in the order of their names; None where none can be had soon."""
        ...

    async def keep(self, values: Mapping[str, tuple[bytes, float]]) -> None:
        """Keep each value for so many seconds, if that can be done soon."""
        ...
