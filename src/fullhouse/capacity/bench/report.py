"""The result of the benchmark: ratios first, rates beside them."""

from typing import Final

import msgspec

from fullhouse.capacity.bench.load_client import LoadResult
from fullhouse.numerics.quantiles import median

MANY_MIN: Final = 0.6
ONE_MIN: Final = 3.0
READS_MIN: Final = 0.5


class Comparison(msgspec.Struct):
    """Rates per second of product and baseline, one of each per round."""

    subject: str
    ratio_min: float
    product: list[float] = []
    baseline: list[float] = []
    failed: int = 0

    def add(self, product: LoadResult) -> None:
        """Add one round of the product; each failed request makes the comparison fail."""
        self.product.append(product.per_second)
        self.failed += product.failed

    @property
    def product_median(self) -> float:
        return median(self.product)

    @property
    def baseline_median(self) -> float:
        return median(self.baseline)

    @property
    def ratio(self) -> float:
        """The quotient of the medians: one bad round decides nothing."""
        return self.product_median / self.baseline_median

    @property
    def ok(self) -> bool:
        return self.ratio >= self.ratio_min and self.failed == 0

    def to_dict(self) -> dict[str, object]:
        return {
            "ratio": round(self.ratio, 3),
            "ratio_min": self.ratio_min,
            "ok": self.ok,
            "product_per_second": [round(rate, 1) for rate in self.product],
            "baseline_per_second": [round(rate, 1) for rate in self.baseline],
            "failed": self.failed,
        }


class BenchReport(msgspec.Struct, frozen=True):
    """One run of the benchmark; `paced` is an open-loop run at half of the median rate."""

    machine: dict[str, str]
    rounds: int
    seconds: int
    many: Comparison
    one: Comparison
    reads: Comparison
    paced: LoadResult
    paced_per_second: float
    acknowledged: int
    stored: int
    drain_seconds: list[float]

    @property
    def ok(self) -> bool:
        """Every ratio reached its minimum, and no request failed."""
        return all(one.ok for one in self.comparisons) and self.paced.failed == 0

    @property
    def comparisons(self) -> tuple[Comparison, Comparison, Comparison]:
        return self.many, self.one, self.reads

    def to_dict(self) -> dict[str, object]:
        """The report as JSON values."""
        return {
            "ok": self.ok,
            "machine": self.machine,
            "rounds": self.rounds,
            "seconds_each": self.seconds,
            "bookings_on_many_slots": self.many.to_dict(),
            "bookings_on_one_slot": self.one.to_dict(),
            "availability_reads": self.reads.to_dict(),
            "paced_at_half_of_the_median": {
                "planned_per_second": round(self.paced_per_second, 1),
                "per_second": round(self.paced.per_second, 1),
                "failed": self.paced.failed,
                "p50_ms": round(self.paced.p50_ms, 2),
                "p95_ms": round(self.paced.p95_ms, 2),
                "p99_ms": round(self.paced.p99_ms, 2),
            },
            "bookings_acknowledged": self.acknowledged,
            "bookings_stored": self.stored,
            "drain_seconds": [round(seconds, 1) for seconds in self.drain_seconds],
        }


def many_slots() -> Comparison:
    return Comparison("bookings on 10,000 slots ÷ pgbench", MANY_MIN)


def one_slot() -> Comparison:
    return Comparison("bookings on one slot ÷ pgbench", ONE_MIN)


def availability_reads() -> Comparison:
    return Comparison("availability reads ÷ a static answer", READS_MIN)
