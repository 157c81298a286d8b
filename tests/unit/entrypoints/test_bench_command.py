"""`fullhouse bench` as it is used: progress without a terminal, and the table."""

from datetime import timedelta

import msgspec
import pytest
from tests.unit.capacity.test_bench_report import a_report

from fullhouse.capacity.bench.report_table import show_report
from fullhouse.capacity.bench.rounds import FULL
from fullhouse.capacity.progress import StepProgress
from fullhouse.kernel.clock import ManualClock


def test_progress_says_what_runs_since_when_and_how_long_still(
    clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = StepProgress(clock, None, "starting the database and the product")
    progress.show()
    clock.advance(timedelta(seconds=12))
    progress.on_step("warming up", 100)
    clock.advance(timedelta(seconds=30))
    progress.show()
    clock.advance(timedelta(seconds=300))
    progress.show()
    assert capsys.readouterr().err.splitlines() == [
        "0:00  starting the database and the product",
        "0:12  warming up  (about 1:40 left)",
        "0:42  warming up  (about 1:10 left)",
        "5:42  warming up  (about 0:00 left)",
    ]


def test_table_shows_each_ratio_beside_its_values_and_whether_it_is_reached(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_report(a_report(one_slot_rate=2900), FULL)
    lines = capsys.readouterr().out.splitlines()

    def cells(subject: str) -> list[str]:
        (line,) = (line for line in lines if subject in line)
        return [cell.strip() for cell in line.split("│")[2:-1]]

    assert cells("bookings on one slot") == ["2.90", "≥ 3.5", "2,900/s", "1,000/s", "FAILED"]
    assert cells("p99 of bookings") == ["2.00", "≤ 3", "14.0 ms", "7.0 ms", "ok"]
    assert cells("bookings at 1,000") == ["0.94", "≥ 0.9", "2,875/s", "3,050/s", "ok"]
    assert cells("p99 of /livez") == ["0.60", "≤ 1", "12.0 ms", "20 ms", "ok"]


def test_busy_machine_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = a_report()
    show_report(quiet, FULL)
    assert "Other programs" not in capsys.readouterr().out
    show_report(msgspec.structs.replace(quiet, machine={"load_before": "3.10"}), FULL)
    assert "Other programs used the processors" in capsys.readouterr().out
