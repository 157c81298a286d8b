"""Files written by commands: complete or absent, and refused early when unwritable."""

from pathlib import Path

import pytest

from fullhouse.entrypoints.cli import FileUnwritable, atomic_text_file
from fullhouse.entrypoints.cli.load import ScenarioName, load
from fullhouse.kernel.errors import InvalidInput


def test_file_gets_its_name_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text("yesterday")
    with atomic_text_file(path) as out:
        out.write("today")
        assert path.read_text() == "yesterday"
    assert path.read_text() == "today"
    assert list(tmp_path.iterdir()) == [path]


def test_failed_block_leaves_the_previous_file(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text("yesterday")

    def write_half() -> None:
        with atomic_text_file(path) as out:
            out.write("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "yesterday"
    assert list(tmp_path.iterdir()) == [path]


def test_unwritable_path_fails_before_the_block(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "all.csv", tmp_path, Path("/"), Path()):
        with pytest.raises(FileUnwritable, match="cannot be written"), atomic_text_file(path):
            pytest.fail("work was begun")
    assert list(tmp_path.iterdir()) == []


def test_special_file_is_written_directly() -> None:
    with atomic_text_file(Path("/dev/null")) as out:
        out.write("gone")
    assert Path("/dev/null").is_char_device()


def test_figure_of_unknown_format_is_refused_before_the_load(
    tmp_path: Path,
) -> None:
    with pytest.raises(InvalidInput, match=r"ends in \.svg or \.html"):
        load(ScenarioName.RUSH, figure=tmp_path / "rush.png")
