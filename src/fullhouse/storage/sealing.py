"""Values that are encrypted at rest, by keys that stand outside the database.

AES-256-GCM (NIST SP 800-38D) with a random nonce before each value, so a changed value opens with
no key. The first key seals, each opens: so a key is replaced by putting another before it, sealing
everything again, and taking the old one out.
"""

import base64
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fullhouse.storage.encryption_key import KEY_BYTES, key_bytes
from fullhouse.storage.errors import EncryptionKeyMissing, EncryptionKeyWrong

LoadKeys = Callable[[], Sequence[str]]
"""The keys of now, the first of which seals; none where the installation has none."""

_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16


class Sealer:
    """Seals and opens values. `load_keys` is asked again for a value that no known key opens."""

    def __init__(self, load_keys: LoadKeys) -> None:
        self._load_keys = load_keys
        self._known: Sequence[AESGCM] = ()

    def seal(self, value: bytes) -> bytes:
        """Raises `EncryptionKeyMissing`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers()[0].encrypt(nonce, value, None)

    def open(self, sealed: bytes) -> bytes:
        """Raises `EncryptionKeyMissing` without any key, `EncryptionKeyWrong` without its own."""
        opened = _opened(sealed, self._ciphers())
        if opened is None:
            self._known = ()  # a key may have been added since
            opened = _opened(sealed, self._ciphers())
        if opened is None:
            raise EncryptionKeyWrong
        return opened

    def seal_again(self, sealed: bytes) -> bytes:
        """The value sealed by the first key; raises as `open`."""
        return self.seal(self.open(sealed))

    def _ciphers(self) -> Sequence[AESGCM]:
        if not self._known:
            self._known = [AESGCM(key_bytes(key)) for key in self._load_keys()]
        if not self._known:
            raise EncryptionKeyMissing
        return self._known


def new_key() -> str:
    """A random key, as settings and files spell one."""
    return base64.urlsafe_b64encode(AESGCM.generate_key(8 * KEY_BYTES)).decode()


def _opened(sealed: bytes, ciphers: Sequence[AESGCM]) -> bytes | None:
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
        return None
    nonce, encrypted = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    for cipher in ciphers:
        with suppress(InvalidTag):
            return cipher.decrypt(nonce, encrypted, None)
    return None
