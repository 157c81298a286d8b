"""A program that was started by a supervisor ends when that one is gone, however it went."""

import os
import signal
import threading

_STANDARD_INPUT = 0


def follow_parent() -> None:
    """Send ourselves SIGTERM once standard input ends: the supervisor holds its other end."""
    threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    while os.read(_STANDARD_INPUT, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
