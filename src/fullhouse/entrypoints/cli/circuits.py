"""`fullhouse circuits`: show the circuits of services, keep one open or closed for a time."""

import enum
from collections.abc import Sequence
from typing import Annotated

import typer

from fullhouse.bootstrap.services import circuit_acts
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import CommandContext, open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.resilience.circuit_acts import CircuitAct, CircuitActs, circuit_to_keep
from fullhouse.resilience.circuits import Circuit
from fullhouse.resilience.limits import CIRCUIT_KEPT_MINUTES_DEFAULT, CIRCUIT_KEPT_MINUTES_MAX
from fullhouse.resilience.reasons import parse_reason
from fullhouse.resilience.shared_circuits import SharedCircuits
from fullhouse.settings import Settings


class CircuitCommand(enum.StrEnum):
    """The operations on circuits."""

    LIST = "list"
    OPEN = "open"
    CLOSE = "close"
    RELEASE = "release"


def circuits(
    command: Annotated[
        CircuitCommand, typer.Argument(help="List, open, close, or release.")
    ] = CircuitCommand.LIST,
    service: Annotated[
        str | None, typer.Argument(help="A service that `list` shows.", show_default=False)
    ] = None,
    *,
    minutes: Annotated[
        int, typer.Option(min=0, max=CIRCUIT_KEPT_MINUTES_MAX, help="How long it stays so.")
    ] = CIRCUIT_KEPT_MINUTES_DEFAULT,
    reason: Annotated[
        str, typer.Option(help="Why, for those who look later.")
    ] = "Set by the operator.",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the circuits of services; open, close or release one.

    While a circuit is open its service is not called; what is to be sent waits or goes another way.
    Afterwards one call finds out whether it works. A closed one does not open, whatever calls come
    to; one that is released decides by itself again at once. Works beside a running server.
    """
    settings = settings_with(data_dir=data_dir)
    if command is not CircuitCommand.LIST:
        act, why = CircuitAct(command.value), parse_reason(reason)
        run_async(
            change(settings, circuit_to_keep(service or "", act, minutes=minutes, reason=why))
        )
    listed = run_async(list_circuits(settings))
    print_result({"circuits": listed}, as_json=as_json, text=format_circuits(listed))


async def list_circuits(settings: Settings) -> list[Circuit]:
    """The circuit of every service; those that never opened too."""
    async with open_command_context(
        settings, command="circuits", allow=Permission.OPERATE
    ) as context:
        return await _acts(context).listed()


async def change(settings: Settings, wanted: Circuit) -> None:
    """Set the state of a circuit; raises as `CircuitActs.keep`."""
    async with open_command_context(
        settings, command="circuits", allow=Permission.OPERATE
    ) as context:
        await _acts(context).keep(wanted, context.request.principal)


def format_circuits(listed: Sequence[Circuit]) -> str:
    return "\n".join(_line(circuit) for circuit in listed)


def _line(circuit: Circuit) -> str:
    minutes = circuit.hold_seconds / 60
    state = "open" if circuit.is_open else "closed"
    held = f" for {minutes:.1f} min more" if circuit.hold_seconds else ""
    return f"  {circuit.name:<16}  {state}{held}  {circuit.reason}".rstrip()


def _acts(context: CommandContext) -> CircuitActs:
    unit_of_work = context.unit_of_work
    return circuit_acts(SharedCircuits(context.database, unit_of_work, unit_of_work.ids))
