"""`fullhouse sign-in`: a link that lets a member of staff in, once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from fullhouse.entrypoints.cli import AsJson, DataDir, answer, run_async, settings_with
from fullhouse.entrypoints.cli.organisation import desk_at, plain_name
from fullhouse.people.actions.issue_sign_in_link import IssueSignInLink
from fullhouse.people.reads.directory import Directory
from fullhouse.settings import Settings


@dataclass(frozen=True, slots=True)
class WayIn:
    """The link, and until when it works."""

    sign_in: str
    expires_at: datetime


def sign_in(
    org: Annotated[str, typer.Argument(help="The address of the business.")],
    person: Annotated[str, typer.Argument(help="Who signs in, as the history will name them.")],
    *,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Print a link that signs a member of staff in, once, within a day.

    Works beside a running server.
    """
    way_in = run_async(made(settings_with(data_dir=data_dir), org, person=plain_name(person)))
    words = f"  {way_in.sign_in}\n  (works once, until {way_in.expires_at:%Y-%m-%d %H:%M} UTC)"
    answer(way_in, as_json=as_json, words=words)


async def made(settings: Settings, org: str, *, person: str) -> WayIn:
    """Raises `UnknownOrganisation`."""
    async with desk_at(settings, name="sign-in") as desk:
        organisation = await Directory(desk.database, desk.clock).organisation(org)
        issue = IssueSignInLink(desk.database, desk.clock, desk.ids)
        link = await issue(organisation.org_id, person=person)
    return WayIn(f"{settings.base_url}/admin/enter/{link.token}", link.expires_at)
