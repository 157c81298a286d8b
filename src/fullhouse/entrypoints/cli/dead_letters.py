"""`fullhouse dead-letters`: list, show, retry or discard failed jobs and e-mails not sent."""

import enum
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import typer
from msgspec import Struct

from fullhouse.entrypoints.cli import (
    AsJson,
    DataDir,
    ListedIds,
    no_such_id,
    print_result,
    printable_text,
    run_async,
    settings_with,
)
from fullhouse.entrypoints.cli._context import CommandContext, open_command_context
from fullhouse.jobs import dead_letters as letters
from fullhouse.jobs.dead_letters import DeadLetter, FailedAttempt, Selection
from fullhouse.jobs.errors import UnknownDeadLetter
from fullhouse.jobs.limits import DEAD_LETTERS_AT_ONCE_MAX
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.actions.discard_message import discard_message
from fullhouse.messages.actions.retry_message import retry_message
from fullhouse.messages.errors import MessageNotRetryable, UnknownMessage
from fullhouse.messages.reads import UnsentMessage, message_summary, unsent_messages
from fullhouse.settings import Settings

_MESSAGE: Final = "message:"
"""Before the id of an e-mail; what follows the organisation is the key of a job otherwise."""
_UNSENT: Final = frozenset({"undeliverable", "rate_limited"})


class DeadLetterCommand(enum.StrEnum):
    """The operations on dead letters."""

    LIST = "list"
    SHOW = "show"
    RETRY = "retry"
    DISCARD = "discard"


class DeadLetterSelection(Struct, frozen=True):
    """Dead letters by id, all of one kind, or all that there are."""

    ids: Sequence[str] = ()
    kind: str | None = None
    everything: bool = False
    reason: str = ""


class ListedDeadLetter(Struct, frozen=True):
    """A failed job with the id that the other operations take."""

    id: str
    dead_letter: DeadLetter

    @property
    def line(self) -> str:
        letter = self.dead_letter
        return _line(
            self.id, letter.created_at, what=f"{letter.attempts} attempts", why=letter.last_error
        )

    @property
    def attempts(self) -> Sequence[FailedAttempt]:
        return self.dead_letter.failed_attempts


class ListedMessage(Struct, frozen=True):
    """An e-mail that was not sent, with the id that the other operations take."""

    id: str
    message: UnsentMessage

    @property
    def line(self) -> str:
        message = self.message
        return _line(self.id, message.created_at, what=message.status, why=message.last_error)

    @property
    def attempts(self) -> Sequence[FailedAttempt]:
        return ()


Listed = ListedDeadLetter | ListedMessage


class LettersChanged(Struct, frozen=True):
    """How many of each kind were retried or discarded; with `dry_run` how many would be."""

    command: DeadLetterCommand
    dry_run: bool
    kinds: Mapping[str, int]
    seconds: float = 0.0
    """After how many seconds the last of those retried is due."""

    @property
    def text(self) -> str:
        if not self.kinds:
            return "There was nothing to do: `list` shows what there is."
        what = "retried" if self.command is DeadLetterCommand.RETRY else "discarded"
        each = ", ".join(f"{count} of kind {kind}" for kind, count in self.kinds.items())
        pace = f" The last is due in {self.seconds:.0f} seconds." if self.seconds >= 1 else ""
        if self.dry_run:
            return f"{each} would be {what}.{pace} Repeat with --yes to do it."
        return f"{each} {what}.{pace}"


