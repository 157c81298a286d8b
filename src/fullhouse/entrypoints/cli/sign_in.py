"""`fullhouse sign-in`: issue a sign-in link for a member of staff."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from fullhouse.booking.model.urls import sign_in_path
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.entrypoints.cli.organisation import parse_name
from fullhouse.people.actions.issue_sign_in_link import IssueSignInLink
from fullhouse.people.reads.directory import Directory
from fullhouse.settings import Settings


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A sign-in link and its expiry."""

    sign_in: str
    expires_at: datetime


def sign_in(
    org: Annotated[str, typer.Argument(help="The slug of the organisation.")],
    person: Annotated[str, typer.Argument(help="Who signs in, as the history will name them.")],
    *,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Print a link that signs a member of staff in, once, within a day.

    Works beside a running server.
    """
    link = run_async(issue(settings_with(data_dir=data_dir), org, person=parse_name(person)))
    text = f"  {link.sign_in}\n  (works once, until {link.expires_at:%Y-%m-%d %H:%M} UTC)"
    print_result(link, as_json=as_json, text=text)


async def issue(settings: Settings, org: str, *, person: str) -> SignInLink:
    """Issue the link; raises `UnknownOrganisation`."""
    async with open_command_context(settings, command="sign-in") as context:
        database, clock = context.database, context.clock
        organisation = await Directory(database, clock).organisation(org)
        issue_link = IssueSignInLink(database, clock, context.ids)
        link = await issue_link(organisation.org_id, person=person)
    return SignInLink(settings.base_url + sign_in_path(link.token), link.expires_at)
