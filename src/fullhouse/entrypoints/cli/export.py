"""`fullhouse export bookings`: every booking as CSV or JSON, however many there are."""

import csv
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
from fullhouse.bootstrap import named_queries
from fullhouse.entrypoints.cli import DataDir, run_async, settings_with, written
from fullhouse.entrypoints.cli.check import progress
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.ids import OrgId
from fullhouse.people.reads.directory import Directory
from fullhouse.settings import Settings
from fullhouse.storage.database import open_database
from fullhouse.storage.embedded import database_at

_COLUMNS: Final = [field.name for field in fields(ExportedBooking)]
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class What(StrEnum):
    """What can be written out."""

    BOOKINGS = "bookings"


class Format(StrEnum):
    """How it is written."""

    CSV = "csv"
    JSON = "json"


OneOf = Annotated[What, typer.Argument(help="What to write out.", show_choices=True)]
As = Annotated[Format, typer.Option("--format", help="How to write it.")]
Output = Annotated[Path | None, typer.Option(help="Into this file [else to standard output].")]
Org = Annotated[str | None, typer.Option(help="Only this organisation [else all].")]


def export(
    what: OneOf,
    *,
    as_: As = Format.CSV,
    output: Output = None,
    org: Org = None,
    data_dir: DataDir = None,
) -> None:
    """Write out all bookings: reference, status, times, party, customer, price.

    Times are in the venue's zone with its offset, money in minor units. Cells that a spreadsheet
    would run as a formula start with an apostrophe. Works beside a running server.
    """
    assert what is What.BOOKINGS
    with ExitStack() as stack:
        out = sys.stdout
        if output is not None:
            out = stack.enter_context(written(output))
        run_async(_export(settings_with(data_dir=data_dir), out, as_=as_, org=org))


async def _export(settings: Settings, out: TextIO, *, as_: Format, org: str | None) -> None:
    clock = SystemClock()
    async with database_at(settings.database_url, settings.data_dir) as url:
        database = await open_database(
            url,
            catalogue=named_queries(),
            clock=clock,
            connections_max=2,
            application_name="fullhouse export",
        )
        try:
            org_id = None
            if org is not None:
                org_id = (await Directory(database, clock).organisation(org)).org_id
            await _write(BookingExport(database), out, as_=as_, org_id=org_id)
        finally:
            await database.close()


async def _write(
    exported: BookingExport, out: TextIO, *, as_: Format, org_id: OrgId | None
) -> None:
    with progress() as bar:
        task = bar.add_task("Writing bookings", total=await exported.count(org_id))
        writer = write_csv if as_ is Format.CSV else write_json
        # Closed also when the reader of a pipe has had enough: it holds a connection
        async with aclosing(exported.all(org_id)) as bookings:
            await writer(bookings, out, told=lambda: bar.advance(task))


async def write_csv(
    bookings: AsyncIterator[ExportedBooking], out: TextIO, *, told: Callable[[], None]
) -> None:
    """RFC 4180 with a heading, one booking a line."""
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    async for booking in bookings:
        writer.writerow([_cell(value) for value in asdict(booking).values()])
        told()


async def write_json(
    bookings: AsyncIterator[ExportedBooking], out: TextIO, *, told: Callable[[], None]
) -> None:
    """One array, one booking a line."""
    before = "[\n"
    async for booking in bookings:
        out.write(before + msgspec.json.encode(booking).decode())
        before = ",\n"
        told()
    out.write("[]\n" if before == "[\n" else "\n]\n")


def _cell(value: object) -> str:
    """As text; what a guest typed must never become a formula in the owner's spreadsheet."""
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
