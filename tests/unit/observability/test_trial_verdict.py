"""An index is kept only if its statements run faster by a third and no write runs slower."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from fullhouse.numerics.quantile_sketch import QuantileSketch
from fullhouse.observability.trial_verdict import trial_verdict

SOON, LATER, DAY = timedelta(minutes=6), timedelta(minutes=26), timedelta(hours=25)


def times(**seconds: float) -> Mapping[str, QuantileSketch]:
    """Two hundred runs of each."""
    made = {name: QuantileSketch() for name in seconds}
    for name, each in seconds.items():
        for _ in range(200):
            made[name].add(each)
    return made


@pytest.mark.parametrize(
    ("read", "write", "lasted", "is_kept"),
    [
        (0.069, 0.010, LATER, True),
        (0.069, 0.010, SOON, None),
        (0.072, 0.010, LATER, False),
        (0.010, 0.0104, LATER, True),
        (0.010, 0.011, LATER, False),
        (0.010, 0.011, SOON, False),
        (0.150, 0.010, SOON, False),
        (0.069, 0.100, timedelta(minutes=4), None),
    ],
)
def test_what_helps_is_kept_and_what_harms_is_not(
    read: float, write: float, lasted: timedelta, *, is_kept: bool | None
) -> None:
    verdict = trial_verdict(
        times(read=0.1, write=0.01, other=0.1),
        times(read=read, write=write, other=9.0),
        queries=["read", "never"],
        writers=["write"],
        lasted=lasted,
    )
    assert verdict.is_kept is is_kept
    assert bool(verdict.note) is (is_kept is not None)
    if is_kept:
        assert verdict.before["read_seconds"] == pytest.approx(0.1, rel=0.01)
        assert verdict.after["read_seconds"] == pytest.approx(read, rel=0.01)


def test_what_seldom_runs_is_waited_for_a_day_long() -> None:
    few = QuantileSketch()
    few.add(0.001)
    for lasted, is_kept in ((LATER, None), (DAY, False)):
        verdict = trial_verdict(
            times(read=0.1), {"read": few}, queries=["read"], writers=["write"], lasted=lasted
        )
        assert verdict.is_kept is is_kept


def test_a_statement_is_compared_with_itself_as_often_as_it_ran_before() -> None:
    """More of the fast one and less of the slow one is no success of the index."""
    before, after = times(fast=0.01, slow=1.0), times(fast=0.01, slow=1.0)
    for _ in range(9_000):
        after["fast"].add(0.01)
    verdict = trial_verdict(before, after, queries=["fast", "slow"], writers=[], lasted=LATER)
    assert verdict.is_kept is False
