"""API keys: whose a secret is, and which there are."""

from fullhouse.kernel.ids import OrgId
from fullhouse.people.limits import API_KEYS_LISTED_MAX
from fullhouse.people.model import API_KEY_PREFIX, ApiKey, secret_hash
from fullhouse.storage.database import Session


async def api_key_holder(session: Session, secret: str) -> ApiKey | None:
    """The key with this secret, while it is valid. What cannot be a key costs no query."""
    if not secret.startswith(API_KEY_PREFIX):
        return None
    return await session.fetch_one(
        "people.api_key_by_secret", ApiKey, secret_hash=secret_hash(secret)
    )


async def api_keys(session: Session, org_id: OrgId) -> list[ApiKey]:
    """The newest first, revoked ones too; at most `API_KEYS_LISTED_MAX`."""
    return await session.fetch("people.api_keys", ApiKey, org_id=org_id, count=API_KEYS_LISTED_MAX)
