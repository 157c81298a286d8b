"""End a child process when its supervisor has died, however it died."""

import os
import signal
import threading

_STANDARD_INPUT = 0


def exit_with_parent() -> None:
    """Send SIGTERM to this process once standard input ends: the supervisor holds its other end."""
    threading.Thread(target=_terminate_at_end_of_input, daemon=True).start()


def _terminate_at_end_of_input() -> None:
    while os.read(_STANDARD_INPUT, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
