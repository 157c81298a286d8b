"""The consistency engine: rules that must hold on a live database, and what breaks them.

A rule is one named query that finds violations, with columns `org_id`, `subject`, `words` (a
sentence about this one) and `total` (how many there are in all); it returns ten examples at most.
One statement sees one snapshot, so a rule is never red because of what happened while it ran, and
it may run beside the server at any time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from fullhouse.kernel.clock import Clock
from fullhouse.resilience.limits import RULE_EXAMPLES_MAX, RULE_SECONDS_MAX
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class Rule:
    """What must be true (`sentence`), and the named query that finds where it is not.

    `grace` maps parameters of the query to how long a state may rightly last: each becomes the
    instant that long ago, or the present one once all work is said to be done.

    `grace` is for instants that the application's clock wrote. Rows that the database stamps itself
    are judged by the database's clock: `age_grace` maps parameters to intervals, which the query
    takes from `now()`. Never compare one clock with the other: a demo replays the past, and two
    machines differ.
    """

    name: str
    sentence: str
    query: str
    grace: Mapping[str, timedelta] = field(default_factory=dict)
    age_grace: Mapping[str, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that breaks a rule, in words."""

    org_id: UUID | None
    subject: str
    words: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one rule: `total` violations, of which the first few are given."""

    rule: str
    sentence: str
    total: int
    examples: tuple[Violation, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all rules."""

    at: datetime
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return all(finding.total == 0 for finding in self.findings)

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The rules that do not hold."""
        return tuple(finding for finding in self.findings if finding.total > 0)

    def facts(self) -> dict[str, object]:
        """The report for programs, ready for JSON."""
        return {
            "ok": self.ok,
            "at": self.at.isoformat(),
            "rules": [_facts(finding) for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class _Row:
    org_id: UUID | None
    subject: str
    words: str
    total: int


@dataclass(frozen=True, slots=True)
class Consistency:
    """Runs rules against the database, each in a read-only transaction of its own."""

    database: Database
    clock: Clock
    rules: tuple[Rule, ...]

    async def check(
        self,
        *,
        settled: bool = False,
        told: Callable[[Rule], None] = lambda _rule: None,
    ) -> Report:
        """Run every rule. `settled` says that nothing is under way: then no grace is given.

        `told` hears of each rule before it runs, for a progress bar.
        """
        findings = []
        for rule in self.rules:
            told(rule)
            findings.append(await self._find(rule, settled=settled))
        return Report(at=self.clock.now(), findings=tuple(findings))

    async def _find(self, rule: Rule, *, settled: bool) -> Finding:
        now, began = self.clock.now(), self.clock.monotonic()
        allowed = 0 if settled else 1
        parameters: dict[str, object] = {
            **{name: now - allowed * grace for name, grace in rule.grace.items()},
            **{name: allowed * grace for name, grace in rule.age_grace.items()},
        }
        async with self.database.transaction() as session:
            await session.execute_script(
                "resilience.limit_rule",
                f"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = '{RULE_SECONDS_MAX}s'",
            )
            rows = await session.fetch(rule.query, _Row, **parameters)
        assert len(rows) <= RULE_EXAMPLES_MAX, f"{rule.query} must stop at {RULE_EXAMPLES_MAX}"
        return Finding(
            rule=rule.name,
            sentence=rule.sentence,
            total=rows[0].total if rows else 0,
            examples=tuple(Violation(row.org_id, row.subject, row.words) for row in rows),
            seconds=self.clock.monotonic() - began,
        )


def rules_of(*parts: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules of several parts as one list; two of one name are a mistake."""
    rules = tuple(rule for part in parts for rule in part)
    assert len({rule.name for rule in rules}) == len(rules), "two rules share a name"
    return rules


def _facts(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "sentence": finding.sentence,
        "ok": finding.total == 0,
        "violations": finding.total,
        "examples": [
            {
                "org_id": None if example.org_id is None else str(example.org_id),
                "subject": example.subject,
                "words": example.words,
            }
            for example in finding.examples
        ],
        "seconds": round(finding.seconds, 3),
    }
