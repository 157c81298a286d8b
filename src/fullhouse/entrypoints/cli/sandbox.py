"""`fullhouse sandbox`: run outside services that fail on demand, and set how they fail."""

import socket
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

import typer

from fullhouse.bootstrap.logging import configured_logging
from fullhouse.concurrency.signals import StopRequest
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._server_url import sandbox_url
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.processes.parent_line import exit_with_parent
from fullhouse.sandbox.client import change_provider, list_providers, seconds_of
from fullhouse.sandbox.control import ProviderStatus
from fullhouse.sandbox.limits import SANDBOX_PORT
from fullhouse.sandbox.listening import Listeners, SandboxAddresses, listening_pair
from fullhouse.sandbox.modes import Mode
from fullhouse.sandbox.sandbox import SandboxOptions, running_sandbox


class SandboxCommand(StrEnum):
    """What to do with the sandbox."""

    RUN = "run"
    SET = "set"
    LIST = "list"


Which = Annotated[
    str | None, typer.Argument(help="Set: a provider that `list` shows.", show_default=False)
]
How = Annotated[Mode | None, typer.Argument(help="Set: how it behaves.", show_default=False)]
HowLong = Annotated[str | None, typer.Option("--for", help="Set: how long, as 90s, 30m or 2h.")]
Latency = Annotated[float | None, typer.Option(min=0, help="Set: seconds before each answer.")]
ErrorRate = Annotated[
    float | None, typer.Option(min=0, max=1, help="Set: share of requests that fail.")
]
SandboxUrl = Annotated[str | None, typer.Option(help="Set, list: address of the sandbox.")]
Host = Annotated[str, typer.Option(help="Run: address to listen on.")]
Port = Annotated[
    int, typer.Option(min=0, help="Run: port for HTTP; SMTP is on the next. 0 takes any.")
]
Seed = Annotated[int, typer.Option(help="Run: what chance is drawn from.")]


def sandbox(  # noqa: PLR0913 - the options of a command
    command: Annotated[
        SandboxCommand, typer.Argument(help="Run it, set how a provider behaves, or list them.")
    ] = SandboxCommand.RUN,
    provider: Which = None,
    mode: How = None,
    *,
    duration: HowLong = None,
    latency: Latency = None,
    error_rate: ErrorRate = None,
    url: SandboxUrl = None,
    host: Host = "127.0.0.1",
    port: Port = SANDBOX_PORT,
    seed: Seed = 1,
    data_dir: DataDir = None,
    as_json: AsJson = False,
    listen_on: Annotated[list[int] | None, typer.Option(hidden=True)] = None,
    supervised: Annotated[bool, typer.Option("--exit-with-parent", hidden=True)] = False,
) -> None:
    """Run outside services that fail on demand.

    Make.com, an SMS gateway, a mail server and others, for tests and to see what happens. Its page
    shows each with a switch and its last calls. `set` and `list` work on a running sandbox:
    `fullhouse sandbox set make down --for 2h`.
    """
    if command is SandboxCommand.RUN:
        if supervised:
            exit_with_parent()
        listeners = _inherited(listen_on) if listen_on else listening_pair(host, port)
        options = SandboxOptions(seed, is_open=not listen_on and host not in _LOOPBACK)
        with configured_logging(settings_with()), listeners:
            if not listen_on:
                _print_addresses(SandboxAddresses(listeners.url), as_json=as_json)
            run_async(_run(listeners, options))
        return
    address = (url or sandbox_url(settings_with(data_dir=data_dir))).rstrip("/")
    if command is SandboxCommand.SET:
        given = {"mode": mode, "latency_seconds": latency, "error_rate": error_rate}
        _set(address, provider, {**given, "for_seconds": duration and seconds_of(duration)})
    listed = run_async(list_providers(address))
    text = "\n".join(map(_line, listed))
    print_result({"sandbox": address, "providers": listed}, as_json=as_json, text=text)


_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def _set(address: str, provider: str | None, given: Mapping[str, object]) -> None:
    """Change a provider; raises `InvalidInput` when there is nothing to change."""
    change = {name: value for name, value in given.items() if value is not None}
    if provider is None or not change:
        raise InvalidInput("Name a provider and a mode: set make down --for 2h.", field="mode")
    run_async(change_provider(address, provider, change))


async def _run(listeners: Listeners, options: SandboxOptions) -> None:
    """Until the first signal."""
    stop = StopRequest()
    with stop.on_signals():
        async with running_sandbox(listeners, SystemClock(), options):
            await stop.requested.wait()


def _inherited(descriptors: list[int]) -> Listeners:
    http, smtp = descriptors
    return Listeners(socket.socket(fileno=http), socket.socket(fileno=smtp))


def _print_addresses(addresses: SandboxAddresses, *, as_json: bool) -> None:
    facts = {
        "sandbox": addresses.url,
        "smtp": addresses.smtp,
        "make": addresses.make_hook,
        "sms": addresses.sms,
    }
    lines = [f"  {name:<8} {address}" for name, address in facts.items() if name != "sandbox"]
    head = f"The sandbox is running at {addresses.url}/ (press Ctrl+C to stop)"
    print_result(facts, as_json=as_json, text="\n".join([head, "", *lines]))


def _line(status: ProviderStatus) -> str:
    until = f" until {status.until:%Y-%m-%d %H:%M:%S} UTC" if status.until else ""
    counts = f"{status.received} received, {status.failed} failed, {status.sent} webhooks sent"
    return f"  {status.name:<8} {status.mode.value:<20} {counts}{until}"
