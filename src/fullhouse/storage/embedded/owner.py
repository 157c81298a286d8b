"""Locks of a data folder: one owner, and clients attached to the owner's server."""

import asyncio
import fcntl
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from fullhouse.storage.errors import DataFolderInUse
from fullhouse.storage.limits import DETACH_WAIT_SECONDS_MAX

OWNER_LOCK = "owner.lock"
_POLL_SECONDS = 0.05


@contextmanager
def ownership(data_dir: Path) -> Iterator[None]:
    """Own the folder for the block; raises `DataFolderInUse`, naming the owner.

    `flock` belongs to the open file: child processes do not share it (Python closes the file in
    them), and the kernel releases it when the owner is killed.
    """
    with (data_dir / OWNER_LOCK).open("a+") as lock:
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
def attached_client(data_dir: Path) -> Iterator[None]:
    """Hold a shared lock while using another owner's server; see `wait_for_detach`."""
    with (data_dir / "clients.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


async def wait_for_detach(data_dir: Path) -> None:
    """Wait until no attached client is left, at most `DETACH_WAIT_SECONDS_MAX`."""
    with (data_dir / "clients.lock").open("a") as lock:
        for _ in range(int(DETACH_WAIT_SECONDS_MAX / _POLL_SECONDS)):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return


def _in_use(data_dir: Path, lock: IO[str]) -> DataFolderInUse:
    lock.seek(0)
    pid: int | None = None
    command: str | None = None
    owner = "another process"
    with suppress(ValueError, KeyError, TypeError):  # the owner is just writing its name
        holder = json.load(lock)
        pid, command = int(holder["pid"]), str(holder["command"])
        owner = f"process {pid} ({command})"
    return DataFolderInUse(
        f"{data_dir} is in use by {owner}. Stop it, or name another --data-dir.",
        data_dir=str(data_dir),
        pid=pid,
        command=command,
    )


def _command() -> str:
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
