"""The services of others that Fullhouse calls, each through a circuit of its name."""

from collections.abc import Sequence
from typing import Final

from fullhouse.messages.channel_store import gateway_circuits
from fullhouse.resilience.circuit_acts import CircuitActs
from fullhouse.resilience.limits import CIRCUITS_MAX
from fullhouse.resilience.shared_circuits import SharedCircuits

MAIL_SERVER: Final = "mail-server"
SERVICES: Final = (MAIL_SERVER,)
"""Of the installation; each business may have gateways of its own."""


def circuit_acts(circuits: SharedCircuits) -> CircuitActs:
    """What an operator does to the circuits of the mail server and of each business's gateways."""

    async def services() -> Sequence[str]:
        async with circuits.database.unrestricted.session() as session:
            return (*SERVICES, *await gateway_circuits(session, rows_max=CIRCUITS_MAX))

    return CircuitActs(circuits, services)
