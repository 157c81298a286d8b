"""Memory that grows with requests without end is found within 20 minutes; no other growth is."""

import math
from collections.abc import Callable
from random import Random
from typing import Final

import pytest

from fullhouse.observability.limits import GROWTH_SECONDS, MEMORY_SETTLES_SECONDS
from fullhouse.observability.memory_census import Census, Grown, grown_between
from fullhouse.observability.memory_growth import MemorySample, growth_of, is_suspect

MB: Final = 1024 * 1024
EVERY: Final = 10
MINUTES: Final = 40

Grows = Callable[[float, float], float]
"""The bytes beside 120 MB, by the seconds since the start and the requests until then."""
Rate = Callable[[float], float]

RATES: Final[dict[str, Rate]] = {
    "evenly": lambda _: 50,
    "in waves": lambda at: 50 + 40 * math.sin(at / 300),
    "in bursts": lambda at: 120 if (at // 60) % 5 == 0 else 30,
}
LEAKS: Final[dict[str, Grows]] = {
    "a list that every request adds to": lambda _, work: 2_000 * work,
    "a slow leak of half a kilobyte": lambda _, work: 450 * work,
    "a picture kept of every five hundredth": lambda _, work: work // 500 * 256 * 1024,
    "a leak below garbage that comes and goes": lambda at, work: (
        1_500 * work + at % 170 / 170 * 12 * MB
    ),
}
HARMLESS: Final[dict[str, Grows]] = {
    "a cache that fills": lambda _, work: 100 * MB * (1 - math.exp(-work / 15_000)),
    "a burst whose memory is kept": lambda at, _: 150 * MB * (at >= 900),
    "fragments that a burst leaves": lambda at, _: (
        200 * MB if 800 <= at < 920 else 90 * MB * (at >= 920)
    ),
    "a big import": lambda at, _: (
        250 * MB * min(1, max(0, (at - 600) / 360)) if at < 1_300 else 60 * MB
    ),
}


def watched(grows: Grows, rate: Rate, seed: int) -> float | None:
    """The minutes after which it is found, with noise; None when it is not."""
    random, work = Random(seed), 0.0  # noqa: S311 - the same noise again
    samples: list[MemorySample] = []
    for at in range(0, 60 * MINUTES, EVERY):
        requests = rate(at) * EVERY
        work += max(0.0, random.gauss(requests, math.sqrt(requests)))
        if at < MEMORY_SETTLES_SECONDS:
            continue
        used = 120 * MB + grows(at, work) + random.gauss(0, MB)
        samples.append(MemorySample(at, round(used), round(work)))
        samples = [sample for sample in samples if sample.at >= at - GROWTH_SECONDS]
        if at % 60 == 0 and at - samples[0].at >= GROWTH_SECONDS and growth_of(samples):
            return at / 60
    return None


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("leak", LEAKS)
def test_every_leak_is_found_within_20_minutes(leak: str, rate: str) -> None:
    for seed in range(2):
        minutes = watched(LEAKS[leak], RATES[rate], seed)
        assert minutes is not None
        assert minutes <= 20


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("growth", HARMLESS)
def test_no_harmless_growth_is_taken_for_a_leak(growth: str, rate: str) -> None:
    assert watched(HARMLESS[growth], RATES[rate], seed=1) is None


def test_growth_is_told_by_the_hour_and_by_the_request() -> None:
    samples = [MemorySample(10.0 * n, 100 * MB + 500_000 * n, 500 * n) for n in range(97)]
    growth = growth_of(samples)
    assert growth is not None
    assert growth.bytes_an_hour == pytest.approx(180_000_000)
    assert growth.bytes_a_request == pytest.approx(1_000)
    assert is_suspect(samples[:31])


def test_memory_that_grows_without_requests_is_no_leak_of_theirs() -> None:
    samples = [MemorySample(10.0 * n, 100 * MB + 500_000 * n, 7) for n in range(97)]
    assert growth_of(samples) is None


def test_few_looks_judge_nothing() -> None:
    samples = [MemorySample(10.0 * n, 500_000_000 * n, n) for n in range(29)]
    assert growth_of(samples) is None
    assert not is_suspect(samples)


def test_what_grew_most_comes_first_and_what_did_not_is_left_out() -> None:
    before = Census({"list": 5, "str": 9}, {"list": 500, "str": 900}, {"a.py:1": 10})
    after = Census(
        {"list": 9, "str": 8, "Guest": 2}, {"list": 700, "str": 800, "Guest": 900}, {"a.py:1": 30}
    )
    assert grown_between(before, after) == [
        Grown("Guest", 2, 900),
        Grown("list", 4, 200),
        Grown("a.py:1", 0, 20),
    ]
