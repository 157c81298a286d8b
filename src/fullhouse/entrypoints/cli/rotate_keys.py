"""`fullhouse rotate-keys`: encrypt what is secret in the database with a new key."""

from dataclasses import dataclass

from fullhouse.bootstrap.sealing import SEALED, build_sealer, key_file_of, read_keys, write_keys
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.settings import Settings
from fullhouse.storage.errors import EncryptionKeyMissing
from fullhouse.storage.resealing import SealAgain
from fullhouse.storage.sealing import new_key


@dataclass(frozen=True, slots=True)
class RotatedKeys:
    """How many values have the new key now."""

    sealed_again: int


def rotate_keys(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Encrypt what is secret in the database with a new key.

    A key file gets the new key by itself, and keeps the one before it for processes that run. With
    FULLHOUSE_ENCRYPTION_KEY put a new key before the old one, restart, and run this; then the old
    one can go. Works beside a running server.
    """
    rotated = run_async(rotate(settings_with(data_dir=data_dir)))
    text = f"  {rotated.sealed_again} values are encrypted with the new key."
    print_result(rotated, as_json=as_json, text=text)


async def rotate(settings: Settings) -> RotatedKeys:
    """Rotate the keys; raises `EncryptionKeyMissing` and `EncryptionKeyWrong`."""
    async with open_command_context(
        settings, command="rotate-keys", allow=Permission.OPERATE
    ) as context:
        path = key_file_of(settings)
        if path is not None:
            keys = read_keys(path)
            if not keys:
                raise EncryptionKeyMissing
            write_keys(path, [new_key(), *keys])
        sealed = await SealAgain(context.database, build_sealer(settings), SEALED)()
        if path is not None:
            write_keys(path, read_keys(path)[:2])
    return RotatedKeys(sealed)
