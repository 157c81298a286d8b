"""Limits of starting, restarting and stopping processes."""

from typing import Final

DRAIN_SECONDS_MAX: Final = 20
FORCED_STOP_SECONDS_MAX: Final = 2
RESTART_PAUSE_SECONDS_MIN: Final = 0.2
RESTART_PAUSE_SECONDS_MAX: Final = 5.0
RESTARTS_IN_A_ROW_MAX: Final = 6
STEADY_AFTER_SECONDS: Final = 30
DATABASE_POLL_SECONDS: Final = 0.5
READY_SECONDS_MAX: Final = 60.0
"""What is to replace a process serves within this time, or is ended again."""
