"""The bound by expected wait keeps what the decision about it says, in the simulation of that."""

from typing import Final

import pytest
from tools.adaptive_limits import Bound, ExpectedWait, Gradient, Met, NoBound, Run, Scene, table

SLOWER: Final = Scene(6_000, is_slow=True)
STALLING: Final = Scene(6_000, stalls=True)


def met(scene: Scene, bound: Bound) -> Met:
    return Run(scene, bound)()


def test_nobody_who_was_admitted_leaves_in_vain_when_the_pace_falls_by_half() -> None:
    ours = met(SLOWER, ExpectedWait())
    assert ours.left == 0
    assert met(SLOWER, NoBound()).left >= SLOWER.customers
    assert met(SLOWER, Gradient(tolerance=2.0)).left >= SLOWER.customers
    assert ours.goodput > met(SLOWER, Gradient()).goodput


def test_a_stall_is_not_taken_for_overload() -> None:
    assert met(STALLING, ExpectedWait()).goodput > met(STALLING, Gradient()).goodput + 0.05


def test_a_lasting_queue_teaches_the_gradient_that_its_latency_is_usual() -> None:
    gradient = Gradient(tolerance=2.0)
    met(Scene(6_000), gradient)
    assert gradient.limit > Scene(6_000).customers


def test_a_bound_that_promises_too_much_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fullhouse.booking.limits.QUEUE_CROWDED_SHARE", 4.0)
    monkeypatch.setattr("fullhouse.http.server.limits.ADMITTED_SECONDS_MAX", 4.0)
    assert met(SLOWER, ExpectedWait()).left > 0


def test_the_table_has_a_line_a_scene() -> None:
    *_, line = table([Scene(300)])
    assert line.startswith("| 300 | 1.00; ")
