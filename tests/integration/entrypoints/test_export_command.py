"""`fullhouse export bookings`: complete, machine-readable, and safe in spreadsheets."""

import asyncio
import csv
import io
import os
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import asyncpg
import msgspec
import pytest
from tests.builders.valid_dataset import HISTORY, a_good_book

from fullhouse.entrypoints.cli.export import ExportFormat, export_bookings
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(database_url, application_name="writing by hand")
    await connection.execute("SET session_replication_role = replica")
    await a_good_book(connection)
    yield connection
    await connection.close()


async def by_process(url: str, *options: str) -> str:
    """As in a shell, which takes most of a second."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fullhouse", "export", "bookings", *options,
        env={**os.environ, "FULLHOUSE_DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return said.decode()


async def export(url: str, as_: ExportFormat = ExportFormat.CSV, *, org: str | None = None) -> str:
    out = io.StringIO()
    await export_bookings(Settings(database_url=url), out, as_=as_, org=org)
    return out.getvalue()


def without_mark(text: str) -> str:
    assert text.startswith("\ufeff"), "by this mark Excel knows UTF-8"
    return text.removeprefix("\ufeff")


@pytest.mark.usefixtures("connection")
async def test_csv_has_one_line_per_booking_with_times_in_the_venue_zone(database_url: str) -> None:
    text = without_mark(await by_process(database_url, "--format", "csv"))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["ref"] for row in rows] == [f"REF{number}" for number in range(1, 9)]
    assert [row["status"] for row in rows] == [*HISTORY, "held"]
    assert rows[0]["starts_at"] == "2027-06-12T04:00:00-05:00"
    assert datetime.fromisoformat(rows[0]["ends_at"]).utcoffset() is not None
    assert (rows[0]["party"], rows[0]["price_amount"], rows[0]["currency"]) == ("3", "3600", "USD")


@pytest.mark.usefixtures("connection")
async def test_json_export_holds_the_same_bookings(database_url: str) -> None:
    rows = msgspec.json.decode(await export(database_url, ExportFormat.JSON))
    assert [row["ref"] for row in rows] == [f"REF{number}" for number in range(1, 9)]
    assert rows[0]["customer_email"] == "rosa@example.org"
    assert rows[0]["party"] == 3


async def test_export_without_bookings_is_a_valid_file(database_url: str) -> None:
    assert msgspec.json.decode(await export(database_url, ExportFormat.JSON)) == []
    assert (await export(database_url)).startswith("\ufefforg,offering,ref,status,starts_at")


async def test_customer_input_never_becomes_a_formula(
    database_url: str, connection: asyncpg.Connection
) -> None:
    typed = ["=1+1", "+1 555 0100", "-2", "@SUM(A1)", "\t=1", "\r=1"]
    for number, text in enumerate(typed, start=1):
        await connection.execute(
            "UPDATE booking SET customer_name = $1, customer_phone = $1 WHERE ref = $2",
            text,
            f"REF{number}",
        )
    rows = list(csv.DictReader(io.StringIO(without_mark(await export(database_url)), newline="")))
    kept = ["'=1+1", "'+1 555 0100", "'-2", "'@SUM(A1)", "'\t=1", "'\r'=1"]
    assert [row["customer_name"] for row in rows[:6]] == kept
    assert [row["customer_phone"] for row in rows[:6]] == kept
    assert rows[6]["customer_name"] == "Rosa"


async def test_quotes_commas_and_line_breaks_survive_csv(
    database_url: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    name = 'Rosa "Rosie" Field,\nJr.'
    await connection.execute("UPDATE booking SET customer_name = $1", name)
    await by_process(database_url, "--output", str(tmp_path / "all.csv"))
    with (tmp_path / "all.csv").open(newline="", encoding="utf-8-sig") as file:
        assert {row["customer_name"] for row in csv.DictReader(file)} == {name}


@pytest.mark.usefixtures("connection")
async def test_export_can_be_limited_to_one_organisation(database_url: str) -> None:
    printed = await by_process(database_url, "--format=json", "--org=farm-1")
    assert len(msgspec.json.decode(printed)) == 8
    assert await export(database_url, ExportFormat.JSON, org="farm-1") == printed
    assert msgspec.json.decode(await export(database_url, ExportFormat.JSON, org="farm-2")) == []
