"""Health of the services of others, by their circuits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fullhouse.observability.model import HealthStatus, Measurement
from fullhouse.resilience.circuits import Circuit, Circuits


@dataclass(frozen=True, slots=True)
class ServicesHealth:
    """`known` are the installation's own by name, and whether each is set up."""

    circuits: Circuits
    known: Mapping[str, bool]

    async def measure(self) -> Sequence[Measurement]:
        stored = {circuit.name: circuit for circuit in await self.circuits.read()}
        return services(stored, self.known)


def services(stored: Mapping[str, Circuit], known: Mapping[str, bool]) -> Sequence[Measurement]:
    """While every service that is set up fails the part is unhealthy, with some it is degraded.

    A gateway of a business, whose name has a colon, concerns that business.
    """
    set_up = [name for name, is_set_up in known.items() if is_set_up]
    closed = [name for name in set_up if not _is_open(stored, name)]
    bad = HealthStatus.DEGRADED if closed else HealthStatus.UNHEALTHY
    names = sorted({*known, *(name for name in stored if ":" in name)})
    found = []
    for name in names:
        if name in known and not known[name]:
            found.append(Measurement(name, "not set up"))
        elif _is_open(stored, name):
            status = bad if name in known else HealthStatus.DEGRADED
            found.append(Measurement(name, f"fails: {stored[name].reason}", status=status))
        else:
            found.append(Measurement(name, "works"))
    return found


def _is_open(stored: Mapping[str, Circuit], name: str) -> bool:
    return name in stored and stored[name].is_open
