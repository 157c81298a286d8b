"""Circuits as rows: every process of every machine sees the same. Times are the database's."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from fullhouse.kernel.context import SYSTEM, Principal, RequestContext
from fullhouse.kernel.ids import INSTALLATION, Ids, derived_id
from fullhouse.resilience.circuits import Circuit
from fullhouse.resilience.events import CIRCUITS, CircuitClosed, CircuitOpened
from fullhouse.resilience.limits import CIRCUITS_MAX
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory


class _Changed(Struct, frozen=True):
    generation: int
    was_open: bool


@dataclass(frozen=True, slots=True)
class SharedCircuits:
    """Implements `Circuits`; whoever changes one is `principal` in its history."""

    database: Database
    unit_of_work: UnitOfWorkFactory
    ids: Ids
    principal: Principal = SYSTEM

    async def change(self, circuit: Circuit) -> Circuit | None:
        context = RequestContext(self.principal, self.ids.uuid())
        async with self.unit_of_work(context, INSTALLATION) as uow:
            changed = await uow.session.fetch_one(
                "resilience.change_circuit",
                _Changed,
                name=circuit.name,
                generation=circuit.generation,
                is_open=circuit.is_open,
                hold_seconds=circuit.hold_seconds,
                reason=circuit.reason,
            )
            if changed is None:
                return None
            # Of what a process does by itself, only the turns; of an operator, everything
            if changed.was_open != circuit.is_open or self.principal != SYSTEM:
                _record(uow, circuit)
        return msgspec.structs.replace(circuit, generation=changed.generation)

    async def read(self) -> Sequence[Circuit]:
        async with self.database.session() as session:
            return await session.fetch("resilience.circuits", Circuit, circuits_max=CIRCUITS_MAX)


def _record(uow: UnitOfWork, circuit: Circuit) -> None:
    service, reason, held = circuit.name, circuit.reason, circuit.hold_seconds
    kind = CircuitOpened if circuit.is_open else CircuitClosed
    event = kind(service=service, reason=reason, hold_seconds=held)
    uow.record(derived_id(CIRCUITS, service), event)
