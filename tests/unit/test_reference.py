"""The reference is complete: it names every command, every setting and every error."""

from pathlib import Path

from fullhouse.entrypoints import cli
from fullhouse.entrypoints.api.problems import STATUS
from fullhouse.settings import Settings

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference.md").read_text(encoding="utf-8")
FAMILIES = {"BookingError", "PeopleError", "FullhouseError", "TransientError"}


def test_the_reference_names_every_command_there_is() -> None:
    commands = {f"fullhouse {cli.command_name(name)}" for name in cli.commands()}
    assert {command for command in commands if command not in REFERENCE} == set()


def test_the_reference_names_every_setting_there_is() -> None:
    settings = {f"FULLHOUSE_{name.upper()}" for name in Settings.model_fields}
    assert {setting for setting in settings if f"`{setting}`" not in REFERENCE} == set()


def test_the_reference_names_every_error_with_its_status() -> None:
    rows = {
        f"| {status} | `{kind.code}` |"
        for kind, status in STATUS.items()
        if kind.__name__ not in FAMILIES
    }
    assert {row for row in rows if row not in REFERENCE} == set()
