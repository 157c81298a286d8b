"""The result of the benchmark: ratios first, the measured values beside them."""

from collections.abc import Iterator
from typing import Final

import msgspec

from fullhouse.capacity.bench.calls import CallCosts
from fullhouse.capacity.bench.figure import Figure
from fullhouse.capacity.bench.load_client import LoadResult
from fullhouse.capacity.bench.load_tools import PacedBaseline
from fullhouse.capacity.bench.messages import MessageRates
from fullhouse.capacity.bench.overload_client import OverloadResult
from fullhouse.capacity.bench.probe import ProbeResult
from fullhouse.numerics.quantiles import median

MANY_MIN: Final = 0.95
ONE_MIN: Final = 3.5
READS_MIN: Final = 0.8
TAIL_MAX: Final = 3.0
GOODPUT_MIN: Final = 0.9
LIVEZ_P99_MS_MAX: Final = 20.0
REFUSAL_P99_MS_MAX: Final = 20.0


class Comparison(msgspec.Struct):
    """Rates per second of product and baseline, one of each per round."""

    key: str
    name: str
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
    def figure(self) -> Figure:
        """The quotient of the medians: one bad round decides nothing."""
        baseline = median(self.baseline)
        return Figure(
            key=self.key,
            name=self.name,
            subject=self.subject,
            ratio=self.product_median / baseline,
            bound=self.ratio_min,
            value=f"{self.product_median:,.0f}/s",
            compared_with=f"{baseline:,.0f}/s",
            failed=self.failed,
        )


class Tail(msgspec.Struct):
    """The slowest answers at a rate that product and pgbench both keep, in turns."""

    per_second: float
    product: list[LoadResult] = []
    baseline: list[PacedBaseline] = []

    @property
    def figure(self) -> Figure:
        """The quotient of the medians of the turns."""
        product = median([one.p99_ms for one in self.product])
        baseline = median([one.p99_ms for one in self.baseline])
        return Figure(
            key="p99_at_half_rate",
            name="slowest bookings at half the best rate",
            subject=f"p99 of bookings at {self.per_second:,.0f}/s, half the best rate ÷ pgbench's",
            ratio=product / baseline,
            bound=TAIL_MAX,
            is_maximum=True,
            value=f"{product:.1f} ms",
            compared_with=f"{baseline:.1f} ms",
            failed=sum(one.failed for one in self.product),
        )


class Overload(msgspec.Struct, frozen=True):
    """What is left for customers and monitors when more come than can be served."""

    connections: int
    best_per_second: float
    """The mean of just before and right after: a machine is faster in one minute than the next."""
    result: OverloadResult
    refusals: LoadResult
    livez: ProbeResult

    @property
    def figures(self) -> Iterator[Figure]:
        at = f"at {self.connections:,} connections"
        yield Figure(
            key=f"goodput_{self.connections}",
            name=f"bookings {at}",
            subject=f"bookings {at} ÷ the best rate",
            ratio=self.result.per_second / self.best_per_second,
            bound=GOODPUT_MIN,
            value=f"{self.result.per_second:,.0f}/s",
            compared_with=f"{self.best_per_second:,.0f}/s",
        )
        if self.refusals.refusals:
            yield Figure(
                key=f"refusal_p99_{self.connections}",
                name=f"refusals {at}",
                subject=f"p99 of refusals {at} ÷ the target",
                ratio=self.refusals.refused_p99_ms / REFUSAL_P99_MS_MAX,
                bound=1,
                is_maximum=True,
                value=f"{self.refusals.refused_p99_ms:.1f} ms",
                compared_with=f"{REFUSAL_P99_MS_MAX:g} ms",
            )
        yield Figure(
            key=f"livez_p99_{self.connections}",
            name=f"/livez {at}",
            subject=f"p99 of /livez {at} ÷ the target",
            ratio=self.livez.p99_ms / LIVEZ_P99_MS_MAX,
            bound=1,
            is_maximum=True,
            value=f"{self.livez.p99_ms:.1f} ms",
            compared_with=f"{LIVEZ_P99_MS_MAX:g} ms",
        )


class BenchReport(msgspec.Struct, frozen=True):
    """One run of the benchmark."""

    machine: dict[str, str]
    rounds: int
    seconds: int
    many: Comparison
    one: Comparison
    reads: Comparison
    tail: Tail
    overloads: list[Overload]
    calls: CallCosts
    messages: MessageRates | None
    """None where they were left out."""
    acknowledged: int
    stored: int
    discarded: int

    @property
    def ok(self) -> bool:
        """Every ratio keeps its bound, and no request failed."""
        return all(figure.ok for figure in self.figures)

    @property
    def figures(self) -> list[Figure]:
        rates = [comparison.figure for comparison in (self.many, self.one, self.reads)]
        best = self.many.product_median
        under_load = [figure for one in self.overloads for figure in one.figures]
        calls = (*self.calls.figures, self.calls.watching_at(best))
        messages = self.messages.figures if self.messages else ()
        return [*rates, self.tail.figure, *messages, *under_load, *calls]

    def to_dict(self) -> dict[str, object]:
        """The report as JSON values: the figures by name, and every measurement behind them."""
        figures = {
            figure.key: {
                "ratio": round(figure.ratio, 3),
                "wanted": figure.wanted,
                "ok": figure.ok,
                "value": figure.value,
                "compared_with": figure.compared_with,
            }
            for figure in self.figures
        }
        measured = msgspec.to_builtins(self)
        return {"ok": self.ok, "figures": figures, "measured": measured}


def many_slots() -> Comparison:
    return Comparison(
        "many_slots", "bookings on many slots", "bookings on 10,000 slots ÷ pgbench", MANY_MIN
    )


def one_slot() -> Comparison:
    return Comparison("one_slot", "bookings on one slot", "bookings on one slot ÷ pgbench", ONE_MIN)


def availability_reads() -> Comparison:
    return Comparison("reads", "reads", "availability reads ÷ a static response", READS_MIN)
