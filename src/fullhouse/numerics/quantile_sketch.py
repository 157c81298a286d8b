"""Quantiles of durations from counts in logarithmic buckets, which can be added up.

DDSketch (Masson, Rim, Lee 2019, VLDB 12 (12)), §2: a value x > 0 lies in bucket k = ceil(log_g x)
with g = (1 + a) / (1 - a), whose estimate 2 g^k / (g + 1) is wrong by at most the share a. Sketches
of the same a are merged by adding their counts, and are as exact as one of all values.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, log
from typing import Final

RELATIVE_ERROR: Final = 0.01
SECONDS_MIN: Final = 1e-6
"""Shorter durations count as this one."""
SECONDS_MAX: Final = 100_000.0
"""Longer ones count as this one: more than a day."""
_GROWTH: Final = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_KEYS_PER_E: Final = 1 / log(_GROWTH)
_ESTIMATE: Final = 2 / (_GROWTH + 1)


@dataclass(slots=True)
class QuantileSketch:
    """Durations in seconds: how many lie in each bucket, and their sum."""

    counts: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        counted, counts = seconds, self.counts
        if not SECONDS_MIN <= seconds <= SECONDS_MAX:
            counted = min(max(seconds, SECONDS_MIN), SECONDS_MAX)
        key = ceil(log(counted) * _KEYS_PER_E)
        counts[key] = counts.get(key, 0) + 1
        self.seconds += seconds

    def merge(self, other: "QuantileSketch") -> None:
        """Take the durations of another in."""
        self.add_counts(other.counts, other.seconds)

    def add_counts(self, counts: Mapping[int, int], seconds: float) -> None:
        """Take `counts` by bucket in, of durations whose sum is `seconds`."""
        mine = self.counts
        for key, count in counts.items():
            mine[key] = mine.get(key, 0) + count
        self.seconds += seconds

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    @property
    def mean(self) -> float:
        """Seconds; 0 of nothing."""
        return self.seconds / self.count if self.counts else 0.0

    def quantile(self, share: float) -> float:
        """The seconds that at least `share` (0 to 1) of the durations do not exceed; 0 of nothing.

        Nearest rank, as `numerics.quantiles.quantile`, wrong by at most `RELATIVE_ERROR` of itself.
        """
        assert 0 < share <= 1
        wanted, seen = ceil(share * self.count), 0
        for key in sorted(self.counts):
            seen += self.counts[key]
            if seen >= wanted:
                return seconds_of(key)
        return 0.0

    def count_from(self, seconds: float) -> int:
        """How many took `seconds` or longer, as far as buckets tell."""
        return sum(count for key, count in self.counts.items() if seconds_of(key) >= seconds)


def merged(sketches: Iterable[QuantileSketch]) -> QuantileSketch:
    """All durations in one."""
    total = QuantileSketch()
    for sketch in sketches:
        total.merge(sketch)
    return total


def seconds_of(key: int) -> float:
    """The estimate of the durations in a bucket."""
    estimate: float = _ESTIMATE * _GROWTH**key
    return estimate
