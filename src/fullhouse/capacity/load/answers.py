"""What came of each arrival, and of all of them together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fullhouse.numerics.quantiles import quantile

Verdict = Literal["success", "refusal", "error", "timeout"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One arrival. Seconds after the start of the run; a customer waits from `intended` on.

    `code` is the problem's stable code, the HTTP status in words, or what broke the connection.
    """

    intended: float
    ended: float
    verdict: Verdict
    code: str
    alternatives: int = 0

    @property
    def latency(self) -> float:
        """Seconds from the instant the customer came, sent or not, to the end of the answer."""
        return self.ended - self.intended


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in figures; latencies in milliseconds, over all arrivals that got an answer."""

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
    def clean(self) -> bool:
        """Everybody was served or politely refused."""
        return self.errors == 0 and self.timeouts == 0


def summarise(answers: Sequence[Answer]) -> Summary:
    assert answers, "a load without arrivals says nothing"
    verdicts = Counter(answer.verdict for answer in answers)
    answered = sorted(a.latency * 1000 for a in answers if a.verdict != "timeout") or [0.0]
    refused = [a for a in answers if a.verdict == "refusal"]
    return Summary(
        arrivals=len(answers),
        success=verdicts["success"],
        refusals=verdicts["refusal"],
        errors=verdicts["error"],
        timeouts=verdicts["timeout"],
        refusals_with_alternatives=sum(a.alternatives > 0 for a in refused),
        codes=dict(sorted(Counter(a.code for a in answers).items())),
        p50_ms=quantile(answered, 0.50),
        p95_ms=quantile(answered, 0.95),
        p99_ms=quantile(answered, 0.99),
        max_ms=answered[-1],
        seconds=max(a.ended for a in answers),
    )
