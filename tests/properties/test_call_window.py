"""The window of a breaker counts what a list of all calls would."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fullhouse.resilience.call_window import CallWindow
from fullhouse.resilience.limits import WINDOW_BUCKETS

CALLS = st.lists(
    st.tuples(
        st.floats(0, 5) | st.floats(0, 200), st.sampled_from(["succeeded", "failed", "slow"])
    ),
    max_size=80,
)


_BUCKET = 60.0 / WINDOW_BUCKETS
_AFTER_A_LONG_PAUSE = [(_BUCKET / 2, "failed"), ((2 * WINDOW_BUCKETS - 1) * _BUCKET, "succeeded")]


@example(calls=_AFTER_A_LONG_PAUSE, failures_max=2, seconds=60.0)
@given(calls=CALLS, failures_max=st.integers(1, 6), seconds=st.sampled_from([60.0, 30.0, 200.0]))
def test_counts_are_those_of_the_calls_in_its_buckets(
    calls: list[tuple[float, str]], failures_max: int, seconds: float
) -> None:
    bucket = seconds / WINDOW_BUCKETS
    window, now, past = CallWindow(seconds, failures_max), 1_000.0, list[tuple[float, str]]()
    for pause, outcome in calls:
        now += pause
        window.add(now)
        if outcome == "failed":
            window.add_failed(now)
        elif outcome == "slow":
            window.add_slow()
        past.append((now, outcome))
        oldest = now // bucket - WINDOW_BUCKETS
        recent = [made for at, made in past if at // bucket > oldest]
        assert window.calls == len(recent)
        assert window.failed == recent.count("failed")
        assert window.slow == recent.count("slow")
        failures = [at for at, made in past if made == "failed"][-failures_max:]
        too_often = len(failures) == failures_max and now - failures[0] <= seconds
        assert window.has_failed_too_often(now) is too_often


def test_calls_of_one_bucket_look_at_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is on the way of every call: a thousand in a minute move it as often as it has buckets."""
    moved = list[int]()
    advance = CallWindow._advance

    def count(self: CallWindow, number: int) -> None:
        moved.append(number)
        advance(self, number)

    monkeypatch.setattr(CallWindow, "_advance", count)
    window = CallWindow(60.0, 5)
    for call in range(1_000):
        window.add(600.0 + 0.06 * call)
    assert moved == sorted(set(moved))
    assert len(moved) == WINDOW_BUCKETS
