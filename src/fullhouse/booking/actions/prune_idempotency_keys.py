"""Prune idempotency keys: delete those whose request cannot rightly be repeated any more."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from fullhouse.booking.limits import KEYS_KEPT_DAYS, KEYS_LOOKED_AT_MAX
from fullhouse.kernel.clock import Clock
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class _Page:
    """The last key of a page, and how many keys of the page were deleted."""

    created_at: datetime
    org_id: UUID
    key: UUID
    pruned: int


_FIRST_PAGE: Final = _Page(datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0), UUID(int=0), 0)


@dataclass(frozen=True, slots=True)
class PruneIdempotencyKeys:
    """Deletes keys of 30 days whose booking or waiting-list entry has ended or is over.

    An older key stays until then: the same request again is the same booking.
    """

    database: Database
    clock: Clock

    async def __call__(self) -> int:
        """Return the number of keys deleted; one short transaction for each thousand read."""
        now = self.clock.now()
        pruned = 0
        page: _Page | None = _FIRST_PAGE
        while page is not None:
            pruned += page.pruned
            async with self.database.unrestricted.transaction() as session:
                page = await session.fetch_one(
                    "booking.prune_idempotency_keys",
                    _Page,
                    created_before=now - timedelta(days=KEYS_KEPT_DAYS),
                    after_created_at=page.created_at,
                    after_org_id=page.org_id,
                    after_key=page.key,
                    rows_max=KEYS_LOOKED_AT_MAX,
                    now=now,
                )
        return pruned
