"""Values that are encrypted at rest: by which cipher, and what happens to a changed one."""

import base64
import secrets

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fullhouse.storage.encryption_key import is_key
from fullhouse.storage.errors import EncryptionKeyMissing, EncryptionKeyWrong
from fullhouse.storage.sealing import Sealer, new_key

KEY = new_key()
SEALER = Sealer(lambda: [KEY])


def test_a_value_is_sealed_by_an_authenticated_cipher_with_another_nonce_each_time() -> None:
    sealed, again = SEALER.seal(b"a second factor"), SEALER.seal(b"a second factor")
    cipher = AESGCM(base64.urlsafe_b64decode(KEY))
    assert cipher.decrypt(sealed[:12], sealed[12:], None) == b"a second factor"
    assert sealed[:12] != again[:12]
    assert sealed[12:] != again[12:]


def test_a_changed_or_shortened_value_opens_with_no_key() -> None:
    sealed = SEALER.seal(b"a second factor")
    changed = [sealed[:at] + bytes([byte ^ 1]) + sealed[at + 1 :] for at, byte in enumerate(sealed)]
    for one in (*changed, sealed[:-1], sealed[:20], b"", sealed + b"\x00"):
        with pytest.raises(EncryptionKeyWrong):
            SEALER.open(one)
    assert SEALER.open(sealed) == b"a second factor"


def test_nothing_is_sealed_or_opened_without_a_key() -> None:
    sealer = Sealer(list)
    for use in (sealer.seal, sealer.open):
        with pytest.raises(EncryptionKeyMissing):
            use(b"x" * 40)


def test_a_key_is_thirty_two_bytes_in_url_safe_base64() -> None:
    assert is_key(new_key())
    shorter = base64.urlsafe_b64encode(secrets.token_bytes(31)).decode()
    for text in ("", "x", KEY[:-1], f" {KEY}", shorter, "é" * 44):
        assert not is_key(text), text
