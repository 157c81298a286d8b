"""Quantiles of sketches are those of all values within the promised error, however merged."""

from hypothesis import given
from hypothesis import strategies as st

from fullhouse.numerics.quantile_sketch import (
    RELATIVE_ERROR,
    SECONDS_MAX,
    SECONDS_MIN,
    QuantileSketch,
    merged,
)
from fullhouse.numerics.quantiles import quantile

_SECONDS = st.floats(SECONDS_MIN, SECONDS_MAX)
_SHARES = st.floats(0.001, 1)


def _sketch_of(values: list[float]) -> QuantileSketch:
    sketch = QuantileSketch()
    for value in values:
        sketch.add(value)
    return sketch


@given(st.lists(st.lists(_SECONDS, max_size=40), min_size=1, max_size=5), _SHARES)
def test_a_quantile_of_merged_sketches_is_that_of_all_values(
    parts: list[list[float]], share: float
) -> None:
    total = merged(_sketch_of(part) for part in parts)
    values = sorted(value for part in parts for value in part)
    assert total.count == len(values)
    if values:
        exact = quantile(values, share)
        assert abs(total.quantile(share) - exact) <= (RELATIVE_ERROR + 1e-9) * exact


@given(st.lists(_SECONDS, min_size=1, max_size=40), _SECONDS)
def test_what_took_longer_is_counted_but_for_what_lies_at_the_bound(
    values: list[float], bound: float
) -> None:
    counted = _sketch_of(values).count_from(bound)
    assert sum(value > bound * 1.02 for value in values) <= counted
    assert counted <= sum(value > bound / 1.02 for value in values)


def test_nothing_has_no_duration_and_odd_clocks_do_no_harm() -> None:
    assert QuantileSketch().quantile(0.5) == QuantileSketch().mean == 0
    sketch = _sketch_of([-1.0, 0.0, 1e9])
    assert sketch.count == 3
    assert sketch.quantile(1.0) <= SECONDS_MAX * 1.01
