"""`fullhouse organisation`: create an organisation and its first API key."""

from dataclasses import dataclass
from typing import Annotated

import typer

from fullhouse.booking.model.urls import api_path, organisation_path
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.entrypoints.cli._server_url import server_url
from fullhouse.kernel.context import Permission
from fullhouse.kernel.currencies import parse_currency
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.text import one_line
from fullhouse.people.limits import NAME_CHARACTERS_MAX
from fullhouse.people.model import NewOrganisation
from fullhouse.people.model.contact import email_address
from fullhouse.settings import Settings

FIRST_KEY = "set-up"


@dataclass(frozen=True, slots=True)
class CreatedOrganisation:
    """The addresses of a new organisation, and its first API key, which is shown only now."""

    slug: str
    currency: str
    page: str
    api: str
    key: str


def organisation(
    slug: Annotated[
        str, typer.Argument(help="Slug for its addresses: lower-case letters, digits and hyphens.")
    ],
    *,
    name: Annotated[str, typer.Option(help="Name.")],
    currency: Annotated[str, typer.Option(help="Currency (ISO 4217).")] = "USD",
    email: Annotated[str, typer.Option(help="Reply-to address of its e-mails.")] = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Create an organisation and its first API key.

    Add venues, offerings and schedules through the API. Works beside a running server.
    """
    new = NewOrganisation(
        slug, parse_name(name), parse_currency(currency), email=parse_email(email)
    )
    created = run_async(create(settings_with(data_dir=data_dir), new))
    print_result(created, as_json=as_json, text=format_created(created))


async def create(settings: Settings, new: NewOrganisation) -> CreatedOrganisation:
    """Create the organisation and its first key; raises as `CreateOrganisation`."""
    async with open_command_context(
        settings, command="organisation", allow=Permission.OPERATE
    ) as context:
        org_id = OrgId(context.unit_of_work.ids.uuid())
        async with context.unit_of_work(context.request, org_id) as uow:
            made = await context.people.create_organisation(uow, new)
            issued = await context.people.issue_api_key(uow, name=FIRST_KEY, scope="manage")
    return CreatedOrganisation(
        slug=made.slug,
        currency=made.currency,
        page=server_url(settings) + organisation_path(made.slug),
        api=server_url(settings) + api_path(made.slug),
        key=issued.secret,
    )


def parse_name(name: str) -> str:
    """The name as one line; raises `InvalidInput` when empty or too long."""
    line = one_line(name)
    if not 0 < len(line) <= NAME_CHARACTERS_MAX:
        raise InvalidInput(f"A name has 1 to {NAME_CHARACTERS_MAX} characters.", field="name")
    return line


def parse_email(email: str) -> str:
    """The address, or empty; raises `InvalidInput`."""
    return email_address(email) if email.strip() else ""


def format_created(created: CreatedOrganisation) -> str:
    return "\n".join(
        [
            f"  Currency    {created.currency}, in which all its prices are",
            f"  Pages       {created.page}",
            f"  API         {created.api}",
            f"  API key     {created.key}",
            "              (shown only now; send it as Authorization: Bearer KEY)",
            f"  Staff area  fullhouse sign-in {created.slug} NAME   prints a sign-in link",
        ]
    )
