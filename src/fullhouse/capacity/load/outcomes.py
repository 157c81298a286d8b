"""The outcome of each request, and their summary."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fullhouse.numerics.quantiles import quantile

OutcomeKind = Literal["success", "refusal", "error", "timeout"]


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """One request: `intended` and `ended` are seconds after the start of the run.

    `code` is the problem's stable code, the phrase of the HTTP status, or the connection error.
    """

    intended: float
    ended: float
    kind: OutcomeKind
    code: str
    alternatives: int = 0

    @property
    def latency(self) -> float:
        """Seconds from the planned instant, sent by then or not, to the end of the answer."""
        return self.ended - self.intended


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """Counts and latencies of a run; milliseconds, over all requests that got an answer."""

    arrivals: int
    success: int
    refusals: int
    errors: int
    timeouts: int
    refusals_with_alternatives: int
    codes: dict[str, int]
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    seconds: float

    @property
    def ok(self) -> bool:
        """Every request was booked or refused with a problem code."""
        return self.errors == 0 and self.timeouts == 0


def summarise(outcomes: Sequence[RequestOutcome]) -> LoadSummary:
    assert outcomes, "a load without arrivals has no statistics"
    kinds = Counter(one.kind for one in outcomes)
    answered = sorted(one.latency * 1000 for one in outcomes if one.kind != "timeout") or [0.0]
    refused = [one for one in outcomes if one.kind == "refusal"]
    return LoadSummary(
        arrivals=len(outcomes),
        success=kinds["success"],
        refusals=kinds["refusal"],
        errors=kinds["error"],
        timeouts=kinds["timeout"],
        refusals_with_alternatives=sum(one.alternatives > 0 for one in refused),
        codes=dict(sorted(Counter(one.code for one in outcomes).items())),
        p50_ms=quantile(answered, 0.50),
        p95_ms=quantile(answered, 0.95),
        p99_ms=quantile(answered, 0.99),
        max_ms=answered[-1],
        seconds=max(one.ended for one in outcomes),
    )
