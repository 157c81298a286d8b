"""One owner a data folder: a lock that the kernel takes back when its holder dies."""

import asyncio
import fcntl
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fullhouse.storage.errors import DataFolderInUse
from fullhouse.storage.limits import GUESTS_WAIT_SECONDS_MAX

_POLL_SECONDS = 0.05


@contextmanager
def ownership(data_dir: Path) -> Iterator[None]:
    """Own the folder until left; raises `DataFolderInUse`, naming the process that has it.

    `flock` belongs to the open file: it is not shared by programs we start (Python closes our
    files in them), and a `kill -9` gives it back.
    """
    with (data_dir / "owner.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _in_use(data_dir, lock) from None
        lock.truncate(0)
        json.dump({"pid": os.getpid(), "command": _command()}, lock)
        lock.flush()
        yield
        lock.truncate(0)


@contextmanager
def guest(data_dir: Path) -> Iterator[None]:
    """Use the server of another owner; one that runs it only for itself waits for its guests."""
    with (data_dir / "guests.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


async def guests_gone(data_dir: Path) -> None:
    """Wait until no guest uses our server, or long enough."""
    with (data_dir / "guests.lock").open("a") as lock:
        for _ in range(int(GUESTS_WAIT_SECONDS_MAX / _POLL_SECONDS)):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return


def _in_use(data_dir: Path, lock: IO[str]) -> DataFolderInUse:
    lock.seek(0)
    try:
        holder = json.load(lock)
        pid, command = int(holder["pid"]), str(holder["command"])
    except (ValueError, KeyError, TypeError):  # it is writing its name at this moment
        return DataFolderInUse(f"{data_dir} is in use by another process", data_dir=str(data_dir))
    return DataFolderInUse(
        f"{data_dir} is in use by process {pid} ({command})",
        data_dir=str(data_dir),
        pid=pid,
        command=command,
    )


def _command() -> str:
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
