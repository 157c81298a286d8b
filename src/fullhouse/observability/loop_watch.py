"""A thread that sees when the event loop is blocked: nobody on the loop can.

The loop says four times a second that it lives. The thread looks once a second: when the loop has
said nothing it logs where it stands, and when that lasts for half a minute it ends the process.
The supervisor then starts another. Where it stood is said by a thread of its own, and a look before
the end: the log may be what the loop waits for, and it writes behind. The thread counts its own
looks, so a process that was stopped as a whole, by a debugger or with its machine, is not taken for
one that is blocked.
"""

import asyncio
import os
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from fullhouse.kernel.clock import Clock
from fullhouse.observability.limits import (
    LOOP_BEAT_SECONDS,
    LOOP_BLOCKED_LOOKS_MAX,
    LOOP_FRAMES_SHOWN_MAX,
    LOOP_LOOK_SECONDS,
    LOOP_PAUSES_KEPT,
    LOOP_SILENT_LOOKS_MAX,
)
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("loop")
_EXIT_STATUS: Final = 70
"""EX_SOFTWARE of sysexits.h."""


def end_process() -> None:
    """End it at once: what would end it in order runs on the loop."""
    os._exit(_EXIT_STATUS)


@dataclass(slots=True)
class LoopWatch:
    """Watches the loop that runs it; `run` it once."""

    clock: Clock
    end: Callable[[], None] = end_process
    look_seconds: float = LOOP_LOOK_SECONDS
    _beats: int = 0
    _seen: int = -1
    _silent: int = 0
    _thread_id: int = 0
    _pauses: deque[float] = field(default_factory=lambda: deque(maxlen=LOOP_PAUSES_KEPT))
    _stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def longest_pause(self) -> float:
        """Seconds for which the loop did not turn, at the longest in the last minute."""
        return max(self._pauses, default=0.0)

    async def run(self) -> None:
        """Until cancelled."""
        self._thread_id = threading.get_ident()
        thread = threading.Thread(target=self._watch, name="loop watch", daemon=True)
        thread.start()
        try:
            while True:
                before = self.clock.monotonic()
                await asyncio.sleep(LOOP_BEAT_SECONDS)
                late = self.clock.monotonic() - before - LOOP_BEAT_SECONDS
                self._pauses.append(max(0.0, late))
                self._beats += 1
        finally:
            self._stopping.set()

    def look(self) -> None:
        """Compare with the look before; the thread calls it."""
        if self._beats != self._seen:
            if self._silent >= LOOP_SILENT_LOOKS_MAX:
                _LOG.warning("loop.turns_again", seconds=self._silent * self.look_seconds)
            self._seen, self._silent = self._beats, 0
            return
        self._silent += 1
        places = self._places()
        if self._silent == LOOP_SILENT_LOOKS_MAX:
            _say(lambda: _LOG.error("loop.blocked", at=places))
        if self._silent == LOOP_BLOCKED_LOOKS_MAX:
            _say(lambda: _LOG.critical("loop.ended", at=places))
        if self._silent == LOOP_BLOCKED_LOOKS_MAX + 1:
            self.end()

    def _watch(self) -> None:
        while not self._stopping.wait(self.look_seconds):
            self.look()

    def _places(self) -> Sequence[str]:
        """Where the loop stands, the innermost last; places alone, values may be anybody's."""
        return places_of(sys._current_frames().get(self._thread_id))  # noqa: SLF001 - the only way


def _say(words: Callable[[], None]) -> None:
    """Whatever becomes of it: who waits for the log ends nothing."""
    saying = threading.Thread(target=words, name="loop watch log", daemon=True)
    saying.start()
    saying.join(LOOP_LOOK_SECONDS)


def places_of(frame: FrameType | None) -> Sequence[str]:
    """`file:line function` of each frame that led here."""
    shown = traceback.extract_stack(frame, limit=LOOP_FRAMES_SHOWN_MAX) if frame else ()
    return [f"{one.filename}:{one.lineno} {one.name}" for one in shown]
