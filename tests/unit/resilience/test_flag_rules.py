"""Who has a feature stays so, and a rollout goes on, stays or goes back by what was seen."""

from random import Random
from uuid import UUID

import pytest
from msgspec.structs import replace

from fullhouse.kernel.ids import OrgId
from fullhouse.numerics.significance import larger_share_probability
from fullhouse.resilience.flag_rollout import (
    FlagTallies,
    FlagTally,
    first_step,
    held_at,
    next_state,
)
from fullhouse.resilience.flags import FlagDefinition, FlagState, share_of

ORG = OrgId(UUID(int=7))
FLAG = FlagDefinition("new-way", "New way", "A new way.", percent=0)
AT_TEN = first_step(FLAG, FlagState("new-way", 0), "Try it")
HOUR = 3_600.0


@pytest.mark.parametrize(
    ("hits", "tried", "beside", "expected"),
    [
        (4, 4, (0, 4), 1 / 70),
        (3, 4, (1, 4), 17 / 70),
        (0, 4, (4, 4), 1.0),
        (1, 1, (0, 0), 1.0),
        (0, 0, (5, 9), 1.0),
        (5, 5, (0, 45), 1 / 2_118_760),
    ],
)
def test_shares_are_compared_by_fishers_exact_test(
    hits: int, tried: int, beside: tuple[int, int], expected: float
) -> None:
    """The first two are Fisher's own: a lady tasting tea."""
    found = larger_share_probability(hits, tried, hits_beside=beside[0], tried_beside=beside[1])
    assert found == pytest.approx(expected, rel=1e-6)


def test_each_percent_has_its_share_keeps_it_and_flags_choose_for_themselves() -> None:
    shares = [share_of("a", ORG, UUID(int=n)) for n in range(20_000)]
    for percent in (10, 50, 90):
        within = [share < percent / 100 for share in shares]
        assert sum(within) / len(within) == pytest.approx(percent / 100, abs=0.01)
    assert shares[:50] == [share_of("a", ORG, UUID(int=n)) for n in range(50)]
    both = sum(
        share < 0.1 and share_of("b", ORG, UUID(int=n)) < 0.1 for n, share in enumerate(shares)
    )
    assert both / len(shares) == pytest.approx(0.01, abs=0.005)
    assert share_of("a", OrgId(UUID(int=8)), UUID(int=1)) != shares[1]


def test_the_share_of_a_subject_is_the_same_in_every_version() -> None:
    assert share_of("return-addresses", ORG, UUID(int=1)) == 0.0026


def seen(with_feature: tuple[int, int], without: tuple[int, int]) -> FlagTallies:
    """Each as succeeded and failed."""
    return FlagTallies(FlagTally(*with_feature), FlagTally(*without))


def test_a_step_takes_its_time_and_its_observations() -> None:
    well = seen((50, 0), (450, 0))
    after = replace(AT_TEN, step_seconds=HOUR)
    assert next_state(FLAG, replace(AT_TEN, step_seconds=HOUR - 1), well) is None
    assert next_state(FLAG, after, seen((49, 0), (450, 0))) is None
    half = next_state(FLAG, after, well)
    assert half is not None
    assert (half.percent, half.is_rolling, half.step_tried) == (50, True, 50)
    at_half = replace(half, step_seconds=HOUR)
    assert next_state(FLAG, at_half, seen((99, 0), (499, 0))) is None, "each step has its own"
    all_of_them = next_state(FLAG, at_half, seen((100, 0), (500, 0)))
    assert all_of_them is not None
    assert (all_of_them.percent, all_of_them.is_rolling) == (100, False)
    assert next_state(FLAG, all_of_them, seen((0, 9_000), (500, 0))) is None, "it is over"


def test_what_fails_more_goes_back_at_once_and_what_fails_alike_does_not() -> None:
    back = next_state(FLAG, AT_TEN, seen((0, 5), (45, 0)))
    assert back is not None
    assert (back.percent, back.is_rolling) == (0, False)
    assert back.reason == "5 of 5 failed with it (100.0 %), 0 of 45 failed without (0.0 %)"
    assert next_state(FLAG, AT_TEN, seen((0, 5), (0, 45))) is None, "an outage is not its fault"
    assert next_state(FLAG, AT_TEN, seen((40, 2), (400, 10))) is None
    assert next_state(FLAG, AT_TEN, seen((0, 3), (0, 0))) is None, "nothing to compare with"
    assert next_state(FLAG, AT_TEN, seen((5, 0), (0, 45))) is None


def test_what_somebody_sets_stays() -> None:
    held = replace(held_at(AT_TEN, 30, "By hand"), step_seconds=10 * HOUR)
    assert next_state(FLAG, held, seen((0, 500), (500, 0))) is None
    assert first_step(FLAG, held, "Again").rollout == held.rollout + 1


def rollout(random: Random, *, fails: float, fails_beside: float, uses: int) -> tuple[int, int]:
    """The percentage at which a rollout ends, and after how many uses; looked at every ten."""
    state, tallies = AT_TEN, FlagTallies()
    for use in range(uses):
        is_within = random.random() < state.percent / 100
        tally = tallies.with_feature if is_within else tallies.without
        failed = random.random() < (fails if is_within else fails_beside)
        counted = FlagTally(tally.succeeded + (not failed), tally.failed + failed)
        tallies = (
            replace(tallies, with_feature=counted)
            if is_within
            else replace(tallies, without=counted)
        )
        after = replace(state, step_seconds=HOUR)
        if use % 10 == 0 and (following := next_state(FLAG, after, tallies)) is not None:
            state = following
            if not state.is_rolling:
                return state.percent, use
    return state.percent, uses


def test_a_good_feature_is_rarely_taken_back_and_a_bad_one_soon() -> None:
    """Seeded: of 200 rollouts that fail alike at most two go back, of 100 that do not all."""
    random = Random(20261130)  # noqa: S311 - a simulation
    alike = [rollout(random, fails=0.05, fails_beside=0.05, uses=2_000)[0] for _ in range(200)]
    assert alike.count(0) <= 2
    assert alike.count(100) >= 198
    bad = [rollout(random, fails=0.4, fails_beside=0.02, uses=2_000) for _ in range(100)]
    assert {percent for percent, _ in bad} == {0}
    assert sorted(uses for _, uses in bad)[90] < 300, "that is thirty with the feature"


def test_a_flag_has_steps_that_end_with_everybody() -> None:
    for steps in ((50, 10, 100), (10, 50), (0, 100), (10, 10, 100)):
        with pytest.raises(AssertionError):
            replace(FLAG, steps=steps)