def dead_letters(  # noqa: PLR0913 - the options of a command
    command: Annotated[
        DeadLetterCommand, typer.Argument(help="List, show, retry, or discard.")
    ] = DeadLetterCommand.LIST,
    ids: ListedIds = None,
    *,
    kind: Annotated[
        str | None,
        typer.Option(
            help="All of this kind: `message`, or e-mails that are `undeliverable` or "
            "`rate_limited`.",
            show_default=False,
            callback=printable_text,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All failed jobs.")] = False,
    reason: Annotated[str, typer.Option(help="Why; needed to discard.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it: without, `--kind` and `--all` only count.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List, retry or discard failed jobs and unsent e-mails.

    A retried job gets all attempts of its kind again; of many, ten a second are due. A discarded
    one is never run. Works beside a running server.
    """
    settings = settings_with(data_dir=data_dir)
    selection = DeadLetterSelection(ids or (), kind, everything, reason)
    if command in {DeadLetterCommand.LIST, DeadLetterCommand.SHOW}:
        listed = run_async(list_selected(settings, selection))
        text = format_dead_letters(listed, attempts=command is DeadLetterCommand.SHOW)
        print_result({"dead_letters": listed}, as_json=as_json, text=text)
        return
    changed = run_async(change_selected(settings, command, selection, dry_run=not (ids or yes)))
    print_result(changed, as_json=as_json, text=changed.text)


async def list_selected(settings: Settings, selection: DeadLetterSelection) -> list[Listed]:
    """The newest, at most `DEAD_LETTERS_LISTED_MAX`, and as many e-mails; or those named.

    Raises `InvalidInput` for an id that is none.
    """
    async with _opened(settings) as context, context.database.session() as session:
        if selection.ids:
            return [await _find(context, id_) for id_ in selection.ids]
        kind = selection.kind
        found = [] if kind in _UNSENT else await letters.dead_letters(session, kind=kind)
        is_of_messages = kind is None or kind in _UNSENT
        messages = await unsent_messages(session, status=kind) if is_of_messages else []
    return [
        *(ListedDeadLetter(f"{one.org_id}/{one.key}", one) for one in found),
        *(ListedMessage(f"{one.org_id}/{_MESSAGE}{one.message_id}", one) for one in messages),
    ]


async def change_selected(
    settings: Settings,
    command: DeadLetterCommand,
    selection: DeadLetterSelection,
    *,
    dry_run: bool = False,
) -> LettersChanged:
    """Retry or discard; those named by id all or none. Raises `InvalidInput`."""
    if [bool(selection.ids), bool(selection.kind), selection.everything].count(True) != 1:
        raise InvalidInput("Name dead letters by their ids, by --kind or by --all.", field="ids")
    is_retry = command is DeadLetterCommand.RETRY
    letters.checked_reason(selection.reason, required=not (is_retry or dry_run))
    async with _opened(settings) as context:
        change = _Change(context, command, selection.reason)
        if selection.ids:
            done = await change.named(selection.ids)
        elif selection.kind in _UNSENT:
            done = await change.unsent(selection.kind or "", dry_run=dry_run)
        else:
            done = await change.all_of(selection.kind, dry_run=dry_run)
    seconds = letters.retry_seconds(sum(done.values())) if is_retry and not selection.ids else 0.0
    return LettersChanged(command, dry_run, done, seconds)


class _Change(Struct, frozen=True):
    """What is done to dead letters and unsent e-mails, each in a unit of work a business."""

    context: CommandContext
    command: DeadLetterCommand
    reason: str

    async def all_of(self, kind: str | None, *, dry_run: bool) -> Counter[str]:
        async with self.context.database.session() as session:
            counts = await letters.count_dead_letters(session, kind=kind)
        done = Counter[str]()
        if dry_run:
            for each in counts:
                done[each.kind] += each.dead
            return done
        for org_id in dict.fromkeys(each.org_id for each in counts):
            most = sum(each.dead for each in counts if each.org_id == org_id)
            # Not until none are left: what fails again at once would be retried for ever
            for _ in range(0, most, DEAD_LETTERS_AT_ONCE_MAX):
                done.update(await self._end(org_id, Selection(kind=kind), after=done.total()))
        return done

    async def named(self, ids: Sequence[str]) -> Counter[str]:
        """Jobs are checked first, then each is changed; an e-mail that cannot be is refused."""
        done, jobs = Counter[str](), dict[OrgId, list[str]]()
        for id_ in dict.fromkeys(ids):
            listed = await _find(self.context, id_)
            if isinstance(listed, ListedDeadLetter):
                letter = listed.dead_letter
                jobs.setdefault(letter.org_id, []).append(letter.key)
            else:
                if not await self._change_message(listed.message):
                    raise no_such_id(id_)  # somebody else was faster
                done[listed.message.status] += 1
        for org_id, keys in jobs.items():
            done.update(await self._end(org_id, Selection(keys)))
        return done

    async def unsent(self, status: str, *, dry_run: bool) -> Counter[str]:
        """Each once: one that is refused again meanwhile lies behind those that were read."""
        done, last = Counter[str](), None
        while True:
            async with self.context.database.session() as session:
                found = await unsent_messages(session, status=status, after=last)
            if not found:
                return done
            last = found[-1]
            for one in found:
                done[status] += dry_run or await self._change_message(one, after=done[status])

    async def _end(
        self, org_id: OrgId, selection: Selection, *, after: int = 0
    ) -> Mapping[str, int]:
        async with self.context.unit_of_work(self.context.request, org_id) as uow:
            if self.command is DeadLetterCommand.RETRY:
                ended = await letters.retry(uow, selection, reason=self.reason, after=after)
            else:
                ended = await letters.discard(uow, selection, reason=self.reason)
        return letters.counted(ended)

    async def _change_message(self, one: UnsentMessage, *, after: int = 0) -> bool:
        """Retry it, due behind so many, or discard it; False when somebody else was faster."""
        async with self.context.database.transaction() as session:
            if self.command is DeadLetterCommand.DISCARD:
                return await discard_message(session, one.org_id, one.message_id)
            wait = timedelta(seconds=letters.retry_seconds(after + 1))
            try:
                await retry_message(
                    session,
                    one.org_id,
                    one.message_id,
                    correlation_id=self.context.request.correlation_id,
                    due_at=self.context.clock.now() + wait,
                )
            except (MessageNotRetryable, UnknownMessage):
                return False
        return True


def _opened(settings: Settings) -> AbstractAsyncContextManager[CommandContext]:
    return open_command_context(settings, command="dead-letters", allow=Permission.OPERATE)


async def _find(context: CommandContext, id_: str) -> Listed:
    """Raises `InvalidInput` for an id that is none of a failed job or an unsent e-mail."""
    org_id, key = parse_id(id_)
    async with context.database.session() as session:
        if not key.startswith(_MESSAGE):
            try:
                return ListedDeadLetter(id_, await letters.dead_letter(session, org_id, key))
            except UnknownDeadLetter as error:
                raise no_such_id(id_) from error
        message_id = _uuid(key.removeprefix(_MESSAGE), id_)
        found = await message_summary(session, org_id, message_id)
    if found is None or found.status not in _UNSENT:
        raise no_such_id(id_)
    return ListedMessage(
        id_,
        UnsentMessage(
            found.org_id,
            found.message_id,
            found.kind,
            found.recipient,
            found.status,
            found.last_error,
            found.created_at,
        ),
    )


def parse_id(text: str) -> tuple[OrgId, str]:
    """The organisation and the key of an id; raises `InvalidInput`."""
    org_id, _, key = text.partition("/")
    return OrgId(_uuid(org_id, text)), key


def _uuid(text: str, id_: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise no_such_id(id_) from None


def format_dead_letters(listed: Sequence[Listed], *, attempts: bool = False) -> str:
    """A line each; with `attempts` also one for each of its latest attempts."""
    lines = [line for each in listed for line in _lines(each, attempts=attempts)]
    return "\n".join(lines) or "There are no dead letters."


def _lines(listed: Listed, *, attempts: bool) -> Iterator[str]:
    yield listed.line
    for each in listed.attempts if attempts else ():
        yield f"    attempt {each.attempt}  {each.at:%Y-%m-%d %H:%M:%S}  {each.error}"


def _line(id_: str, at: datetime, *, what: str, why: str) -> str:
    return f"{id_}  {at:%Y-%m-%d %H:%M}  {what:<13}  {why}"
