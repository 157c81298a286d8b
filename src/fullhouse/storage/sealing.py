"""Values that are encrypted at rest, by keys that stand outside the database.

Fernet (AES-128-CBC with HMAC-SHA-256). The first key seals, each opens: so a key is replaced by
putting another before it, sealing everything again, and taking the old one out.
"""

from collections.abc import Callable, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from fullhouse.storage.errors import EncryptionKeyMissing, EncryptionKeyWrong

LoadKeys = Callable[[], Sequence[str]]
"""The keys of now, the first of which seals; none where the installation has none."""


class Sealer:
    """Seals and opens values. `load_keys` is asked again for a value that no known key opens."""

    def __init__(self, load_keys: LoadKeys) -> None:
        self._load_keys = load_keys
        self._fernet: MultiFernet | None = None

    def seal(self, value: bytes) -> bytes:
        """Raises `EncryptionKeyMissing`."""
        return self._keys().encrypt(value)

    def open(self, sealed: bytes) -> bytes:
        """Raises `EncryptionKeyMissing` without any key, `EncryptionKeyWrong` without its own."""
        try:
            return self._keys().decrypt(sealed)
        except InvalidToken:
            self._fernet = None  # a key may have been added since
        try:
            return self._keys().decrypt(sealed)
        except InvalidToken as error:
            raise EncryptionKeyWrong from error

    def seal_again(self, sealed: bytes) -> bytes:
        """The value sealed by the first key; raises as `open`."""
        return self.seal(self.open(sealed))

    def _keys(self) -> MultiFernet:
        if self._fernet is None:
            keys = self._load_keys()
            if not keys:
                raise EncryptionKeyMissing
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        return self._fernet


def new_key() -> str:
    """A random key, as settings and files spell one."""
    return Fernet.generate_key().decode()


def is_key(text: str) -> bool:
    """Whether the text spells a key."""
    try:
        Fernet(text)
    except ValueError:
        return False
    return True
