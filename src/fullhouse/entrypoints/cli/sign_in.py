"""`fullhouse sign-in`: issue a sign-in link for a member of staff."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from fullhouse.booking.model.urls import sign_in_path
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.entrypoints.cli._server_url import server_url
from fullhouse.entrypoints.cli.organisation import parse_name
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.actions.second_factor import RemoveSecondFactor
from fullhouse.people.model.roles import Role
from fullhouse.people.reads.directory import OrganisationCache
from fullhouse.settings import Settings


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A sign-in link and its expiry."""

    sign_in: str
    expires_at: datetime


def sign_in(
    org: Annotated[str, typer.Argument(help="Slug of the organisation.")],
    person: Annotated[str, typer.Argument(help="Name of the person, as shown in the history.")],
    *,
    role: Annotated[
        Role | None,
        typer.Option(help="Role of the person [else owner for a new one, unchanged for others]."),
    ] = None,
    remove_second_factor: Annotated[
        bool,
        typer.Option(
            "--remove-second-factor",
            help="Remove the second factor of a person who lost it and the recovery codes.",
        ),
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Print a one-time sign-in link for a member of staff.

    It is valid for a day. Works beside a running server.
    """
    settings = settings_with(data_dir=data_dir)
    link = run_async(
        issue(
            settings,
            org,
            person=parse_name(person),
            role=role,
            remove_factor=remove_second_factor,
        )
    )
    text = f"  {link.sign_in}\n  (one-time link, valid until {link.expires_at:%Y-%m-%d %H:%M} UTC)"
    print_result(link, as_json=as_json, text=text)


async def issue(
    settings: Settings,
    org: str,
    *,
    person: str,
    role: Role | None = None,
    remove_factor: bool = False,
) -> SignInLink:
    """Issue the link; raises `UnknownOrganisation`."""
    async with open_command_context(
        settings, command="sign-in", allow=Permission.MANAGE_ACCESS
    ) as context:
        directory = OrganisationCache(context.database, context.clock)
        org_id = (await directory.organisation(org)).org_id
        async with context.unit_of_work(context.request, org_id) as uow:
            account_id = await context.people.grant_role(uow, name=person, role=role)
            link = await context.people.issue_sign_in_link(uow, account_id)
        if remove_factor:
            async with context.unit_of_work(context.request, INSTALLATION) as uow:
                await RemoveSecondFactor()(uow, account_id)
    return SignInLink(server_url(settings) + sign_in_path(link.token), link.expires_at)
