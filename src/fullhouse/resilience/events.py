"""Events of circuits; the subject is derived from the service's name."""

from typing import Final
from uuid import UUID

from typing_extensions import override

from fullhouse.kernel.events import Event

CIRCUITS: Final = "circuit"
"""What topics of circuits begin with."""


class CircuitEvent(Event, frozen=True):
    """Base of events after which all processes look at the circuit of `service` again."""

    service: str
    reason: str

    @override
    def topics(self, org_id: UUID) -> tuple[str, ...]:
        return (f"{CIRCUITS}/{self.service}",)


class CircuitOpened(CircuitEvent, frozen=True):
    """Calls to a service are refused from now on, except for probes `hold_seconds` later."""

    hold_seconds: float


class CircuitClosed(CircuitEvent, frozen=True):
    """Calls to a service are let through again."""
