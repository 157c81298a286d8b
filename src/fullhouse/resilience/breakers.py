"""The circuit breakers of a process, which follow what other processes make of their circuits."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import TransientError
from fullhouse.resilience.breaker import BreakerPolicy, CircuitBreaker
from fullhouse.resilience.circuits import Circuit, Circuits
from fullhouse.resilience.limits import CIRCUITS_READ_SECONDS
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.storage.errors import OutcomeUnknown
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("circuit")


@dataclass(slots=True)
class Breakers:
    """One breaker a service; `run` it once. Its topics are `circuit/<service>`.

    A change elsewhere is known here with its notification, a missed one with the next poll.
    """

    circuits: Circuits
    clock: Clock
    metrics: CircuitMetrics
    _breakers: dict[str, CircuitBreaker] = field(default_factory=dict)
    _open: Mapping[str, Circuit] = field(default_factory=dict)
    """The circuits that were open at the last look, also of services not called yet from here."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False

    def of(self, service: str, policy: BreakerPolicy | None = None) -> CircuitBreaker:
        """The breaker of `service`, the same at each call."""
        breaker = self._breakers.get(service)
        if breaker is None:
            breaker = CircuitBreaker(
                service, self.circuits, self.clock, policy=policy, on_change=self._watch
            )
            self._breakers[service] = breaker
            if (known := self._open.get(service)) is not None:
                breaker.adopt(known)
        return breaker

    def invalidate(self, _key: str) -> None:
        """A circuit was changed, here or elsewhere; fits `booking.reads.changes.KeyedCache`."""
        self._changed.set()

    def invalidate_all(self) -> None:
        self._changed.set()

    async def run(self) -> None:
        while not self._stopping:
            self._changed.clear()
            await self.refresh()
            await wait_for_event(self._changed, timeout_seconds=CIRCUITS_READ_SECONDS)

    def stop(self) -> None:
        self._stopping = True
        self._changed.set()

    def _watch(self, circuit: Circuit) -> None:
        self.metrics.is_open.labels(circuit.name).set(int(circuit.is_open))

    async def refresh(self) -> None:
        """Adopt what others have changed, and tell them what they do not know yet."""
        try:
            circuits = await self.circuits.read()
        except (TransientError, OutcomeUnknown) as error:
            _LOG.warning("circuit.not_read", error=error)
            return
        self._open = {circuit.name: circuit for circuit in circuits if circuit.is_open}
        for circuit in circuits:
            if (breaker := self._breakers.get(circuit.name)) is not None:
                breaker.adopt(circuit)
        for breaker in self._breakers.values():
            await breaker.publish()
