"""The installation's own secret, from which the tokens of manage links are derived."""

import secrets
from typing import Final

from fullhouse.storage.database import Session

_SECRET_BYTES: Final = 32


async def installation_secret(session: Session) -> bytes:
    """The secret, made at the first reading. Of two that read first, both get the same.

    It comes from the system's randomness whatever ids the program was given: demo data may be
    foreseeable, a secret never.
    """
    secret = await session.fetch_value("people.installation_secret", bytes)
    if secret is None:
        await session.execute(
            "people.store_installation_secret", secret=secrets.token_bytes(_SECRET_BYTES)
        )
        secret = await session.fetch_value("people.installation_secret", bytes)
    assert secret is not None, "the row has just been kept"
    return secret
