"""The consistency checker: rules that must hold on a live database.

A rule is one named query that finds violations, with the columns `org_id`, `subject`, `message` (a
sentence about this violation) and `total` (the number of all violations); it returns ten examples
at most. One statement sees one snapshot, so changes that happen while it runs break no rule, and a
check may run beside the server at any time.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from fullhouse.kernel.clock import Clock
from fullhouse.resilience.limits import RULE_EXAMPLES_MAX, RULE_SECONDS_MAX
from fullhouse.storage.database import Database


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that must be true, and the named query that finds its violations.

    `tolerance` is for instants that the clock of the application wrote: each parameter of the query
    becomes the instant that long ago, or the present instant in a quiescent system.

    `age_tolerance` is for rows that the database stamps, which are judged by the clock of the
    database: each parameter becomes an interval, which the query subtracts from `now()`. Never
    compare one clock with the other: a demo replays the past, and two machines differ.
    """

    name: str
    statement: str
    query: str
    quarantines: bool = False
    """Whether a booking that breaks it is not changed until it is repaired or released."""
    advice: str = ""
    """What to do where no repair exists."""
    tolerance: Mapping[str, timedelta] = {}
    age_tolerance: Mapping[str, timedelta] = {}


class Violation(msgspec.Struct, frozen=True):
    """One violation of a rule."""

    org_id: UUID | None
    subject: str
    message: str


class RuleResult(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one rule: `total` violations, and the first few as examples."""

    rule: str
    statement: str
    total: int
    examples: tuple[Violation, ...]
    seconds: float

    def to_dict(self) -> dict[str, object]:
        return {
            "rule": self.rule,
            "statement": self.statement,
            "ok": self.total == 0,
            "violations": self.total,
            "examples": msgspec.to_builtins(self.examples),
            "seconds": round(self.seconds, 3),
        }


class Report(msgspec.Struct, frozen=True):
    """The outcome of all rules."""

    at: datetime
    results: tuple[RuleResult, ...]

    @property
    def ok(self) -> bool:
        return not self.broken

    @property
    def broken(self) -> tuple[RuleResult, ...]:
        """The results of rules that do not hold."""
        return tuple(result for result in self.results if result.total > 0)

    def to_dict(self) -> dict[str, object]:
        """The report as JSON values."""
        return {
            "ok": self.ok,
            "at": self.at.isoformat(),
            "rules": [result.to_dict() for result in self.results],
        }


class _ViolationRow(msgspec.Struct, frozen=True):
    org_id: UUID | None
    subject: str
    message: str
    total: int


class Consistency(msgspec.Struct, frozen=True):
    """Runs rules against the database, each in a read-only transaction of its own."""

    database: Database
    clock: Clock
    rules: tuple[Rule, ...]

    async def check(
        self,
        *,
        quiescent: bool = False,
        on_progress: Callable[[Rule], None] = lambda _rule: None,
    ) -> Report:
        """Run every rule. In a `quiescent` system nothing is under way: no tolerance is granted.

        `on_progress` is called before each rule.
        """
        results = []
        for rule in self.rules:
            on_progress(rule)
            results.append(await self.run(rule, quiescent=quiescent))
        return Report(at=self.clock.now(), results=tuple(results))

    async def run(self, rule: Rule, *, quiescent: bool = False) -> RuleResult:
        """Run one rule."""
        now, began = self.clock.now(), self.clock.monotonic()
        factor = 0 if quiescent else 1
        parameters: dict[str, object] = {
            **{name: now - factor * age for name, age in rule.tolerance.items()},
            **{name: factor * age for name, age in rule.age_tolerance.items()},
        }
        async with self.database.unrestricted.transaction() as session:
            await session.execute_script(
                "resilience.limit_rule",
                f"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = '{RULE_SECONDS_MAX}s'",
            )
            session.seconds_max = RULE_SECONDS_MAX + 1  # else a large book could not be checked
            rows = await session.fetch(rule.query, _ViolationRow, **parameters)
        assert len(rows) <= RULE_EXAMPLES_MAX, f"{rule.query} must stop at {RULE_EXAMPLES_MAX}"
        return RuleResult(
            rule=rule.name,
            statement=rule.statement,
            total=rows[0].total if rows else 0,
            examples=tuple(Violation(row.org_id, row.subject, row.message) for row in rows),
            seconds=self.clock.monotonic() - began,
        )


def rules_of(*parts: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules of several parts as one tuple, with unique names."""
    rules = tuple(rule for part in parts for rule in part)
    assert len({rule.name for rule in rules}) == len(rules), "two rules share a name"
    return rules
