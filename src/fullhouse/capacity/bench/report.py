"""What the benchmark found: ratios first, figures beside them."""

from dataclasses import dataclass, field
from typing import Final

from fullhouse.numerics.quantiles import median

MANY_MIN: Final = 0.6
ONE_MIN: Final = 3.0
READS_MIN: Final = 0.5


@dataclass(slots=True)
class Pair:
    """The product's rates and its yardstick's, a second, round by round."""

    product: list[float] = field(default_factory=list)
    yardstick: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def product_median(self) -> float:
        return median(self.product)

    @property
    def yardstick_median(self) -> float:
        return median(self.yardstick)

    @property
    def ratio(self) -> float:
        """The median of one over the median of the other."""
        return self.product_median / self.yardstick_median

    def facts(self, *, at_least: float) -> dict[str, object]:
        return {
            "ratio": round(self.ratio, 3),
            "at_least": at_least,
            "reached": self.reaches(at_least),
            "product_per_second": [round(rate, 1) for rate in self.product],
            "yardstick_per_second": [round(rate, 1) for rate in self.yardstick],
            "failed": self.failed,
        }

    def reaches(self, at_least: float) -> bool:
        return self.ratio >= at_least and self.failed == 0


@dataclass(frozen=True, slots=True)
class Pace:
    """Bookings at a steady pace, each timed from the instant it was due."""

    wanted: float
    per_second: float
    failed: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Line:
    """One result for people: what was measured, the ratio and its target, both medians."""

    what: str
    ratio: float
    at_least: float
    reached: bool
    product: float
    yardstick: float


@dataclass(frozen=True, slots=True)
class Report:
    """One run of the benchmark."""

    machine: dict[str, str]
    load: str
    rounds: int
    seconds: int
    many: Pair
    one: Pair
    reads: Pair
    pace: Pace
    acknowledged: int
    stored: int
    drained_seconds: list[float]

    @property
    def ok(self) -> bool:
        """Every ratio reached its target, and no request failed."""
        return all(line.reached for line in self.lines) and self.pace.failed == 0

    @property
    def lines(self) -> tuple[Line, Line, Line]:
        return (
            _line("bookings on 10,000 slots ÷ pgbench", self.many, MANY_MIN),
            _line("bookings on one slot ÷ pgbench", self.one, ONE_MIN),
            _line("availability reads ÷ a still answer", self.reads, READS_MIN),
        )

    def facts(self) -> dict[str, object]:
        """The report for programs, ready for JSON."""
        return {
            "ok": self.ok,
            "machine": self.machine,
            "load": self.load,
            "rounds": self.rounds,
            "seconds_each": self.seconds,
            "bookings_on_many_slots": self.many.facts(at_least=MANY_MIN),
            "bookings_on_one_slot": self.one.facts(at_least=ONE_MIN),
            "availability_reads": self.reads.facts(at_least=READS_MIN),
            "half_of_the_best": {
                "wanted_per_second": round(self.pace.wanted, 1),
                "per_second": round(self.pace.per_second, 1),
                "failed": self.pace.failed,
                "p50_ms": round(self.pace.p50_ms, 2),
                "p95_ms": round(self.pace.p95_ms, 2),
                "p99_ms": round(self.pace.p99_ms, 2),
            },
            "bookings_acknowledged": self.acknowledged,
            "bookings_stored": self.stored,
            "worker_done_after_seconds": [round(seconds, 1) for seconds in self.drained_seconds],
        }


def _line(what: str, pair: Pair, at_least: float) -> Line:
    return Line(
        what, pair.ratio, at_least, pair.reaches(at_least), pair.product_median,
        pair.yardstick_median,
    )  # fmt: skip
