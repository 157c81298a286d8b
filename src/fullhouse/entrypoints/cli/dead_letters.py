"""`fullhouse dead-letters`: list, retry or discard failed jobs and e-mails that were not sent."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import typer
from msgspec import Struct

from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.jobs.dead_letters import DeadLetter, discard, retry
from fullhouse.jobs.dead_letters import dead_letters as load_dead_letters
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.actions.discard_message import discard_message
from fullhouse.messages.actions.retry_message import retry_message
from fullhouse.messages.errors import MessageNotRetryable, UnknownMessage
from fullhouse.messages.reads import UnsentMessage, unsent_messages
from fullhouse.settings import Settings
from fullhouse.storage.database import Session

_MESSAGE: Final = "message:"
"""Before the id of an e-mail; what follows the organisation is the key of a job otherwise."""
_UNSENT: Final = frozenset({"undeliverable", "rate_limited"})


class DeadLetterCommand(enum.StrEnum):
    """The operations on dead letters."""

    LIST = "list"
    RETRY = "retry"
    DISCARD = "discard"


class DeadLetterSelection(Struct, frozen=True):
    """Dead letters by id, or all of one kind."""

    ids: Sequence[str] = ()
    kind: str | None = None


class ListedDeadLetter(Struct, frozen=True):
    """A failed job with the id that `retry` and `discard` take."""

    id: str
    dead_letter: DeadLetter

    @property
    def line(self) -> str:
        letter = self.dead_letter
        return _line(
            self.id, letter.created_at, what=f"{letter.attempts} attempts", why=letter.last_error
        )


class ListedMessage(Struct, frozen=True):
    """An e-mail that was not sent, with the id that `retry` and `discard` take."""

    id: str
    message: UnsentMessage

    @property
    def line(self) -> str:
        message = self.message
        return _line(self.id, message.created_at, what=message.status, why=message.last_error)


Listed = ListedDeadLetter | ListedMessage


def dead_letters(
    command: Annotated[
        DeadLetterCommand, typer.Argument(help="List, retry, or discard.")
    ] = DeadLetterCommand.LIST,
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids that `list` shows.", show_default=False)
    ] = None,
    *,
    kind: Annotated[
        str | None,
        typer.Option(
            help="All of this kind: `message`, or e-mails that are `undeliverable` or "
            "`rate_limited`.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List, retry or discard failed jobs and unsent e-mails.

    A retried job gets all attempts of its kind again. A discarded one is never run. Works beside a
    running server.
    """
    settings = settings_with(data_dir=data_dir)
    selection = DeadLetterSelection(ids or (), kind)
    if command is DeadLetterCommand.LIST:
        listed = run_async(list_selected(settings, selection))
        print_result({"dead_letters": listed}, as_json=as_json, text=format_dead_letters(listed))
        return
    changed = run_async(change_selected(settings, command, selection))
    done = "to be retried now" if command is DeadLetterCommand.RETRY else "discarded"
    text = "There was nothing to do: `list` shows what there is."
    if changed:
        text = f"{len(changed)} {done}."
    print_result({"command": command, "ids": changed}, as_json=as_json, text=text)


async def list_selected(settings: Settings, selection: DeadLetterSelection) -> list[Listed]:
    """List the newest dead letters, at most `DEAD_LETTERS_LISTED_MAX`, and as many e-mails."""
    async with (
        open_command_context(settings, command="dead-letters", allow=Permission.OPERATE) as context,
        context.database.session() as session,
    ):
        listed = await _load(session, selection.kind)
    return [each for each in listed if each.id in selection.ids or not selection.ids]


async def change_selected(
    settings: Settings, command: DeadLetterCommand, selection: DeadLetterSelection
) -> list[str]:
    """Retry or discard in one transaction, all or none; raises `InvalidInput`."""
    if bool(selection.ids) == bool(selection.kind):
        raise InvalidInput("Name dead letters by their ids, or a kind with --kind.", field="ids")
    changed: list[str] = []
    async with (
        open_command_context(settings, command="dead-letters", allow=Permission.OPERATE) as context,
        context.database.transaction() as session,
    ):
        correlation_id = context.request.correlation_id
        while batch := await _next_batch(session, selection, changed):
            for id_ in batch:
                if not await _change(session, command, id_, correlation_id=correlation_id):
                    raise InvalidInput(f"There is no dead letter {id_}.", field="ids")
            changed.extend(batch)
    return changed


async def _load(session: Session, kind: str | None) -> list[Listed]:
    letters = [] if kind in _UNSENT else await load_dead_letters(session, kind=kind)
    is_of_messages = kind is None or kind in _UNSENT
    messages = await unsent_messages(session, status=kind) if is_of_messages else []
    return [
        *(ListedDeadLetter(f"{one.org_id}/{one.key}", one) for one in letters),
        *(ListedMessage(f"{one.org_id}/{_MESSAGE}{one.message_id}", one) for one in messages),
    ]


async def _next_batch(
    session: Session, selection: DeadLetterSelection, changed: Sequence[str]
) -> list[str]:
    """The given ids once; or the dead letters that the kind still has."""
    if selection.kind is None:
        return [] if changed else list(dict.fromkeys(selection.ids))
    return [each.id for each in await _load(session, selection.kind)]


async def _change(
    session: Session, command: DeadLetterCommand, id_: str, *, correlation_id: UUID
) -> bool:
    """Retry or discard one; False when it is none. Raises `InvalidInput` for a malformed id."""
    org_id, key = parse_id(id_)
    if not key.startswith(_MESSAGE):
        change = retry if command is DeadLetterCommand.RETRY else discard
        return await change(session, org_id, key)
    message_id = _uuid(key.removeprefix(_MESSAGE), id_)
    if command is DeadLetterCommand.DISCARD:
        return await discard_message(session, org_id, message_id)
    try:
        await retry_message(session, org_id, message_id, correlation_id=correlation_id)
    except (MessageNotRetryable, UnknownMessage):
        return False
    return True


def parse_id(text: str) -> tuple[OrgId, str]:
    """The organisation and the key of an id; raises `InvalidInput`."""
    org_id, _, key = text.partition("/")
    return OrgId(_uuid(org_id, text)), key


def _uuid(text: str, id_: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"{id_} is no id that `list` shows.", field="ids") from None


def format_dead_letters(listed: Sequence[Listed]) -> str:
    return "\n".join(each.line for each in listed) or "There are no dead letters."


def _line(id_: str, at: datetime, *, what: str, why: str) -> str:
    return f"{id_}  {at:%Y-%m-%d %H:%M}  {what:<13}  {why}"
