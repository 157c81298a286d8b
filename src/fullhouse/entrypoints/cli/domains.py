"""`fullhouse domains`: list, confirm or withdraw the own domains of businesses."""

import enum
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import CommandContext, open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.people.model.domains import domain_name, require_other_domain
from fullhouse.people.reads.directory import OrganisationCache
from fullhouse.people.reads.organisations import NamedDomain, named_domains
from fullhouse.people.updates import locked_organisation
from fullhouse.settings import Settings


class DomainCommand(enum.StrEnum):
    """The operations on domains."""

    LIST = "list"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"


def domains(
    command: Annotated[
        DomainCommand, typer.Argument(help="List, confirm, or withdraw.")
    ] = DomainCommand.LIST,
    org: Annotated[
        str | None, typer.Argument(help="Slug of the organisation.", show_default=False)
    ] = None,
    domain: Annotated[
        str | None, typer.Argument(help="The domain to confirm.", show_default=False)
    ] = None,
    *,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the domains of businesses; confirm or withdraw one.

    A business names its domain in its settings, and is served there once it is confirmed. Confirm
    it when you know that the domain is the business's: nothing else proves it. Works beside a
    running server.
    """
    settings = settings_with(data_dir=data_dir)
    if command is DomainCommand.CONFIRM:
        run_async(confirm(settings, org or "", domain or ""))
    elif command is DomainCommand.WITHDRAW:
        run_async(withdraw(settings, org or ""))
    listed = run_async(list_domains(settings))
    print_result({"domains": listed}, as_json=as_json, text=format_domains(listed))


async def list_domains(settings: Settings) -> list[NamedDomain]:
    """Those that businesses name, by name; several businesses may name one."""
    async with (
        open_command_context(settings, command="domains", allow=Permission.OPERATE) as context,
        context.database.session() as session,
    ):
        return await named_domains(session)


async def confirm(settings: Settings, org: str, domain: str) -> None:
    """Raises as `ConfirmDomain`, and `InvalidInput` for the installation's own address."""
    wanted = domain_name(domain)
    require_other_domain(wanted, settings.base_url)
    async with open_command_context(
        settings, command="domains", allow=Permission.OPERATE
    ) as context:
        org_id = await _org_id(context, org)
        async with context.unit_of_work(context.request, org_id) as uow:
            await context.people.confirm_domain(uow, wanted)


async def withdraw(settings: Settings, org: str) -> None:
    """The business has no domain then. Raises `UnknownOrganisation`."""
    async with open_command_context(
        settings, command="domains", allow=Permission.OPERATE
    ) as context:
        org_id = await _org_id(context, org)
        async with context.unit_of_work(context.request, org_id) as uow:
            current = await locked_organisation(uow.session, org_id)
            await context.people.change_organisation(uow, replace(current, domain=""))


async def _org_id(context: CommandContext, org: str) -> OrgId:
    return (await OrganisationCache(context.database, context.clock).organisation(org)).org_id


def format_domains(listed: Sequence[NamedDomain]) -> str:
    return "\n".join(map(_line, listed)) or "  No business names a domain of its own."


def _line(one: NamedDomain) -> str:
    state = "confirmed" if one.domain_confirmed_at else "not confirmed"
    return f"  {one.domain:<40}  {one.slug:<24}  {state}"
