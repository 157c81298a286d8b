"""The form of an encryption key: 32 random bytes in URL-safe base64, in settings and files."""

import base64
import binascii
from typing import Final

KEY_BYTES: Final = 32


def is_key(text: str) -> bool:
    """Whether the text spells a key, with nothing around it."""
    try:
        return len(key_bytes(text)) == KEY_BYTES
    except ValueError:
        return False


def key_bytes(text: str) -> bytes:
    """Raises `ValueError` for text that is no base64."""
    try:
        return base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("no key") from error
