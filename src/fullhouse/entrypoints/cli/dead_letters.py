"""`fullhouse dead-letters`: list, retry or discard jobs that failed for good."""

import enum
from collections.abc import Sequence
from typing import Annotated
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
from fullhouse.settings import Settings
from fullhouse.storage.database import Session


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
    """A dead letter with the id that `retry` and `discard` take."""

    id: str
    dead_letter: DeadLetter


def dead_letters(
    command: Annotated[
        DeadLetterCommand, typer.Argument(help="List, retry, or discard.")
    ] = DeadLetterCommand.LIST,
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids that `list` shows.", show_default=False)
    ] = None,
    *,
    kind: Annotated[
        str | None, typer.Option(help="All of this kind, such as `message`.", show_default=False)
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List jobs that failed for good, retry them once the cause is repaired, or discard them.

    A retried job gets all attempts of its kind again. A discarded job is never run. Works beside a
    running server.
    """
    settings = settings_with(data_dir=data_dir)
    selection = DeadLetterSelection(ids or (), kind)
    if command is DeadLetterCommand.LIST:
        listed = run_async(list_selected(settings, selection))
        print_result({"dead_letters": listed}, as_json=as_json, text=format_dead_letters(listed))
        return
    changed = run_async(change_selected(settings, command, selection))
    text = f"{len(changed)} dead letters: {command}."
    print_result({"command": command, "ids": changed}, as_json=as_json, text=text)


async def list_selected(
    settings: Settings, selection: DeadLetterSelection
) -> list[ListedDeadLetter]:
    """List the newest dead letters, at most `DEAD_LETTERS_LISTED_MAX`."""
    async with (
        open_command_context(settings, command="dead-letters", allow=Permission.OPERATE) as context,
        context.database.session() as session,
    ):
        found = await load_dead_letters(session, kind=selection.kind)
    listed = [ListedDeadLetter(id_of(each), each) for each in found]
    return [each for each in listed if each.id in selection.ids or not selection.ids]


async def change_selected(
    settings: Settings, command: DeadLetterCommand, selection: DeadLetterSelection
) -> list[str]:
    """Retry or discard in one transaction, all or none; raises `InvalidInput`."""
    if bool(selection.ids) == bool(selection.kind):
        raise InvalidInput("Name dead letters by their ids, or a kind with --kind.", field="ids")
    change = retry if command is DeadLetterCommand.RETRY else discard
    changed: list[str] = []
    async with (
        open_command_context(settings, command="dead-letters", allow=Permission.OPERATE) as context,
        context.database.transaction() as session,
    ):
        while batch := await _next_batch(session, selection, changed):
            for id_ in batch:
                if not await change(session, *parse_id(id_)):
                    raise InvalidInput(f"There is no dead letter {id_}.", field="ids")
            changed.extend(batch)
    return changed


async def _next_batch(
    session: Session, selection: DeadLetterSelection, changed: Sequence[str]
) -> list[str]:
    """The given ids once; or the dead letters that the kind still has."""
    if selection.kind is None:
        return [] if changed else list(dict.fromkeys(selection.ids))
    return [id_of(each) for each in await load_dead_letters(session, kind=selection.kind)]


def id_of(dead_letter: DeadLetter) -> str:
    return f"{dead_letter.org_id}/{dead_letter.key}"


def parse_id(text: str) -> tuple[OrgId, str]:
    """Parse what `id_of` returns; raises `InvalidInput`."""
    org_id, _, key = text.partition("/")
    try:
        return OrgId(UUID(org_id)), key
    except ValueError:
        raise InvalidInput(f"{text} is no id that `list` shows.", field="ids") from None


def format_dead_letters(listed: Sequence[ListedDeadLetter]) -> str:
    return "\n".join(_line(each) for each in listed) or "There are no dead letters."


def _line(listed: ListedDeadLetter) -> str:
    letter = listed.dead_letter
    attempts = f"{letter.attempts} attempts"
    return f"{listed.id}  {letter.created_at:%Y-%m-%d %H:%M}  {attempts:<11}  {letter.last_error}"
