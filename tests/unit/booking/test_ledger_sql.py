"""The ledger's SQL against the model: statuses, transitions and columns are the same in both."""

import re
from pathlib import Path
from typing import Final, get_args

from fullhouse.booking.model.booking import (
    ATTENDING,
    EXPIRING,
    LIVE,
    TRANSITIONS,
    UPCOMING,
    Booking,
    Status,
)
from fullhouse.booking.model.commands import Command
from fullhouse.booking.model.waiting import ENTRY_TRANSITIONS

SOURCE: Final = Path(__file__).parents[3] / "src" / "fullhouse" / "booking"
STATUSES: Final = re.compile(r"status (?:NOT )?IN \(([^)]*)\)")
NAMED: Final = {frozenset(get_args(Status)), *map(frozenset, (LIVE, UPCOMING, ATTENDING, EXPIRING))}
LEDGERS_OWN: Final = {
    "org_id",
    "booking_id",
    "ref",
    "status",
    "version",
    "offering_id",
    "entry_id",
    "currency",
    "created_at",
    "expires_at",
    "link_version",
    "client",
    "quarantined_at",
}
"""Columns of a booking that never change, or that no change of the ledger names."""


def sql(*parts: str) -> str:
    return SOURCE.joinpath(*parts).read_text(encoding="utf-8")


def test_every_list_of_booking_statuses_in_sql_is_one_that_the_model_names() -> None:
    found = [
        frozenset(re.findall(r"'(\w+)'", match[1]))
        for path in sorted(SOURCE.rglob("*.sql"))
        for match in STATUSES.finditer(path.read_text(encoding="utf-8"))
    ]
    of_bookings = [one for one in found if one & {"held", "confirmed"}]
    assert len(of_bookings) > 5
    assert set(of_bookings) <= NAMED


def test_the_ledger_makes_no_transition_by_itself_but_the_expiry() -> None:
    """All others arrive in commands, from the table of transitions."""
    literals = {
        (path.name, status)
        for path in (SOURCE / "ledger").glob("*.sql")
        for status in re.findall(r"SET status = '(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert literals == {
        ("expire.sql", TRANSITIONS["held", "expire"]),
        ("expire.sql", ENTRY_TRANSITIONS["lapse"][1]),
    }


def test_a_change_can_replace_every_column_that_is_not_the_ledgers_own() -> None:
    (match,) = re.finditer(
        r"\(([\w, \n]+)\)\s+= \(SELECT ([\w., \n]+?)\s+FROM", sql("ledger", "write.sql")
    )
    columns = [name.strip() for name in match[1].split(",")]
    assert [name.strip() for name in match[2].split(",")] == [f"n.{name}" for name in columns]
    assert set(columns) == set(Booking.__struct_fields__) - LEDGERS_OWN


def test_a_booking_has_the_columns_of_its_table() -> None:
    """`new_booking` is inserted as the table's own row type."""
    table = re.search(
        r"CREATE TABLE booking \((.*?)\n\)", sql("migrations", "0001_bookings.sql"), re.DOTALL
    )
    assert table is not None
    columns = re.findall(r"^    ([a-z]\w*) ", table[1], re.MULTILINE)
    assert set(columns) == set(Booking.__struct_fields__)


def test_every_field_of_a_command_is_one_of_the_databases_type() -> None:
    declared = re.search(
        r"CREATE TYPE ledger_command AS \((.*?)\n\);",
        sql("migrations", "0002_ledger.sql"),
        re.DOTALL,
    )
    assert declared is not None
    fields = set(re.findall(r"^    (\w+) ", declared[1], re.MULTILINE))
    of_commands = {name for kind in get_args(Command) for name in kind.__struct_fields__}
    assert of_commands | {"kind"} == fields
