"""Checks of `fullhouse doctor` on what must not be read by others: the keys of encryption."""

from contextlib import suppress
from pathlib import Path

from fullhouse.bootstrap.checks.results import CheckResult, failed, note, ok
from fullhouse.bootstrap.sealing import build_sealer, key_file_of
from fullhouse.kernel.errors import FullhouseError
from fullhouse.settings import Settings
from fullhouse.storage.errors import EncryptionKeyMissing

_OTHERS = 0o077


def check_keys(settings: Settings) -> CheckResult:
    """Whether there is a key that can be used, in a file that nobody else may read."""
    path = key_file_of(settings)
    if path is not None and (problem := _readable_by_others(path)):
        return failed("keys", problem)
    try:
        build_sealer(settings).seal(b"")
    except EncryptionKeyMissing:
        return note(
            "keys",
            "There is no encryption key: second factors, webhooks and keys of services cannot be "
            "stored. Set FULLHOUSE_ENCRYPTION_KEY (docs/running.md, Encryption keys).",
        )
    except (FullhouseError, ValueError, OSError):
        return failed("keys", "The encryption key cannot be read: see docs/running.md.")
    return ok("keys", "There is an encryption key. Keep a copy apart from the backups.")


def _readable_by_others(path: Path) -> str:
    """Empty where nobody else may read it, and where it is not there."""
    with suppress(OSError):
        if path.stat().st_mode & _OTHERS:
            return f"Others can read {path}: run chmod 600 on it."
    return ""
