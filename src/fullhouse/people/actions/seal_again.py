"""Seal everything that is encrypted by the first key, so that older keys can be taken out."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.people.limits import ROWS_PRUNED_AT_ONCE_MAX
from fullhouse.storage.database import Database
from fullhouse.storage.sealing import Sealer

_PAGES: Final = (
    ("people.sealed_secrets", "people.reseal_secret"),
    ("people.sealed_national_ids", "people.reseal_national_id"),
)
"""The query of a page of sealed values, and that which replaces one."""


class SealedRow(Struct, frozen=True):
    """A sealed value of an account."""

    account_id: UUID
    sealed: bytes


@dataclass(frozen=True, slots=True)
class SealAgain:
    """Goes through all sealed values, some at a time; safe to run again."""

    database: Database
    sealer: Sealer

    async def __call__(self) -> int:
        """The number of values sealed again. Raises `EncryptionKeyWrong` for one of a lost key."""
        return sum([await self._all(page, update) for page, update in _PAGES])

    async def _all(self, page: str, update: str) -> int:
        done, after = 0, UUID(int=0)
        while True:
            async with self.database.session() as session:
                rows = await session.fetch(
                    page, SealedRow, after_account_id=after, rows_max=ROWS_PRUNED_AT_ONCE_MAX
                )
                for row in rows:
                    done += await session.execute(
                        update,
                        account_id=row.account_id,
                        before=row.sealed,
                        sealed=self.sealer.seal_again(row.sealed),
                    )
            if not rows:
                return done
            after = rows[-1].account_id
