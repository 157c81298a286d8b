"""Forget old keys: idempotency keys go once nobody can rightly repeat the request any more."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from fullhouse.booking.limits import KEYS_KEPT_DAYS, KEYS_LOOKED_AT_MAX
from fullhouse.kernel.clock import Clock
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class _Page:
    """The last key that was looked at, and how many of those before it were forgotten."""

    created_at: datetime
    org_id: UUID
    key: UUID
    forgotten: int


_BEGINNING: Final = _Page(datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0), UUID(int=0), 0)


@dataclass(frozen=True, slots=True)
class ForgetOldKeys:
    """Forgets keys of 30 days whose booking, or place in a waiting list, has ended or is over.

    A key older than that stays as long as what it made is still to come: the same wish again is
    the same booking until then.
    """

    database: Database
    clock: Clock

    async def __call__(self) -> int:
        """How many were forgotten. A short transaction for each thousand that it looks at."""
        now = self.clock.now()
        forgotten = 0
        page: _Page | None = _BEGINNING
        while page is not None:
            forgotten += page.forgotten
            async with self.database.transaction() as session:
                page = await session.fetch_one(
                    "booking.forget_keys",
                    _Page,
                    created_before=now - timedelta(days=KEYS_KEPT_DAYS),
                    after_created_at=page.created_at,
                    after_org_id=page.org_id,
                    after_key=page.key,
                    rows_max=KEYS_LOOKED_AT_MAX,
                    now=now,
                )
        return forgotten
