"""A key ends."""

from dataclasses import dataclass

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.actions.record import Author, record
from fullhouse.people.errors import UnknownApiKey
from fullhouse.people.events import BY_OPERATOR
from fullhouse.people.model import ApiKey, KeyId
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class RevokeApiKey:
    """Ends a key from this moment on; ending it again changes nothing."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(self, org_id: OrgId, key_id: KeyId, *, actor: str = BY_OPERATOR) -> ApiKey:
        """Raises `UnknownApiKey` when the organisation has no such key."""
        now = self.clock.now()
        async with self.database.transaction() as session:
            key = await session.fetch_one(
                "people.revoke_api_key", ApiKey, org_id=org_id, key_id=key_id, now=now
            )
            if key is None:
                raise UnknownApiKey
            if key.revoked_at == now:
                await record(
                    session,
                    "ApiKeyRevoked",
                    org_id=org_id,
                    subject=key_id,
                    by=Author(actor, at=now, ids=self.ids),
                )
        return key
