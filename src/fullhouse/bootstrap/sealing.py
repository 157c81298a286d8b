"""Where the encryption keys of an installation are, and what they encrypt."""

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from fullhouse.settings import Settings
from fullhouse.storage.embedded import default_data_dir
from fullhouse.storage.resealing import SealedColumn
from fullhouse.storage.sealing import Sealer, new_key

KEY_FILE: Final = "encryption.key"
SEALED: Final = (
    SealedColumn("people.sealed_secrets", "people.reseal_secret"),
    SealedColumn("people.sealed_national_ids", "people.reseal_national_id"),
    SealedColumn("messages.sealed_webhook_secrets", "messages.reseal_webhook_secret"),
    SealedColumn("messages.sealed_former_webhook_secrets", "messages.reseal_former_webhook_secret"),
    SealedColumn("messages.sealed_channel_keys", "messages.reseal_channel_key"),
    SealedColumn("resilience.sealed_source_secrets", "resilience.reseal_source_secret"),
    SealedColumn("resilience.sealed_former_secrets", "resilience.reseal_former_secret"),
)
"""All that is encrypted by the keys of the installation."""
_OWN: Final = 0o600


def build_sealer(settings: Settings) -> Sealer:
    """The sealer of the configured keys, else of the embedded database's own key file."""
    return Sealer(partial(_keys, settings))


def key_file_of(settings: Settings) -> Path | None:
    """The file with the keys, one a line, the first of which seals; None without one."""
    if settings.encryption_key is not None:
        return None
    if settings.encryption_key_file is not None:
        return settings.encryption_key_file
    if settings.database_url is not None:
        return None
    return (settings.data_dir or default_data_dir()) / KEY_FILE


def ensure_key_file(folder: Path) -> Path:
    """The key file of an embedded database; only its owner may read it."""
    path = folder / KEY_FILE
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{new_key()}\n")
    return path


def write_keys(path: Path, keys: Sequence[str]) -> None:
    """Replace the keys of a file at once: who reads it meanwhile sees all of one or the other."""
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWN)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{key}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_keys(path: Path) -> Sequence[str]:
    """The keys of a file, none when it is not there."""
    try:
        return path.read_text(encoding="ascii").split()
    except FileNotFoundError:
        return ()


def _keys(settings: Settings) -> Sequence[str]:
    if settings.encryption_key is not None:
        return settings.encryption_key.get_secret_value().split(",")
    path = key_file_of(settings)
    return () if path is None else read_keys(path)
