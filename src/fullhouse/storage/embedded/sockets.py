"""Where the server's socket stands: a path short enough, in a folder that nobody else enters."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from fullhouse.storage.embedded.account import Account
from fullhouse.storage.errors import DataFolderUnusable

SOCKET_NAME = ".s.PGSQL.5432"
_PARTING = frozenset(',"')
_PATH_BYTES_MAX = 103
"""What a socket's path may take, its end included, on macOS; Linux allows 107."""


def socket_folder(data_dir: Path, account: Account) -> Path:
    """The folder of the socket, made for `account` alone.

    Beside the data when the path is short and plain enough (a comma parts hosts); else in the
    temporary folder, under a name that follows from the data folder's. Raises
    `DataFolderUnusable` when somebody else has put something under that name: a socket there
    would be theirs to exchange.
    """
    folder = data_dir / "run"
    if len(os.fsencode(folder / SOCKET_NAME)) > _PATH_BYTES_MAX or set(str(folder)) & _PARTING:
        name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"fullhouse-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid == os.geteuid():
        account.give(folder)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == stat.S_IRWXU
    if not private or found.st_uid != account.uid:
        detail = f"{folder} must be a folder that only PostgreSQL's user may enter"
        raise DataFolderUnusable(detail)
    return folder
