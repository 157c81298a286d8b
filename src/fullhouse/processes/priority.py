"""Let other processes go first."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_NICENESS_MAX: Final = 19


def lower_priority(increment: int, pid: int | None = None) -> None:
    """Add `increment` to the niceness of a process and of its autogroup, up to 19.

    The process is this one, or a child. Raises `ProcessLookupError` for one that has ended.

    Linux weighs sessions against each other first, by a niceness of their own (autogroup): without
    it a busy worker takes half a processor from the web processes, however nice the worker is.
    """
    process = pid or os.getpid()
    niceness = min(os.getpriority(os.PRIO_PROCESS, process) + increment, _NICENESS_MAX)
    os.setpriority(os.PRIO_PROCESS, process, niceness)
    with suppress(OSError):
        Path(f"/proc/{process}/autogroup").write_text(str(niceness))
