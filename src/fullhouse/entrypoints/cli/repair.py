"""`fullhouse repair`: show what breaks a consistency rule with its repair, and repair it."""

import enum
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

import typer
from msgspec import Struct

from fullhouse.bootstrap.consistency import build_consistency_watch, build_repairs
from fullhouse.entrypoints.cli import (
    AsJson,
    DataDir,
    ListedIds,
    no_such_id,
    print_result,
    run_async,
    settings_with,
)
from fullhouse.entrypoints.cli._context import CommandContext, open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.reads.organisations import organisations
from fullhouse.resilience.consistency_acts import (
    ConsistencyActs,
    ShownInconsistency,
    change_lines,
)
from fullhouse.resilience.consistency_reads import find_inconsistency, open_inconsistencies
from fullhouse.settings import Settings
from fullhouse.telemetry.metrics import MetricRegistry

_REPAIRED_LISTED: Final = timedelta(days=1)


class RepairCommand(enum.StrEnum):
    """The operations on what breaks a rule."""

    LIST = "list"
    APPLY = "apply"
    UNDO = "undo"
    RELEASE = "release"


class ListedInconsistencies(Struct, frozen=True):
    """What is still there, and what was repaired within a day, by itself or by somebody."""

    inconsistencies: Sequence[ShownInconsistency]
    repaired: Sequence[ShownInconsistency] = ()

    @property
    def text(self) -> str:
        found = [_text(one) for one in self.inconsistencies] or ["All data is consistent."]
        if self.repaired:
            found.append("Repaired in the last 24 hours; `undo` takes the id:")
        found += [f"{one.id}\n    {one.statement}: {one.message}" for one in self.repaired]
        return "\n\n".join(found)


def repair(
    command: Annotated[
        RepairCommand, typer.Argument(help="List, apply, undo, or release.")
    ] = RepairCommand.LIST,
    ids: ListedIds = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; needed to release.")] = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show what is broken in the data, and repair it.

    What is found is looked at twice, five seconds apart. A repair is shown as a difference before
    it is applied, and can be undone; `apply` takes the id as `list` shows it, and refuses a repair
    that has become another. What was repaired within a day is listed too: wrong counters are by
    themselves. Works beside a running server. Exit status 0 means that nothing is left open.
    """
    settings = settings_with(data_dir=data_dir)
    if command is not RepairCommand.LIST:
        run_async(change(settings, command, ids or (), reason=reason))
    found = run_async(list_open(settings, check=command is RepairCommand.LIST))
    print_result(found, as_json=as_json, text=found.text)
    if any(one.outcome == "open" for one in found.inconsistencies):
        raise typer.Exit(1)


async def list_open(settings: Settings, *, check: bool = True) -> ListedInconsistencies:
    """Check all rules, then list what is open or released, each with its repair."""
    async with open_command_context(
        settings, command="repair", allow=Permission.OPERATE
    ) as context:
        acts = _acts(context)
        if check:
            watch = build_consistency_watch(context.unit_of_work, MetricRegistry())
            await watch.check(watch.consistency.rules)
        async with context.database.session() as session:
            found = await open_inconsistencies(session, list(acts.repairs.rules))
            businesses = await organisations(session)
        since = context.clock.now() - _REPAIRED_LISTED
        return ListedInconsistencies(
            [await acts.show(context.request, one.org_id, one.inconsistency_id) for one in found],
            [
                one
                for business in businesses
                for one in await acts.listed(business.org_id)
                if one.outcome == "repaired" and one.ended_at and one.ended_at > since
            ],
        )


async def change(
    settings: Settings, command: RepairCommand, ids: Sequence[str], *, reason: str
) -> None:
    """Apply, undo or release those named, in their order.

    Raises `InvalidInput`, and what the repair raises: what was done before stays done.
    """
    if not ids:
        raise InvalidInput("Name what `list` shows by its ids.", field="ids")
    async with open_command_context(
        settings, command="repair", allow=Permission.OPERATE
    ) as context:
        acts, request = _acts(context), context.request
        for id_ in ids:
            text, _, shown = id_.partition("@")
            async with context.database.session() as session:
                found = await find_inconsistency(session, _uuid(text))
            org_id, key = found.org_id, found.inconsistency_id
            match command:
                case RepairCommand.UNDO:
                    await acts.undo(request, org_id, key)
                case RepairCommand.RELEASE:
                    await acts.release(request, org_id, key, reason=reason)
                case _:
                    await acts.repair(request, org_id, key, shown=shown or None)


def _acts(context: CommandContext) -> ConsistencyActs:
    return ConsistencyActs(context.unit_of_work, build_repairs())


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise no_such_id(text) from None


def _text(one: ShownInconsistency) -> str:
    state = "released" if one.outcome == "released" else "open"
    shown = f"@{one.repair}" if one.repair else ""
    lines = [f"{one.id}{shown}  {state}", f"    {one.statement}: {one.message}"]
    lines += [f"    {line}" for line in change_lines(one.changes)]
    if one.repair is None:
        lines.append(f"    There is no repair. {one.advice}".rstrip())
    return "\n".join(lines)
