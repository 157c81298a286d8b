"""What a child process says to its supervisor, over its standard input.

The supervisor holds the other end of a socket. When that end closes, the supervisor has died,
however it died, and the child ends too. The child says when it serves, and when it wants to be
replaced. Without a supervisor nobody hears it.
"""

import os
import signal
import threading
from contextlib import suppress
from typing import Final

READY: Final = b"+"
REPLACE: Final = b"r"

_STANDARD_INPUT: Final = 0


class ParentLine:
    """The child's end. Made without a supervisor, it says nothing."""

    def __init__(self, *, is_supervised: bool) -> None:
        self.is_supervised = is_supervised
        self.has_asked = False

    def start(self) -> None:
        """End with the supervisor, and ask for a replacement on SIGUSR1."""
        if self.is_supervised:
            exit_with_parent()
            signal.signal(signal.SIGUSR1, lambda _number, _frame: self.ask_for_replacement())

    def say_ready(self) -> None:
        """This process serves from now on."""
        self._say(READY)

    def ask_for_replacement(self) -> bool:
        """Ask to be stopped in order once another process serves; False without a supervisor."""
        if not self.is_supervised:
            return False
        self.has_asked = True
        self._say(REPLACE)  # and nothing to the log: a signal may have come in the midst of a line
        return True

    def _say(self, word: bytes) -> None:
        if self.is_supervised:
            with suppress(OSError):  # it has died, and this process ends
                os.write(_STANDARD_INPUT, word)


def exit_with_parent() -> None:
    """Send SIGTERM to this process once standard input ends: the supervisor holds its other end."""
    threading.Thread(target=_terminate_at_end_of_input, daemon=True).start()


def _terminate_at_end_of_input() -> None:
    while os.read(_STANDARD_INPUT, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
