"""Limits that a process sets itself; those that read what strangers send load little else."""

import os
import resource
import sys
from typing import Final

_NICENESS: Final = 5


def limit_this_process(*, cpu_seconds: int, memory_bytes: int) -> None:
    """Let the system end this process at its limits, and let others go before it.

    A lower limit that is set already stays. macOS bounds no memory.
    """
    os.nice(_NICENESS)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_CPU, cpu_seconds)
    if sys.platform == "linux":
        _lower(resource.RLIMIT_AS, memory_bytes)


def _lower(kind: int, limit: int) -> None:
    soft, hard = resource.getrlimit(kind)
    if soft == resource.RLIM_INFINITY or soft > limit:
        resource.setrlimit(kind, (limit, hard))
