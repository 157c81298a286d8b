"""`fullhouse key`: issue, list and revoke the API keys of an organisation."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, assert_never
from uuid import UUID

import typer

from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import CommandContext, open_command_context
from fullhouse.entrypoints.cli.organisation import parse_name
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.people.actions.issue_api_key import IssueApiKey
from fullhouse.people.actions.revoke_api_key import RevokeApiKey
from fullhouse.people.model import ApiKey, KeyId
from fullhouse.people.reads.directory import Directory
from fullhouse.people.reads.keys import api_keys
from fullhouse.settings import Settings


class KeyCommand(enum.StrEnum):
    """The operations on the API keys of an organisation."""

    ISSUE = "issue"
    LIST = "list"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key as it is printed; `secret` is set only for a key that was just issued."""

    id: UUID
    name: str
    created_at: datetime
    revoked_at: datetime | None
    secret: str | None = None


def key(
    command: Annotated[KeyCommand, typer.Argument(help="Issue one, list all, or revoke one.")],
    org: Annotated[str, typer.Argument(help="The slug of the organisation.")],
    which: Annotated[
        str, typer.Argument(help="The name of the new key, or the id of the key to revoke.")
    ] = "",
    *,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Issue, list or revoke API keys. The secret is shown once; only its hash is stored.

    Works beside a running server; a revoked key is refused at once.
    """
    shown = run_async(execute(settings_with(data_dir=data_dir), command, org=org, which=which))
    print_result({"keys": shown}, as_json=as_json, text=format_keys(shown))


async def execute(
    settings: Settings, command: KeyCommand, *, org: str, which: str
) -> list[ShownKey]:
    """Execute the operation; raises `UnknownOrganisation`, `UnknownApiKey` and `InvalidInput`."""
    async with open_command_context(settings, command="key") as context:
        org_id = (await Directory(context.database, context.clock).organisation(org)).org_id
        match command:
            case KeyCommand.ISSUE:
                return [await issue(context, org_id, parse_name(which))]
            case KeyCommand.LIST:
                async with context.database.session() as session:
                    return [shown_of(key) for key in await api_keys(session, org_id)]
            case KeyCommand.REVOKE:
                revoke = RevokeApiKey(context.database, context.clock, context.ids)
                return [shown_of(await revoke(org_id, key_id_of(which)))]
        assert_never(command)


async def issue(context: CommandContext, org_id: OrgId, name: str) -> ShownKey:
    made = await IssueApiKey(context.database, context.clock, context.ids)(org_id, name=name)
    return shown_of(made.key, secret=made.secret)


def shown_of(key: ApiKey, *, secret: str | None = None) -> ShownKey:
    return ShownKey(key.key_id, key.name, key.created_at, key.revoked_at, secret)


def key_id_of(text: str) -> KeyId:
    """Parse the id of a key; raises `InvalidInput`."""
    try:
        return KeyId(UUID(text))
    except ValueError:
        raise InvalidInput("Name the key by the id that `list` shows.", field="which") from None


def format_keys(keys: Sequence[ShownKey]) -> str:
    return "\n".join(_line(key) for key in keys) or "There are no keys."


def _line(key: ShownKey) -> str:
    if key.secret is not None:
        return f"  {key.secret}\n  (shown this once; id {key.id})"
    state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
    return f"  {key.id}  {key.created_at:%Y-%m-%d}  {state:<18}  {key.name}"
