"""The mode of a provider over time: by hand, for a while, in turns, by a script."""

from datetime import timedelta

import pytest

from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.sandbox.client import seconds_of
from fullhouse.sandbox.limits import SLOW_SECONDS
from fullhouse.sandbox.modes import Mode, Switch


@pytest.fixture
def switch(clock: ManualClock) -> Switch:
    return Switch(clock)


def pass_seconds(clock: ManualClock, seconds: float) -> None:
    clock.advance(timedelta(seconds=seconds))


def test_a_mode_holds_until_another_is_set(switch: Switch, clock: ManualClock) -> None:
    switch.change({"mode": "down"})
    pass_seconds(clock, 1_000_000)
    assert switch.current().mode is Mode.DOWN
    switch.change({"mode": "ok"})
    assert switch.current().mode is Mode.OK


def test_a_mode_set_for_a_time_ends_by_itself(switch: Switch, clock: ManualClock) -> None:
    switch.change({"mode": "down", "for_seconds": 7200})
    pass_seconds(clock, 7199)
    assert switch.current().mode is Mode.DOWN
    assert switch.state().until == clock.now() + timedelta(seconds=1)
    pass_seconds(clock, 1)
    assert switch.current().mode is Mode.OK
    assert switch.state().until is None


def test_flapping_begins_down_and_takes_turns(switch: Switch, clock: ManualClock) -> None:
    switch.change({"mode": "flapping", "period_seconds": 5})
    seen = []
    for _ in range(4):
        seen.append(switch.current().mode)
        pass_seconds(clock, 5)
    assert seen == [Mode.DOWN, Mode.OK, Mode.DOWN, Mode.OK]


def test_a_script_has_windows_of_outage(switch: Switch, clock: ManualClock) -> None:
    window = {"after_seconds": 60, "mode": "down", "for_seconds": 120}
    later = {"after_seconds": 300, "mode": "rate_limited", "for_seconds": 10}
    switch.change({"script": [window, later | {"retry_after_seconds": 7}]})
    modes = {}
    for second in (0, 59, 60, 179, 180, 299, 300, 310):
        pass_seconds(clock, second - clock.ticks)
        modes[second] = switch.current().mode
    assert [second for second, mode in modes.items() if mode is Mode.DOWN] == [60, 179]
    assert [second for second, mode in modes.items() if mode is Mode.RATE_LIMITED] == [300]


def test_a_mode_comes_with_its_figures_alone(switch: Switch) -> None:
    switch.change({"mode": "slow", "latency_seconds": 1.5, "error_rate": 0.5})
    assert switch.current().delay_seconds == 1.5
    switch.change({"error_rate": 0.25})
    assert (switch.current().mode, switch.current().error_rate) == (Mode.SLOW, 0.25)
    switch.change({"mode": "slow"})
    assert switch.current().error_rate == 0
    assert switch.current().delay_seconds == SLOW_SECONDS


@pytest.mark.parametrize(
    "given",
    [
        {"mode": "upside_down"},
        {"mode": "down", "for_seconds": -1},
        {"error_rate": 2},
        {"latency_seconds": "long"},
        {"script": [{"mode": "down"}]},
        {"script": [{"after_seconds": 1, "mode": "down", "for_seconds": 1}] * 101},
    ],
)
def test_what_cannot_be_meant_changes_nothing(switch: Switch, given: dict[str, object]) -> None:
    before = switch.state()
    with pytest.raises(InvalidInput):
        switch.change(given)
    assert switch.state() == before


def test_a_duration_is_written_with_its_unit() -> None:
    written = ("90", "90s", "30m", "2h", "1d", "1.5h")
    assert [seconds_of(each) for each in written] == [90, 90, 1800, 7200, 86400, 5400]
    for wrong in ("", "long", "2 weeks", "-1h", "h", "0s", "366d"):
        with pytest.raises(InvalidInput):
            seconds_of(wrong)
