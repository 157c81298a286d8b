"""`fullhouse export bookings`: every booking as CSV or JSON, streamed."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, aclosing
from dataclasses import asdict, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TextIO

import msgspec
import typer

from fullhouse.booking.reads.exported import BookingExport, ExportedBooking
from fullhouse.entrypoints.cli import DataDir, atomic_text_file, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.entrypoints.cli.check import progress_bar
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.spreadsheets import CSVWriter
from fullhouse.people.reads.directory import OrganisationCache
from fullhouse.settings import Settings

_COLUMNS: Final = [field.name for field in fields(ExportedBooking)]


class ExportSubject(StrEnum):
    """The rows that can be exported."""

    BOOKINGS = "bookings"


class ExportFormat(StrEnum):
    """The file formats of an export."""

    CSV = "csv"
    JSON = "json"


Subject = Annotated[ExportSubject, typer.Argument(help="What to export.", show_choices=True)]
As = Annotated[ExportFormat, typer.Option("--format", help="How to write it.")]
Output = Annotated[Path | None, typer.Option(help="Into this file [else to standard output].")]
Org = Annotated[str | None, typer.Option(help="Only this organisation [else all].")]


def export(
    subject: Subject,
    *,
    as_: As = ExportFormat.CSV,
    output: Output = None,
    org: Org = None,
    data_dir: DataDir = None,
) -> None:
    """Export all bookings as CSV or JSON.

    Times are in the venue's zone with its offset, money in minor units. A CSV file is for
    spreadsheets: it starts with a byte order mark, and what would be a formula with an apostrophe.
    Programs read JSON, which has neither. Works beside a running server.
    """
    assert subject is ExportSubject.BOOKINGS
    with ExitStack() as stack:
        out = sys.stdout
        if output is not None:
            out = stack.enter_context(atomic_text_file(output))
        run_async(export_bookings(settings_with(data_dir=data_dir), out, as_=as_, org=org))


async def export_bookings(
    settings: Settings, out: TextIO, *, as_: ExportFormat, org: str | None = None
) -> None:
    """Write them all to `out`, or those of one organisation."""
    async with open_command_context(
        settings, command="export", allow=Permission.VIEW_BOOKINGS
    ) as context:
        database = context.database
        org_id = None
        if org is not None:
            org_id = (await OrganisationCache(database, context.clock).organisation(org)).org_id
        await _write(BookingExport(database), out, as_=as_, org_id=org_id)


async def _write(
    exported: BookingExport, out: TextIO, *, as_: ExportFormat, org_id: OrgId | None
) -> None:
    with progress_bar() as bar:
        task = bar.add_task("Writing bookings", total=await exported.count(org_id))
        writer = write_csv if as_ is ExportFormat.CSV else write_json
        # Closed also when the reader of a pipe stops early, because the cursor holds a connection
        async with aclosing(exported.all(org_id)) as bookings:
            await writer(bookings, out, on_row=lambda: bar.advance(task))


async def write_csv(
    bookings: AsyncIterator[ExportedBooking], out: TextIO, *, on_row: Callable[[], None]
) -> None:
    """RFC 4180 with a header, one booking per line."""
    writer = CSVWriter(out)
    writer.write_row(_COLUMNS)
    async for booking in bookings:
        writer.write_row([_text(value) for value in asdict(booking).values()])
        on_row()


async def write_json(
    bookings: AsyncIterator[ExportedBooking], out: TextIO, *, on_row: Callable[[], None]
) -> None:
    """One JSON array, one booking per line."""
    separator = "[\n"
    async for booking in bookings:
        out.write(separator + msgspec.json.encode(booking).decode())
        separator = ",\n"
        on_row()
    out.write("[]\n" if separator == "[\n" else "\n]\n")


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
