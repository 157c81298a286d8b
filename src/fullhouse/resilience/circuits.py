"""The state of each circuit, which all processes share.

A change names the generation that it saw and makes the next one: of two that saw the same state one
changes it, and whatever ends late changes nothing. To lease a probe is a change too: it puts the
next probe off by the time that this one may take, so a lost probe needs nobody to give it back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
from msgspec import Struct

from fullhouse.kernel.clock import Clock


class Circuit(Struct, frozen=True):
    """A circuit at one moment.

    For `hold_seconds` from this moment the state holds whatever calls come to: an open circuit lets
    none through, a closed one does not open. After that an open circuit lets one call probe.
    """

    name: str
    generation: int = 0
    is_open: bool = False
    hold_seconds: float = 0.0
    reason: str = ""


class Circuits(Protocol):
    """Where circuits are kept."""

    async def change(self, circuit: Circuit) -> Circuit | None:
        """Store what becomes of the circuit that was read as of `circuit.generation`.

        Returns it with its new generation; None when somebody else has changed it meanwhile.
        """
        ...

    async def read(self) -> Sequence[Circuit]:
        """All circuits that were ever changed."""
        ...


@dataclass(slots=True)
class LocalCircuits:
    """Circuits of this process alone: for what sharing them would need, the database itself."""

    clock: Clock
    _circuits: dict[str, tuple[Circuit, float]] = field(default_factory=dict)

    async def change(self, circuit: Circuit) -> Circuit | None:
        stored, _ = self._circuits.get(circuit.name, (Circuit(circuit.name), 0.0))
        if stored.generation != circuit.generation:
            return None
        changed = msgspec.structs.replace(circuit, generation=circuit.generation + 1)
        self._circuits[circuit.name] = changed, self.clock.monotonic()
        return changed

    async def read(self) -> Sequence[Circuit]:
        now = self.clock.monotonic()
        return [
            msgspec.structs.replace(c, hold_seconds=max(0.0, c.hold_seconds - (now - since)))
            for c, since in self._circuits.values()
        ]
