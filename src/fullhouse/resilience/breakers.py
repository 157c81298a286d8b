"""The circuit breakers of a process, which follow what other processes make of their circuits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from typing_extensions import override

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import TransientError
from fullhouse.resilience.breaker import BreakerPolicy, CircuitBreaker
from fullhouse.resilience.circuits import Circuit, Circuits
from fullhouse.resilience.limits import CIRCUITS_READ_SECONDS
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.resilience.row_follower import RowFollower
from fullhouse.storage.errors import OutcomeUnknown
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("circuit")


@dataclass(slots=True)
class Breakers(RowFollower):
    """One breaker a service; `run` it once. Its topics are `circuit/<service>`.

    A change elsewhere is known here with its notification, a missed one with the next poll.
    """

    circuits: Circuits
    clock: Clock
    metrics: CircuitMetrics
    _breakers: dict[str, CircuitBreaker] = field(default_factory=dict)
    _open: Mapping[str, Circuit] = field(default_factory=dict)
    """The circuits that were open at the last look, also of services not called yet from here."""

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

    def _watch(self, circuit: Circuit) -> None:
        self.metrics.is_open.labels(circuit.name).set(int(circuit.is_open))

    @override
    def wait_seconds(self) -> float:
        return CIRCUITS_READ_SECONDS

    @override
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
