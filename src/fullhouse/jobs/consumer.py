"""The consumer: lease due effects and run them, at most `JOB_CONCURRENCY_MAX` at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.limits import JOB_CONCURRENCY_MAX, JOB_POLL_SECONDS, RECONNECT_SECONDS_MAX
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.runner import EffectRunner
from fullhouse.jobs.store import EffectStore
from fullhouse.kernel.errors import TransientError
from fullhouse.storage.errors import OutcomeUnknown
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("jobs.consumer")


@dataclass(slots=True)
class Consumer:
    """Polls when notified, when a job ended that others waited for, and every second.

    `run` it once a worker. A worker that dies loses nothing: its leases end by themselves.
    """

    store: EffectStore
    runner: EffectRunner
    load: LoadMonitor
    wake: asyncio.Event
    _running: dict[asyncio.Task[None], Effect] = field(default_factory=dict)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Work until stopped, then until all running jobs have ended."""
        async with asyncio.TaskGroup() as group:
            while not self._stopping.is_set():
                self.wake.clear()
                try:
                    await self._start_due(group)
                except (TransientError, OutcomeUnknown) as error:
                    _LOG.warning("jobs.lease_failed", error=error)
                    await wait_for_event(self._stopping, timeout_seconds=RECONNECT_SECONDS_MAX)
                else:
                    await wait_for_event(self.wake, timeout_seconds=JOB_POLL_SECONDS)

    def stop(self) -> None:
        """Lease no more effects; `run` returns once the running jobs have ended."""
        self._stopping.set()
        self.wake.set()

    async def _start_due(self, group: asyncio.TaskGroup) -> None:
        """Lease and start; again at once while what was due of one hid that of others."""
        is_hidden = True
        while is_hidden and (room := JOB_CONCURRENCY_MAX - len(self._running)):
            leased = await self._leased(room)
            for effect in leased:
                task = group.create_task(self.runner(effect))
                self._running[task] = effect
                task.add_done_callback(self._ended)
            is_hidden = any(effect.fills_share for effect in leased)

    async def _leased(self, room: int) -> Sequence[Effect]:
        kinds = self._open_kinds()
        return await self.store.lease(kinds, room=room) if kinds else ()

    def _open_kinds(self) -> Sequence[JobKind]:
        is_rush = self.load.is_on
        kinds = self.runner.kinds.values()
        return [
            kind
            for kind in kinds
            if not (is_rush and kind.yields_under_load) and not kind.is_held()
        ]

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Poll at once where others may have waited for the room that it leaves.

        Of a kind with a limit that can be anywhere: other workers have some of the room.
        """
        was_full = len(self._running) >= JOB_CONCURRENCY_MAX
        effect = self._running.pop(task)
        if was_full or self.runner.kinds[effect.kind].concurrency is not None:
            self.wake.set()
