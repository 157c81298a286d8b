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
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.people.model import ApiKey, KeyId
from fullhouse.people.model.roles import ApiKeyScope
from fullhouse.people.reads.directory import OrganisationCache
from fullhouse.people.reads.keys import api_keys
from fullhouse.settings import Settings


class KeyAction(enum.StrEnum):
    """The operations on the API keys of an organisation."""

    ISSUE = "issue"
    LIST = "list"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class KeyCommand:
    """What to do, for which organisation, with which key."""

    action: KeyAction
    org: str
    which: str
    scope: ApiKeyScope


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key as it is printed; `secret` is set only for a key that was just issued."""

    id: UUID
    name: str
    scope: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    secret: str | None = None


def key(
    action: Annotated[
        KeyAction, typer.Argument(help="Create one (issue), list all, or revoke one.")
    ],
    org: Annotated[str, typer.Argument(help="Slug of the organisation.")],
    which: Annotated[
        str, typer.Argument(help="Name of the new key, or ID of the key to revoke.")
    ] = "",
    *,
    scope: Annotated[
        ApiKeyScope | None,
        typer.Option(
            help="What a new key may do: read bookings; also book and change them; "
            "or manage everything [else manage].",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Create, list or revoke API keys.

    A key is shown only once; only its hash is stored. A revoked key is refused at once. Works
    beside a running server.
    """
    if action is not KeyAction.ISSUE and scope is not None:
        raise InvalidInput("Only a new key takes a --scope.", field="scope")
    if action is KeyAction.LIST and which:
        raise InvalidInput(f"All keys are listed: leave out “{which}”.", field="which")
    if action is not KeyAction.LIST and not which:
        detail = "Give the new key a name, or name the key to revoke by the id that `list` shows."
        raise InvalidInput(detail, field="which")
    command = KeyCommand(action, org, which, scope or "manage")
    shown = run_async(execute(settings_with(data_dir=data_dir), command))
    print_result({"keys": shown}, as_json=as_json, text=format_keys(shown))


async def execute(settings: Settings, command: KeyCommand) -> list[ShownKey]:
    """Execute the operation; raises `UnknownOrganisation`, `UnknownApiKey` and `InvalidInput`."""
    async with open_command_context(
        settings, command="key", allow=Permission.MANAGE_ACCESS
    ) as context:
        org_id = (
            await OrganisationCache(context.database, context.clock).organisation(command.org)
        ).org_id
        match command.action:
            case KeyAction.ISSUE:
                return [await issue(context, org_id, command)]
            case KeyAction.LIST:
                async with context.database.session() as session:
                    return [shown_of(key) for key in await api_keys(session, org_id)]
            case KeyAction.REVOKE:
                async with context.unit_of_work(context.request, org_id) as uow:
                    key_id = key_id_of(command.which)
                    return [shown_of(await context.people.revoke_api_key(uow, key_id))]
        assert_never(command.action)


async def issue(context: CommandContext, org_id: OrgId, command: KeyCommand) -> ShownKey:
    async with context.unit_of_work(context.request, org_id) as uow:
        made = await context.people.issue_api_key(
            uow, name=parse_name(command.which), scope=command.scope
        )
    return shown_of(made.key, secret=made.secret)


def shown_of(key: ApiKey, *, secret: str | None = None) -> ShownKey:
    return ShownKey(
        id=key.key_id,
        name=key.name,
        scope=key.scope,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
        secret=secret,
    )


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
    used = f"used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
    return f"  {key.id}  {key.scope:<6}  {state:<18}  {used:<15}  {key.name}"
