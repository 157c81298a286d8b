"""A person's own account with the businesses that she works for, cached for all who ask often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.memory import row_bytes
from fullhouse.people.errors import NotSignedIn
from fullhouse.people.limits import (
    PROFILE_PATIENCE_SECONDS,
    PROFILE_SECONDS,
    PROFILES_BYTES_MAX,
)
from fullhouse.people.model import AccountId
from fullhouse.people.model.accounts import ACCOUNT_CACHE, EVERY_ACCOUNT, AccountProfile, Membership
from fullhouse.people.reads.sessions import memberships_of
from fullhouse.resilience.cache import Cache, Loaded
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.storage.database import Database, Session


class Profile(Struct, frozen=True):
    """An account, and the businesses that the person works for."""

    account: AccountProfile
    memberships: tuple[Membership, ...]


async def account_profile(session: Session, account_id: AccountId) -> AccountProfile | None:
    """The account as it is stored."""
    return await session.fetch_one(
        "people.account_profiles", AccountProfile, account_ids=[account_id]
    )


@dataclass(slots=True)
class Profiles:
    """Keeps a profile for `PROFILE_SECONDS`, or until an event says that it has changed."""

    database: Database
    clock: Clock
    metrics: CacheMetrics
    _cache: Cache[AccountId, Profile] = field(init=False)

    def __post_init__(self) -> None:
        self._cache = Cache(
            ACCOUNT_CACHE,
            self.clock,
            self.metrics,
            bytes_max=PROFILES_BYTES_MAX,
            size_of=_size_of,
            patience_seconds=PROFILE_PATIENCE_SECONDS,
        )

    async def profile(self, account_id: AccountId) -> Profile:
        """Raises `NotSignedIn` for an account that there is no longer."""
        found = await self._cache.get_many((account_id,), self._load)
        return found.values[0]

    def invalidate(self, key: str) -> None:
        """Read a profile that has changed anew; `key` is the account's id, or a star for all."""
        if f"{ACCOUNT_CACHE}/{key}" == EVERY_ACCOUNT:
            self.invalidate_all()
            return
        self._cache.invalidate((AccountId(UUID(key)),))

    def invalidate_all(self) -> None:
        self._cache.invalidate_all()

    async def _load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Loaded[Profile]]:
        (account_id,) = account_ids
        async with self.database.session() as session:
            account = await account_profile(session, account_id)
            if account is None:
                raise NotSignedIn
            memberships = await memberships_of(session, account_id)
        return {account_id: Loaded(Profile(account, tuple(memberships)), PROFILE_SECONDS)}


def _size_of(profile: Profile) -> int:
    return row_bytes(profile.account) + sum(map(row_bytes, profile.memberships))
