"""The latest calls of one provider: how many there were, how many failed and how many were slow."""

from collections import deque
from dataclasses import dataclass, field
from math import inf

from fullhouse.resilience.limits import WINDOW_BUCKETS


@dataclass(slots=True)
class _Bucket:
    calls: int = 0
    failed: int = 0
    slow: int = 0


@dataclass(slots=True)
class CallWindow:
    """Counts calls in buckets of time, so that its size does not depend on how many there are.

    A bucket leaves as a whole: the counts are those of the last `seconds`, or of up to one bucket
    less. The times of the latest failures are kept exactly, as far as `failures_max` of them.
    """

    seconds: float
    failures_max: int
    calls: int = 0
    failed: int = 0
    slow: int = 0
    _latest_failures: deque[float] = field(init=False)
    _buckets: list[_Bucket] = field(init=False)
    _bucket: _Bucket = field(init=False)
    _bucket_seconds: float = field(init=False)
    _number: int = -1
    """Of the latest bucket, counted from the beginning of the monotonic clock."""
    _until: float = -inf
    """When the latest bucket ends."""

    def __post_init__(self) -> None:
        self._latest_failures = deque(maxlen=self.failures_max)
        self._buckets = [_Bucket() for _ in range(WINDOW_BUCKETS)]
        self._bucket = self._buckets[0]
        self._bucket_seconds = self.seconds / WINDOW_BUCKETS

    def add(self, now: float) -> None:
        """Count a call that ended at `now`, in monotonic seconds."""
        if now >= self._until:
            self._advance(int(now // self._bucket_seconds))
        self._bucket.calls += 1
        self.calls += 1

    def add_failed(self, now: float) -> None:
        """Say of the call that was just added that it failed."""
        self._bucket.failed += 1
        self.failed += 1
        self._latest_failures.append(now)

    def add_slow(self) -> None:
        """Say of the call that was just added that it was slow."""
        self._bucket.slow += 1
        self.slow += 1

    def has_failed_too_often(self, now: float) -> bool:
        """Whether the last `failures_max` failures came within `seconds`."""
        failures = self._latest_failures
        return len(failures) == self.failures_max and now - failures[0] <= self.seconds

    def _advance(self, number: int) -> None:
        """Empty the buckets between the last call and this one."""
        first = max(self._number, number - WINDOW_BUCKETS) + 1
        for passed in range(first, number + 1):
            left = self._buckets[passed % WINDOW_BUCKETS]
            self.calls -= left.calls
            self.failed -= left.failed
            self.slow -= left.slow
            self._buckets[passed % WINDOW_BUCKETS] = _Bucket()
        self._number = number
        self._until = (number + 1) * self._bucket_seconds
        self._bucket = self._buckets[number % WINDOW_BUCKETS]
