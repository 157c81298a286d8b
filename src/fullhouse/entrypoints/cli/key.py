"""`fullhouse key`: the API keys of a business, made, listed and ended."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, assert_never
from uuid import UUID

import typer

from fullhouse.entrypoints.cli import AsJson, DataDir, answer, run_async, settings_with
from fullhouse.entrypoints.cli.organisation import Desk, desk_at, plain_name
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.people.actions.issue_api_key import IssueApiKey
from fullhouse.people.actions.revoke_api_key import RevokeApiKey
from fullhouse.people.model import ApiKey, KeyId
from fullhouse.people.reads.directory import Directory
from fullhouse.people.reads.keys import api_keys
from fullhouse.settings import Settings


class Wish(enum.StrEnum):
    """What to do with the keys of a business."""

    ISSUE = "issue"
    LIST = "list"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key as it is shown; its secret only when it has just been made."""

    id: UUID
    name: str
    created_at: datetime
    revoked_at: datetime | None
    secret: str | None = None


def key(
    wish: Annotated[Wish, typer.Argument(help="Make one, list all, or end one.")],
    org: Annotated[str, typer.Argument(help="The address of the business.")],
    which: Annotated[
        str, typer.Argument(help="A name for the new key, or the id of the one to end.")
    ] = "",
    *,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make, list or end the API keys of a business. A secret is shown once and not kept.

    Works beside a running server; a key that was ended opens nothing from that moment on.
    """
    shown = run_async(carried_out(settings_with(data_dir=data_dir), wish, org=org, which=which))
    answer({"keys": shown}, as_json=as_json, words=in_words(shown))


async def carried_out(settings: Settings, wish: Wish, *, org: str, which: str) -> list[ShownKey]:
    """Raises `UnknownOrganisation`, `UnknownApiKey` and `InvalidInput`."""
    async with desk_at(settings, name="key") as desk:
        org_id = (await Directory(desk.database, desk.clock).organisation(org)).org_id
        match wish:
            case Wish.ISSUE:
                return [await issued(desk, org_id, plain_name(which))]
            case Wish.LIST:
                async with desk.database.session() as session:
                    return [shown_of(key) for key in await api_keys(session, org_id)]
            case Wish.REVOKE:
                revoke = RevokeApiKey(desk.database, desk.clock, desk.ids)
                return [shown_of(await revoke(org_id, key_id_of(which)))]
        assert_never(wish)


async def issued(desk: Desk, org_id: OrgId, name: str) -> ShownKey:
    made = await IssueApiKey(desk.database, desk.clock, desk.ids)(org_id, name=name)
    return shown_of(made.key, secret=made.secret)


def shown_of(key: ApiKey, *, secret: str | None = None) -> ShownKey:
    return ShownKey(key.key_id, key.name, key.created_at, key.revoked_at, secret)


def key_id_of(text: str) -> KeyId:
    """Raises `InvalidInput` for what is no id."""
    try:
        return KeyId(UUID(text))
    except ValueError:
        raise InvalidInput("Name the key by the id that `list` shows.", field="which") from None


def in_words(keys: Sequence[ShownKey]) -> str:
    return "\n".join(_line(key) for key in keys) or "There are no keys."


def _line(key: ShownKey) -> str:
    if key.secret is not None:
        return f"  {key.secret}\n  (shown this once; id {key.id})"
    state = f"ended {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
    return f"  {key.id}  {key.created_at:%Y-%m-%d}  {state:<16}  {key.name}"
