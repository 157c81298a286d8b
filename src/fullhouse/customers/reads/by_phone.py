"""Customers by telephone number, cached for an hour: a telephone rings before anybody can search.

Any change of a customer with the number makes the cached answer stale, in every process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fullhouse.customers.limits import CUSTOMER_TTL_SECONDS, CUSTOMERS_CACHED_BYTES_MAX
from fullhouse.customers.model import CustomerRecord, phone_key
from fullhouse.customers.reads.customers import customers_by_phone
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.memory import row_bytes
from fullhouse.resilience.cache import Cache, Loaded
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.storage.database import Database

CACHE_NAME: Final = "customers_by_phone"
_PATIENCE_SECONDS: Final = 0.15


def _size_of(customers: Sequence[CustomerRecord]) -> int:
    return 64 + sum(map(row_bytes, customers))


@dataclass(slots=True)
class CustomersByPhone:
    """Keeps the customers of a number for `CUSTOMER_TTL_SECONDS`, also that there are none."""

    database: Database
    clock: Clock
    metrics: CacheMetrics
    _cache: Cache[str, Sequence[CustomerRecord]] = field(init=False)

    def __post_init__(self) -> None:
        self._cache = Cache(
            CACHE_NAME,
            self.clock,
            self.metrics,
            CUSTOMERS_CACHED_BYTES_MAX,
            _size_of,
            _PATIENCE_SECONDS,
        )

    async def __call__(self, org_id: OrgId, phone: str) -> Sequence[CustomerRecord]:
        """The customers with a number in E.164."""

        async def load(keys: Sequence[str]) -> Mapping[str, Loaded[Sequence[CustomerRecord]]]:
            async with self.database.session() as session:
                found = await customers_by_phone(session, org_id, phone)
            return dict.fromkeys(keys, Loaded(found, CUSTOMER_TTL_SECONDS))

        (found,) = (await self._cache.get_many([phone_key(org_id, phone)], load)).values
        return found

    def invalidate(self, key: str) -> None:
        """Look again at the number that a notification named by `phone_key`."""
        self._cache.invalidate([key])

    def invalidate_all(self) -> None:
        self._cache.invalidate_all()
