"""Seal everything that is encrypted by the first key, so that older keys can be taken out."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec import Struct

from fullhouse.storage.database import Database
from fullhouse.storage.limits import ROWS_RESEALED_AT_ONCE_MAX
from fullhouse.storage.sealing import Sealer


class SealedColumn(Struct, frozen=True):
    """Where values are sealed: the query of a page of them by `id`, and that which replaces one.

    A page holds all values of its last id. Sealed values differ even where they hold the same, so
    an id and the value before are enough to replace one.
    """

    page: str
    replace: str


class SealedValue(Struct, frozen=True):
    """A sealed value of whatever has this id."""

    id: UUID
    sealed: bytes


@dataclass(frozen=True, slots=True)
class SealAgain:
    """Goes through all sealed values, some at a time; safe to run again."""

    database: Database
    sealer: Sealer
    columns: Sequence[SealedColumn]

    async def __call__(self) -> int:
        """The number of values sealed again. Raises `EncryptionKeyWrong` for one of a lost key."""
        return sum([await self._all(column) for column in self.columns])

    async def _all(self, column: SealedColumn) -> int:
        done, after = 0, UUID(int=0)
        while True:
            async with self.database.session() as session:
                rows = await session.fetch(
                    column.page, SealedValue, after_id=after, rows_max=ROWS_RESEALED_AT_ONCE_MAX
                )
                for row in rows:
                    done += await session.execute(
                        column.replace,
                        id=row.id,
                        before=row.sealed,
                        sealed=self.sealer.seal_again(row.sealed),
                    )
            if not rows:
                return done
            after = rows[-1].id
