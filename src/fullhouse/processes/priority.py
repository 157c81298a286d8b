"""Let other processes go first."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_NICENESS_MAX: Final = 19


def lower_priority(increment: int) -> None:
    """Add `increment` to the niceness of this process and of its autogroup, up to 19.

    Linux weighs sessions against each other first, by a niceness of their own (autogroup): without
    it a busy worker takes half a processor from the web processes, however nice the worker is.
    """
    niceness = min(os.getpriority(os.PRIO_PROCESS, 0) + increment, _NICENESS_MAX)
    os.setpriority(os.PRIO_PROCESS, 0, niceness)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))
