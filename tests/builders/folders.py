"""Temporary folders for PostgreSQL servers of tests, in memory where enough is free."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of our own in it
MEMORY_BYTES_FREE_MIN: Final = 4 << 30


def base_folder() -> Path:
    """Memory, or the folder for temporary files when memory is short or missing.

    Creating and dropping a database took 560 ms on a disk and takes 44 ms in memory. The servers
    keep their durable settings; only the device is faster.
    """
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_FREE_MIN:
        return MEMORY
    return Path(tempfile.gettempdir())


def server_folder(prefix: str) -> Path:
    """A new folder that other users may traverse: under root PostgreSQL runs as a user of its own.

    pytest's own folders are closed to other users.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=base_folder()))
    folder.chmod(0o711)
    return folder
