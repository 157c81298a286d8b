"""Set-up calls that are repeated: the client's key is the id of what is made: once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import asyncpg

from fullhouse.booking.errors import IdempotencyKeyReused
from fullhouse.entrypoints.api.callers import Asked
from fullhouse.kernel.ids import Ids, derived_id

T = TypeVar("T")


@dataclass(slots=True)
class FirstId:
    """Ids of which the first is chosen already; implements `kernel.ids.Ids`."""

    first: UUID
    ids: Ids
    _given: bool = False

    def uuid(self) -> UUID:
        if self._given:
            return self.ids.uuid()
        self._given = True
        return self.first

    def reference(self) -> str:
        return self.ids.reference()

    def secret(self) -> str:
        return self.ids.secret()


@dataclass(frozen=True, slots=True)
class Made:
    """Which id a thing gets, and whether a key asked for it."""

    id: UUID
    is_keyed: bool


def id_for(kind: str, asked: Asked, ids: Ids) -> Made:
    """The id that the client's key means, or a new one without a key."""
    key = asked.caller.key
    if key is None:
        return Made(ids.uuid(), is_keyed=False)
    return Made(derived_id(str(asked.org_id), "client", kind, key), is_keyed=True)


async def once(
    made: Made,
    *,
    look: Callable[[], Awaitable[T | None]],
    make: Callable[[], Awaitable[T]],
    is_same: Callable[[T], bool],
) -> tuple[T, bool]:
    """What was made, and whether that was before; raises `IdempotencyKeyReused`.

    Of two that make it at once, one does, and the other finds it made.
    """
    found = await look() if made.is_keyed else None
    if found is None:
        try:
            return await make(), False
        except asyncpg.UniqueViolationError:
            found = await look()
            if found is None:
                raise
    if not is_same(found):
        raise IdempotencyKeyReused
    return found, True
