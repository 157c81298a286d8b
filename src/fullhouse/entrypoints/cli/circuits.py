"""`fullhouse circuits`: show the circuits of services, keep one open or closed for a time."""

import enum
from collections.abc import Sequence
from typing import Annotated

import typer
from msgspec.structs import replace

from fullhouse.bootstrap.services import SERVICES
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import CommandContext, open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.circuits import Circuit
from fullhouse.resilience.limits import CIRCUIT_KEPT_MINUTES_MAX
from fullhouse.resilience.reasons import parse_reason
from fullhouse.resilience.shared_circuits import SharedCircuits
from fullhouse.settings import Settings

_MINUTES = 60
_CHANGES_MAX = 5
"""A circuit that the server changes at the same moment is read again."""


class CircuitCommand(enum.StrEnum):
    """The operations on circuits."""

    LIST = "list"
    OPEN = "open"
    CLOSE = "close"


def circuits(
    command: Annotated[
        CircuitCommand, typer.Argument(help="List, open, or close.")
    ] = CircuitCommand.LIST,
    service: Annotated[
        str | None, typer.Argument(help="A service that `list` shows.", show_default=False)
    ] = None,
    *,
    minutes: Annotated[
        int, typer.Option(min=0, max=CIRCUIT_KEPT_MINUTES_MAX, help="How long it stays so.")
    ] = _MINUTES,
    reason: Annotated[
        str, typer.Option(help="Why, for those who look later.")
    ] = "Set by the operator.",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the circuits of services; open or close one.

    While a circuit is open its service is not called, and what is to be sent waits. Afterwards one
    call finds out whether it works. A closed one does not open, whatever calls come to; with
    `--minutes 0` it decides by itself again at once. Works beside a running server.
    """
    settings = settings_with(data_dir=data_dir)
    if command is not CircuitCommand.LIST:
        wanted = Circuit(
            known_service(service),
            is_open=command is CircuitCommand.OPEN,
            hold_seconds=60.0 * minutes,
            reason=parse_reason(reason),
        )
        run_async(change(settings, wanted))
    listed = run_async(list_circuits(settings))
    print_result({"circuits": listed}, as_json=as_json, text=format_circuits(listed))


async def list_circuits(settings: Settings) -> list[Circuit]:
    """The circuit of every service; those that never opened too."""
    async with open_command_context(
        settings, command="circuits", allow=Permission.OPERATE
    ) as context:
        return await _load(_shared(context))


async def change(settings: Settings, wanted: Circuit) -> None:
    """Set the state of a circuit; raises `InvalidInput` when others change it all the time."""
    async with open_command_context(
        settings, command="circuits", allow=Permission.OPERATE
    ) as context:
        shared = _shared(context)
        for _ in range(_CHANGES_MAX):
            (now,) = [each for each in await _load(shared) if each.name == wanted.name]
            if await shared.change(replace(wanted, generation=now.generation)):
                return
    raise InvalidInput("The server changes this circuit right now; try again.", field="service")


def format_circuits(listed: Sequence[Circuit]) -> str:
    return "\n".join(_line(circuit) for circuit in listed)


def _line(circuit: Circuit) -> str:
    minutes = circuit.hold_seconds / 60
    state = "open" if circuit.is_open else "closed"
    held = f" for {minutes:.1f} min more" if circuit.hold_seconds else ""
    return f"  {circuit.name:<16}  {state}{held}  {circuit.reason}".rstrip()


def _shared(context: CommandContext) -> SharedCircuits:
    unit_of_work, principal = context.unit_of_work, context.request.principal
    return SharedCircuits(context.database, unit_of_work, unit_of_work.ids, principal)


async def _load(circuits: SharedCircuits) -> list[Circuit]:
    stored = {circuit.name: circuit for circuit in await circuits.read()}
    return [stored.get(name, Circuit(name)) for name in SERVICES]


def known_service(service: str | None) -> str:
    """Raises `InvalidInput` for a service that there is not."""
    if service not in SERVICES:
        raise InvalidInput(f"Name one of: {', '.join(SERVICES)}.", field="service")
    return service
