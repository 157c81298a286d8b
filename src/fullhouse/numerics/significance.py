"""Whether one share is larger than another, or only seems so."""

from math import exp, lgamma


def larger_share_probability(
    hits: int, tried: int, *, hits_beside: int, tried_beside: int
) -> float:
    """How probable at least so many `hits` are if both groups hit equally often (one-sided).

    Fisher's exact test (Fisher 1935, The Design of Experiments; Agresti 2013, Categorical Data
    Analysis, 3rd edition, §3.5): exact also for few hits, where the normal approximation of a
    two-proportion z-test is not. 1 where either group is empty.
    """
    assert 0 <= hits <= tried
    assert 0 <= hits_beside <= tried_beside
    all_hits, everybody = hits + hits_beside, tried + tried_beside
    if not (tried and tried_beside):
        return 1.0
    whole = _log_choose(everybody, tried)
    chances = (
        exp(_log_choose(all_hits, one) + _log_choose(everybody - all_hits, tried - one) - whole)
        for one in range(max(hits, tried + all_hits - everybody), min(tried, all_hits) + 1)
    )
    return min(1.0, sum(chances))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
