"""Issue an API key; the secret is returned once, its SHA-256 is stored."""

from dataclasses import dataclass

from fullhouse.kernel.ids import Ids
from fullhouse.people.errors import TooManyApiKeys
from fullhouse.people.events import ApiKeyIssued
from fullhouse.people.limits import API_KEYS_VALID_MAX
from fullhouse.people.model import API_KEY_PREFIX, ApiKey, KeyId, hash_token
from fullhouse.people.model.roles import ApiKeyScope
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class IssuedApiKey:
    """A key with its secret, which only this answer holds."""

    key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class IssueApiKey:
    """Makes a key. `ids` must draw from the system's randomness."""

    ids: Ids

    async def __call__(self, uow: UnitOfWork, *, name: str, scope: ApiKeyScope) -> IssuedApiKey:
        """Raises `UnknownOrganisation` and `TooManyApiKeys`."""
        await locked_organisation(uow.session, uow.org_id)  # so that counting is exact
        valid = await uow.session.fetch_value("people.api_keys_valid", int, org_id=uow.org_id)
        if (valid or 0) >= API_KEYS_VALID_MAX:
            raise TooManyApiKeys(limit=API_KEYS_VALID_MAX)
        secret = API_KEY_PREFIX + self.ids.secret()
        key = ApiKey(
            uow.org_id,
            KeyId(self.ids.uuid()),
            name,
            scope,
            created_at=uow.now,
            last_used_at=None,
            revoked_at=None,
        )
        await uow.session.execute(
            "people.add_api_key",
            org_id=key.org_id,
            key_id=key.key_id,
            name=key.name,
            scope=key.scope,
            token_hash=hash_token(secret),
            created_at=key.created_at,
        )
        uow.record(key.key_id, ApiKeyIssued(scope=scope))
        return IssuedApiKey(key, secret)
