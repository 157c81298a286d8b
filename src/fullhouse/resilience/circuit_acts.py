"""What an operator sees of the circuits and does to them, by command and page alike."""

import enum
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from fullhouse.kernel.context import Principal
from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.circuits import Circuit
from fullhouse.resilience.shared_circuits import SharedCircuits

_CHANGES_MAX: Final = 5
"""A circuit that a process changes at the same moment is read again."""
_NAMED_MAX: Final = 10


class CircuitAct(enum.StrEnum):
    """What can be done to a circuit."""

    OPEN = "open"
    """Its service is not called."""
    CLOSE = "close"
    """Its service is called, whatever comes of it."""
    RELEASE = "release"
    """It decides by itself again."""


@dataclass(frozen=True, slots=True)
class CircuitActs:
    """Of the `services` that are set up, and of any circuit that was ever changed."""

    circuits: SharedCircuits
    services: Callable[[], Awaitable[Sequence[str]]]

    async def listed(self) -> list[Circuit]:
        """The circuits by name, those that never opened first."""
        stored = {circuit.name: circuit for circuit in await self.circuits.read()}
        names = dict.fromkeys((*await self.services(), *stored))
        return [stored.get(name, Circuit(name)) for name in names]

    async def keep(self, wanted: Circuit, principal: Principal) -> Circuit:
        """Keep a circuit open or closed for its `hold_seconds`, in the name of `principal`.

        Raises `InvalidInput` for one that there is not, and when others change it all the time.
        """
        circuits = replace(self.circuits, principal=principal)
        for _ in range(_CHANGES_MAX):
            now = next((one for one in await self.listed() if one.name == wanted.name), None)
            if now is None:
                known = ", ".join(one.name for one in (await self.listed())[:_NAMED_MAX])
                raise InvalidInput(f"Name one of: {known}.", field="service")
            changed = await circuits.change(
                msgspec.structs.replace(wanted, generation=now.generation)
            )
            if changed is not None:
                return changed
        raise InvalidInput("A process changes this circuit right now; try again.", field="service")


def circuit_to_keep(name: str, act: CircuitAct, *, minutes: int, reason: str) -> Circuit:
    """The circuit that an act asks for; one that is released is held in no state."""
    held = 0.0 if act is CircuitAct.RELEASE else 60.0 * minutes
    return Circuit(name, is_open=act is CircuitAct.OPEN, hold_seconds=held, reason=reason)
