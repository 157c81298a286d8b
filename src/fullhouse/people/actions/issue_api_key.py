"""A developer gets a key."""

from dataclasses import dataclass

import asyncpg

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.actions.record import Author, record
from fullhouse.people.errors import UnknownOrganisation
from fullhouse.people.events import BY_OPERATOR
from fullhouse.people.model import API_KEY_PREFIX, ApiKey, KeyId, secret_hash
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class IssuedApiKey:
    """A key with its secret, this once: only the secret's hash is kept."""

    key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class IssueApiKey:
    """Makes a key whose secret is shown once. `ids` must draw from the system's randomness."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(self, org_id: OrgId, *, name: str, actor: str = BY_OPERATOR) -> IssuedApiKey:
        """Raises `UnknownOrganisation`."""
        secret = API_KEY_PREFIX + self.ids.secret()
        key = ApiKey(org_id, KeyId(self.ids.uuid()), name, self.clock.now(), revoked_at=None)
        try:
            await self._write(key, secret_hash(secret), actor)
        except asyncpg.ForeignKeyViolationError as error:
            raise UnknownOrganisation from error
        return IssuedApiKey(key, secret)

    async def _write(self, key: ApiKey, hashed: bytes, actor: str) -> None:
        async with self.database.transaction() as session:
            await session.execute(
                "people.add_api_key",
                org_id=key.org_id,
                key_id=key.key_id,
                name=key.name,
                secret_hash=hashed,
                created_at=key.created_at,
            )
            await record(
                session,
                "ApiKeyIssued",
                org_id=key.org_id,
                subject=key.key_id,
                by=Author(actor, at=key.created_at, ids=self.ids),
            )
