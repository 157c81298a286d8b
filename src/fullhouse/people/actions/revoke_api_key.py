"""Revoke an API key; repeating it changes nothing."""

from dataclasses import dataclass

from fullhouse.people.errors import UnknownApiKey
from fullhouse.people.events import ApiKeyRevoked
from fullhouse.people.model import ApiKey, KeyId
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RevokeApiKey:
    """Makes a key invalid from this moment on."""

    async def __call__(self, uow: UnitOfWork, key_id: KeyId) -> ApiKey:
        """Raises `UnknownApiKey` when the organisation has no such key."""
        key = await uow.session.fetch_one(
            "people.revoke_api_key", ApiKey, org_id=uow.org_id, key_id=key_id, now=uow.now
        )
        if key is None:
            raise UnknownApiKey
        if key.revoked_at == uow.now:
            uow.record(key_id, ApiKeyRevoked())
        return key
