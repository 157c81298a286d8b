"""Arrival curves: totals and peaks are exact, whatever the seed."""

from hypothesis import given
from hypothesis import strategies as some

from fullhouse.capacity.load.arrivals import all_at_once, on_sale, per_second
from fullhouse.capacity.load.scenarios import ON_SALE, RUSH
from fullhouse.numerics.apportionment import apportion


def test_on_sale_has_967_customers_in_17_seconds_and_134_in_its_busiest() -> None:
    counts = per_second(ON_SALE.arrivals)
    assert sum(counts) == 967
    assert len(counts) == 17
    assert max(counts) == 134
    assert counts.count(134) == 1


def test_same_seed_gives_the_same_curve_and_another_seed_another() -> None:
    again = on_sale(total=967, peak=134, seconds=17, seed=967)
    other = on_sale(total=967, peak=134, seconds=17, seed=968)
    assert again == ON_SALE.arrivals != other


@given(
    seconds=some.integers(2, 40), peak=some.integers(5, 200), data=some.data(), seed=some.integers()
)
def test_total_and_peak_are_exact_for_every_seed(
    seconds: int, peak: int, data: some.DataObject, seed: int
) -> None:
    total = data.draw(some.integers(peak, peak * seconds))
    counts = per_second(on_sale(total=total, peak=peak, seconds=seconds, seed=seed))
    assert sum(counts) == total
    assert max(counts) == peak
    assert len(counts) <= seconds


def test_rush_arrives_at_one_instant() -> None:
    assert all_at_once(3) == (0.0, 0.0, 0.0)
    assert per_second(RUSH.arrivals) == [100]


@given(weights=some.lists(some.floats(0.01, 100), min_size=1, max_size=20), data=some.data())
def test_shares_sum_up_to_the_total_within_their_bound(
    weights: list[float], data: some.DataObject
) -> None:
    most = data.draw(some.integers(0, 50))
    total = data.draw(some.integers(0, most * len(weights)))
    shares = apportion(total, weights, most=most)
    assert sum(shares) == total
    assert all(0 <= share <= most for share in shares)
