"""Files that commands write: whole or not at all, and said at once when they cannot be."""

from pathlib import Path

import pytest

from fullhouse.entrypoints.cli import FileUnwritable, written
from fullhouse.entrypoints.cli.load import ScenarioName, load
from fullhouse.kernel.errors import InvalidInput


def test_a_file_has_its_name_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text("yesterday")
    with written(path) as out:
        out.write("today")
        assert path.read_text() == "yesterday"
    assert path.read_text() == "today"
    assert list(tmp_path.iterdir()) == [path]


def test_what_ends_early_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text("yesterday")

    def write_half() -> None:
        with written(path) as out:
            out.write("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "yesterday"
    assert list(tmp_path.iterdir()) == [path]


def test_where_nothing_can_be_written_nothing_is_begun(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "all.csv", tmp_path):
        with pytest.raises(FileUnwritable, match="cannot be written"), written(path):
            pytest.fail("work was begun")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_is_written_as_it_is() -> None:
    with written(Path("/dev/null")) as out:
        out.write("gone")
    assert Path("/dev/null").is_char_device()


def test_a_figure_is_svg_or_html_and_nothing_is_played_before_that_is_known(
    tmp_path: Path,
) -> None:
    with pytest.raises(InvalidInput, match=r"ends in \.svg or \.html"):
        load(ScenarioName.RUSH, figure=tmp_path / "rush.png")
