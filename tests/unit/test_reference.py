"""The reference is complete: it names every command, every setting and every error."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from fullhouse.booking.errors import BookingError
from fullhouse.entrypoints import cli
from fullhouse.entrypoints.api.problems import STATUS
from fullhouse.kernel.errors import FullhouseError
from fullhouse.settings import Settings

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d{3}) \| `(\w+)` \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
NAME = re.compile(r"`(\w+)`")
FAMILIES = {"BookingError", "PeopleError", "FullhouseError", "TransientError"}


def test_reference_names_every_command() -> None:
    commands = {f"fullhouse {cli.command_name(name)}" for name in cli.commands()}
    assert {command for command in commands if command not in REFERENCE} == set()


def test_reference_names_every_setting() -> None:
    settings = {f"FULLHOUSE_{name.upper()}" for name in Settings.model_fields}
    assert {setting for setting in settings if f"`{setting}`" not in REFERENCE} == set()


def test_reference_names_every_error_with_its_status_and_members() -> None:
    members: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for kind, status in STATUS.items():
        if kind.__name__ not in FAMILIES:
            members[status, kind.code] |= _members_of(kind)
    assert {row: set(NAME.findall(cells)) for row, cells in _rows()} == members


def test_texts_about_errors_name_only_members_that_exist() -> None:
    """`allow_duplicate` is a field of the request; `field` is a member of each of `errors`."""
    known = {"allow_duplicate", "field", "offering", "zone"}
    for match in ROW.finditer(REFERENCE):
        assert set(NAME.findall(match[4])) <= known | set(NAME.findall(match[3])), match[0]


def _rows() -> Iterator[tuple[tuple[int, str], str]]:
    for match in ROW.finditer(REFERENCE):
        yield (int(match[1]), match[2]), match[3]


def _members_of(kind: type[FullhouseError]) -> set[str]:
    """Without the offering and its zone, which the text tells once of all errors of bookings."""
    names = set(kind.attribute_names)
    if issubclass(kind, BookingError):
        names -= {"offering", "zone"}
    return {"errors" if name == "field" else name for name in names}
