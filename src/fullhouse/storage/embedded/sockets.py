"""The folder of the server's socket: private, with a short enough path."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from fullhouse.storage.embedded.account import Account
from fullhouse.storage.errors import DataFolderUnusable

SOCKET_NAME = ".s.PGSQL.5432"
_SEPARATORS = frozenset(',"')
_PATH_BYTES_MAX = 103
"""Length of a socket's path on macOS, without the final null; Linux allows 107."""


def socket_folder(data_dir: Path, account: Account) -> Path:
    """Create the folder of the socket for `account` alone, and return it.

    It is below the data folder if the path is short enough and has no separator of hosts, else in
    the temporary folder under a name derived from the data folder. Raises `DataFolderUnusable` if
    another user owns that name: that user could replace the socket.
    """
    folder = data_dir / "run"
    if len(os.fsencode(folder / SOCKET_NAME)) > _PATH_BYTES_MAX or set(str(folder)) & _SEPARATORS:
        name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"fullhouse-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid == os.geteuid():
        account.chown(folder)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == stat.S_IRWXU
    if not private or found.st_uid != account.uid:
        detail = f"{folder} must be a folder that only PostgreSQL's user may enter"
        raise DataFolderUnusable(detail)
    return folder
