"""`fullhouse organisation`: a business moves in, and its owner gets what it takes to run it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from fullhouse.bootstrap import named_queries, schema
from fullhouse.entrypoints.cli import AsJson, DataDir, answer, run_async, settings_with
from fullhouse.kernel.clock import Clock, SystemClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids, RandomIds
from fullhouse.kernel.limits import NAME_CHARACTERS_MAX
from fullhouse.people.actions.create_organisation import CreateOrganisation
from fullhouse.people.actions.issue_api_key import IssueApiKey
from fullhouse.people.model import NewOrganisation
from fullhouse.settings import Settings
from fullhouse.storage.database import Database, open_database
from fullhouse.storage.embedded import database_at
from fullhouse.storage.schema import require_current_schema

_CURRENCY_LETTERS = 3
FIRST_KEY = "set-up"


@dataclass(frozen=True, slots=True)
class Desk:
    """What an operator's command works with."""

    database: Database
    clock: Clock
    ids: Ids


@dataclass(frozen=True, slots=True)
class MovedIn:
    """A new business: where its pages and its API are, and its first key, shown this once."""

    slug: str
    page: str
    api: str
    key: str


def organisation(
    slug: Annotated[str, typer.Argument(help="Its address: small letters, digits and dashes.")],
    *,
    name: Annotated[str, typer.Option(help="How it is called.")],
    currency: Annotated[str, typer.Option(help="What it charges in, by ISO 4217.")] = "USD",
    email: Annotated[str, typer.Option(help="Where guests' answers to its letters go.")] = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a business, and print its addresses and the key to set it up with.

    Its venues, offerings and schedules are set up by the API. Works beside a running server.
    """
    new = NewOrganisation(slug, plain_name(name), plain_currency(currency), email=email)
    moved_in = run_async(moving_in(settings_with(data_dir=data_dir), new))
    answer(moved_in, as_json=as_json, words=in_words(moved_in))


@asynccontextmanager
async def desk_at(settings: Settings, *, name: str) -> AsyncIterator[Desk]:
    """The settings' database, open for a command; raises `SchemaOutOfDate`."""
    clock = SystemClock()
    async with database_at(settings.database_url, settings.data_dir) as url:
        database = await open_database(
            url,
            catalogue=named_queries(),
            clock=clock,
            connections_max=2,
            application_name=f"fullhouse {name}",
        )
        try:
            async with database.session() as session:
                await require_current_schema(session.connection, schema())
            yield Desk(database, clock, RandomIds(clock))
        finally:
            await database.close()


async def moving_in(settings: Settings, new: NewOrganisation) -> MovedIn:
    """Raises as `CreateOrganisation`."""
    async with desk_at(settings, name="organisation") as desk:
        made = await CreateOrganisation(desk.database, desk.clock, desk.ids)(new)
        issued = await IssueApiKey(desk.database, desk.clock, desk.ids)(made.org_id, name=FIRST_KEY)
    return MovedIn(
        slug=made.slug,
        page=f"{settings.base_url}/{made.slug}",
        api=f"{settings.base_url}/api/v1/{made.slug}",
        key=issued.secret,
    )


def plain_name(name: str) -> str:
    """Without space around it; raises `InvalidInput` when it is empty or too long."""
    plain = name.strip()
    if not 0 < len(plain) <= NAME_CHARACTERS_MAX:
        raise InvalidInput(f"A name has 1 to {NAME_CHARACTERS_MAX} characters.", field="name")
    return plain


def plain_currency(currency: str) -> str:
    """In capitals; raises `InvalidInput` for what is no code of three letters."""
    code = currency.upper()
    if len(code) != _CURRENCY_LETTERS or not (code.isascii() and code.isalpha()):
        raise InvalidInput("A currency has three letters, such as USD.", field="currency")
    return code


def in_words(moved_in: MovedIn) -> str:
    return "\n".join(
        [
            f"  Its pages   {moved_in.page}",
            f"  Its API     {moved_in.api}",
            f"  Its key     {moved_in.key}",
            "              (shown this once; send it as Authorization: Bearer)",
            f"  The desk    fullhouse sign-in {moved_in.slug} NAME prints a link for its staff",
        ]
    )
