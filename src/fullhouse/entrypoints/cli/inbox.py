"""`fullhouse inbox`: list what providers sent, and process it anew."""

import enum
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
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
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.inbox import WebhookStatus
from fullhouse.resilience.inbox_replay import (
    ReceivedWebhook,
    WebhookSearch,
    received_webhooks_of_all,
    replay,
)
from fullhouse.resilience.limits import RECEIVED_WEBHOOKS_KEPT_DAYS
from fullhouse.settings import Settings

_DAY = timedelta(days=1)


class ReceivedCommand(enum.StrEnum):
    """The operations on received webhooks."""

    LIST = "list"
    REPLAY = "replay"


class ReceivedSelection(Struct, frozen=True):
    """Webhooks by id, or those of a time; without `since` of the last day."""

    ids: Sequence[str] = ()
    provider: str | None = None
    status: WebhookStatus | None = None
    since: datetime | None = None
    until: datetime | None = None


class WebhooksReplayed(Struct, frozen=True):
    """How many are processed anew; with `dry_run` how many would be."""

    dry_run: bool
    webhooks: int

    @property
    def text(self) -> str:
        if self.dry_run:
            return f"{self.webhooks} would be processed anew. Repeat with --yes to do it."
        return f"{self.webhooks} are processed anew."


def inbox(  # noqa: PLR0913 - the options of a command
    command: Annotated[
        ReceivedCommand, typer.Argument(help="List or replay.")
    ] = ReceivedCommand.LIST,
    ids: ListedIds = None,
    *,
    provider: Annotated[
        str | None,
        typer.Option(help="Only of this provider.", show_default=False, callback=printable_text),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that failed.")] = False,
    since: Annotated[
        datetime | None, typer.Option(help="Received since then, in UTC.", show_default=False)
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="Received before then, in UTC.", show_default=False)
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it: without ids, `replay` only counts otherwise.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the webhooks that providers sent; process some anew.

    Those of the last day without `--since`; at most a thousand. What was processed before is done
    again, as if it came now. Works beside a running server.
    """
    status: WebhookStatus | None = "failed" if failed else None
    selection = ReceivedSelection(ids or (), provider, status, since, until)
    settings = settings_with(data_dir=data_dir)
    if command is ReceivedCommand.LIST:
        listed = run_async(list_received(settings, selection))
        text = "\n".join(map(_line, listed)) or "There are none."
        print_result({"webhooks": listed}, as_json=as_json, text=text)
        return
    done = run_async(replay_received(settings, selection, dry_run=not (ids or yes)))
    print_result(done, as_json=as_json, text=done.text)


async def list_received(
    settings: Settings, selection: ReceivedSelection
) -> Sequence[ReceivedWebhook]:
    """The newest first. Raises `InvalidInput` for an id that is none."""
    async with open_command_context(settings, command="inbox", allow=Permission.OPERATE) as context:
        return await _found(context, selection)


async def replay_received(
    settings: Settings, selection: ReceivedSelection, *, dry_run: bool
) -> WebhooksReplayed:
    """Each business's in a unit of work. Raises `InvalidInput` for an id that is none."""
    async with open_command_context(settings, command="inbox", allow=Permission.OPERATE) as context:
        found = await _found(context, selection)
        of_each: dict[OrgId, list[UUID]] = {}
        for one in found:
            of_each.setdefault(one.org_id, []).append(one.webhook_id)
        for org_id, webhook_ids in () if dry_run else of_each.items():
            async with context.unit_of_work(context.request, org_id) as uow:
                await replay(uow, webhook_ids)
    return WebhooksReplayed(dry_run, len(found))


async def _found(
    context: CommandContext, selection: ReceivedSelection
) -> Sequence[ReceivedWebhook]:
    now = context.clock.now()
    earliest = now - (timedelta(days=RECEIVED_WEBHOOKS_KEPT_DAYS) if selection.ids else _DAY)
    search = WebhookSearch(
        _utc(selection.since) or earliest,
        _utc(selection.until) or now + _DAY,
        selection.provider,
        selection.status,
    )
    async with context.database.session() as session:
        found = await received_webhooks_of_all(session, search)
    if not selection.ids:
        return found
    by_id = {str(one.webhook_id): one for one in found}
    unknown = [one for one in selection.ids if one not in by_id]
    if unknown:
        raise no_such_id(unknown[0])
    return [by_id[one] for one in dict.fromkeys(selection.ids)]


def _utc(given: datetime | None) -> datetime | None:
    return given and given.replace(tzinfo=UTC)


def _line(one: ReceivedWebhook) -> str:
    at = f"{one.received_at:%Y-%m-%d %H:%M:%S}"
    return f"{one.webhook_id}  {at}  {one.status:<9}  {one.provider}  {one.event_id}"
