"""What `make coverage` says and refuses."""

import json
from pathlib import Path

import pytest
from tools.coverage import main


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    files = {
        "src/fullhouse/booking/model.py": ([1, 2, 3, 4, 5, 6, 7, 8], [9, 10]),
        "src/fullhouse/booking/limits.py": ([1, 2, 3, 4, 5, 6, 7, 8, 9], [12]),
        "src/fullhouse/kernel/clock.py": (list(range(1, 10)), [10]),
        "src/fullhouse/booking_window/model.py": ([], [1]),
    }
    file = tmp_path / "coverage.json"
    lines = {
        path: {"executed_lines": run, "missing_lines": not_} for path, (run, not_) in files.items()
    }
    file.write_text(json.dumps({"files": lines}), encoding="utf-8")
    return file


def test_parts_with_their_share_of_lines_pass(
    measured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(str(measured), "85", "booking", "kernel") == 0
    assert capsys.readouterr().out.splitlines() == [
        "booking: 85.0 % of the lines",
        "  src/fullhouse/booking/model.py: 9-10",
        "  src/fullhouse/booking/limits.py: 12",
        "kernel: 90.0 % of the lines",
        "  src/fullhouse/kernel/clock.py: 10",
    ]


@pytest.mark.parametrize("part", ["booking", "nothing"])
def test_part_with_less_fails_by_name(
    measured: Path, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(str(measured), "90", part, "kernel") == 1
    assert f"Less than 90 % of the lines: {part}." in capsys.readouterr().out


def test_without_tests_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(str(tmp_path / "coverage.json"), "90", "kernel") == 1
    assert "Run `make tests` first" in capsys.readouterr().out
