"""API keys: the key with a secret, and the list of keys."""

from datetime import datetime, timedelta

from fullhouse.kernel.ids import OrgId
from fullhouse.people.limits import API_KEY_USE_NOTED_SECONDS, API_KEYS_LISTED_MAX
from fullhouse.people.model import API_KEY_PREFIX, ApiKey, KeyId, hash_token
from fullhouse.storage.database import Session


async def use_api_key(session: Session, secret: str, *, now: datetime) -> ApiKey | None:
    """The valid key with this secret; notes its use. A text of another form costs no query."""
    if not secret.startswith(API_KEY_PREFIX):
        return None
    return await session.fetch_one(
        "people.use_api_key",
        ApiKey,
        token_hash=hash_token(secret),
        now=now,
        noted_before=now - timedelta(seconds=API_KEY_USE_NOTED_SECONDS),
    )


async def api_keys(session: Session, org_id: OrgId) -> list[ApiKey]:
    """The valid ones first, then those that were revoked; at most `API_KEYS_LISTED_MAX`."""
    return await session.fetch("people.api_keys", ApiKey, org_id=org_id, count=API_KEYS_LISTED_MAX)


async def api_key_by_id(session: Session, org_id: OrgId, key_id: KeyId) -> ApiKey | None:
    return await session.fetch_one("people.api_key_by_id", ApiKey, org_id=org_id, key_id=key_id)
