"""`fullhouse alerts`: what is wrong and was, who looks at it, and what is silenced."""

import enum
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer

from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.observability import alerts as stored
from fullhouse.observability.alert_rules import RULES_BY_NAME
from fullhouse.observability.alerts import Alert, Silence
from fullhouse.observability.limits import SILENCE_HOURS_MAX
from fullhouse.settings import Settings

_BY = "the operator, by command"


class AlertCommand(enum.StrEnum):
    """What can be done with alerts."""

    LIST = "list"
    ACKNOWLEDGE = "acknowledge"
    SILENCE = "silence"
    UNSILENCE = "unsilence"


class AlertsOutput(msgspec.Struct, frozen=True):
    """The latest alerts, and the rules that nobody is told of."""

    alerts: Sequence[Alert]
    silences: Sequence[Silence]


def alerts(
    command: Annotated[
        AlertCommand, typer.Argument(help="List, acknowledge, silence, or unsilence.")
    ] = AlertCommand.LIST,
    rule: Annotated[
        str | None, typer.Argument(help="A rule that `list` shows.", show_default=False)
    ] = None,
    *,
    hours: Annotated[
        float, typer.Option(min=0.1, max=SILENCE_HOURS_MAX, help="How long it is silent.")
    ] = 2.0,
    reason: Annotated[
        str, typer.Option(help="Why it is silenced, for those who look later.")
    ] = "Known.",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show what is wrong; acknowledge or silence it.

    People are told of a critical alert every half hour until somebody acknowledges it or it is
    over. Of a rule that is silenced nobody is told until its time has passed. Exit status 1 while
    a critical alert fires. Works beside a running server.
    """
    settings = settings_with(data_dir=data_dir)
    if command is not AlertCommand.LIST:
        run_async(change_alerts(settings, command, rule, hours=hours, reason=reason))
    found = run_async(read_alerts(settings))
    print_result(found, as_json=as_json, text=format_alerts(found))
    if any(one.severity == "critical" and one.state == "firing" for one in found.alerts):
        raise typer.Exit(1)


async def read_alerts(settings: Settings) -> AlertsOutput:
    async with (
        open_command_context(settings, command="alerts", allow=Permission.OPERATE) as context,
        context.database.unrestricted.session() as session,
    ):
        return AlertsOutput(
            await stored.recent_alerts(session),
            await stored.silences(session, now=SystemClock().now()),
        )


async def change_alerts(
    settings: Settings, command: AlertCommand, rule: str | None, *, hours: float, reason: str
) -> None:
    """Raises `InvalidInput` for a rule that there is not, and one without open alerts."""
    if rule is None:
        raise InvalidInput(f"Name one of: {', '.join(RULES_BY_NAME)}.", field="rule")
    now = SystemClock().now()
    async with (
        open_command_context(settings, command="alerts", allow=Permission.OPERATE) as context,
        context.database.unrestricted.session() as session,
    ):
        if command is AlertCommand.SILENCE:
            await stored.silence(session, rule, hours=hours, reason=reason, by=_BY, now=now)
        elif command is AlertCommand.UNSILENCE:
            await stored.end_silence(session, rule)
        elif not await stored.acknowledge(session, rule, by=_BY, now=now):
            raise InvalidInput("Choose a rule that fires and nobody looks at.", field="rule")


def format_alerts(found: AlertsOutput) -> str:
    """One line an alert, then what is silenced."""
    lines = [
        f"  {one.fired_at:%Y-%m-%d %H:%M}  {one.state:<12}  {one.severity:<8}  "
        f"{one.rule:<16}  {one.summary}"
        for one in found.alerts
    ] or ["  Nothing has been wrong."]
    lines += [
        f"  silent until {one.until:%Y-%m-%d %H:%M} UTC: {one.rule} ({one.reason})"
        for one in found.silences
    ]
    return "\n".join(lines)
