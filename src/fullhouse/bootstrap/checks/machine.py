"""Checks of `fullhouse doctor` on this machine: Python, open files, disk and settings."""

import os
import platform
import resource
import shutil
from collections.abc import Mapping
from importlib.metadata import version as distribution
from pathlib import Path
from typing import Final

from fullhouse.bootstrap.checks.results import CheckResult, failed, note, ok
from fullhouse.http.server.limits import OPEN_FILES_MAX
from fullhouse.http.server.open_files import allowed_files, capacity_of
from fullhouse.settings import unknown_variables
from fullhouse.storage.limits import DISK_FREE_BYTES_MIN, DISK_FREE_FILES_MIN

PYTHON_MIN: Final = (3, 11)
_MEBIBYTE: Final = 1024 * 1024


def check_python(version: tuple[int, int]) -> CheckResult:
    python = f"Python {platform.python_version()} on {platform.system()}"
    message = f"Fullhouse {distribution('fullhouse')}, {python}."
    if version < PYTHON_MIN:
        return failed("python", f"{message} Fullhouse needs 3.11 or newer.")
    return ok("python", message)


def check_settings(environment: Mapping[str, str]) -> CheckResult:
    """Name variables that look like settings and are none, so that nothing is ignored silently."""
    unknown = unknown_variables(environment)
    if not unknown:
        return ok("settings", "All settings are valid.")
    sentences = (
        f"{name} is not a setting." if nearest is None else f"{name}: do you mean {nearest}?"
        for name, nearest in unknown.items()
    )
    return failed("settings", " ".join(sentences))


def check_files(soft: int, hard: int) -> CheckResult:
    """Say how many connections and streams the limits of open files leave to a web process."""
    capacity = capacity_of(allowed_files(hard))
    message = (
        f"A process may open {_count(hard)} files (now {_count(soft)}, raised at start):"
        f" {capacity.connections} connections and {capacity.streams} streams."
    )
    best = capacity_of(OPEN_FILES_MAX)
    if capacity != best:
        more = f"{best.connections} and {best.streams}"
        return note("files", f"{message} Allow {OPEN_FILES_MAX} (LimitNOFILE) for {more}.")
    return ok("files", message)


def check_disk(folder: Path, *, name: str = "disk") -> CheckResult:
    """Check the free space of a folder, or of its nearest existing parent."""
    existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    free, files = shutil.disk_usage(existing).free, os.statvfs(existing)
    message = f"{free // _MEBIBYTE} MiB free at {existing}."
    if free < DISK_FREE_BYTES_MIN:
        needed = DISK_FREE_BYTES_MIN // _MEBIBYTE
        return failed(name, f"{message} Below {needed} MiB, bookings may fail.")
    if files.f_files and files.f_favail < DISK_FREE_FILES_MIN:
        return failed(name, f"Only {files.f_favail} more files fit at {existing} (`df -i`).")
    return ok(name, message)


def check_data_folder(folder: Path) -> CheckResult:
    """Check the disk of the data folder, and that this user may write there."""
    existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        return failed("disk", f"This user cannot write to {existing}.")
    return check_disk(folder)


def _count(limit: int) -> str:
    return "any number of" if limit == resource.RLIM_INFINITY else str(limit)
