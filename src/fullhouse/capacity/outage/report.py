"""What became of bookings and messages in each outage, and whether that is as promised."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

HEADINGS: Final = (
    "acknowledged", "stored", "heard once", "lost", "doubled", "calls", "longest wait", "settled",
)  # fmt: skip


class OutageResult(msgspec.Struct, frozen=True):
    """The books of one outage."""

    name: str
    what: str
    acknowledged: int
    stored: int
    unanswered: int
    """Guests who got no answer until a minute after the outage."""
    heard: int
    """Guests who got exactly one message."""
    lost: int
    """Guests who got none."""
    doubled: int
    """Guests who got two with different keys, or by two ways."""
    calls: int
    """Of the service that messages go by first."""
    waited_seconds_max: float
    """Of a guest for the answer to a booking, repeated with its key."""
    settled_seconds: float | None
    """From the end of the outage until nothing was left to do; None when it never came to that."""

    @property
    def broken(self) -> list[str]:
        """Each promise that was not kept, as a sentence."""
        is_balanced = 0 <= self.stored - self.acknowledged <= self.unanswered
        is_unsettled = self.settled_seconds is None  # what is late is not lost yet
        told = f"{self.acknowledged} bookings were acknowledged and {self.stored} stored"
        bounds = [
            (not is_balanced, told),
            (self.unanswered > 0, f"{self.unanswered} guests got no answer"),
            (self.lost > 0 and not is_unsettled, f"{self.lost} guests heard nothing"),
            (self.doubled > 0, f"{self.doubled} guests heard twice"),
            (is_unsettled, f"{self.lost} guests had not heard yet, and work was left in the end"),
        ]
        return [sentence for is_broken, sentence in bounds if is_broken]

    @property
    def cells(self) -> Iterator[str]:
        """As `HEADINGS` has them."""
        yield from map(str, (self.acknowledged, self.stored, self.heard, self.lost, self.doubled))
        yield str(self.calls)
        yield f"{self.waited_seconds_max:.1f} s"
        yield "never" if self.settled_seconds is None else f"{self.settled_seconds:.0f} s"


class OutageReport(msgspec.Struct, frozen=True):
    """One run of the command."""

    seconds: float
    rows: list[OutageResult]
    not_played: list[str]
    """Outages for which something is missing."""
    broken_rules: list[str]
    """Consistency rules that are broken at the end."""

    @property
    def ok(self) -> bool:
        return not self.broken_rules and not any(row.broken for row in self.rows)

    def to_dict(self) -> dict[str, object]:
        """The report as JSON values, with the verdict of each row."""
        rows = [msgspec.to_builtins(row) | {"broken": row.broken} for row in self.rows]
        return {"ok": self.ok, **msgspec.to_builtins(self), "rows": rows}

    @property
    def markdown(self) -> Iterator[str]:
        """The table of docs/outages.md."""
        yield f"| outage | {' | '.join(HEADINGS)} |"
        yield f"|---|{'---:|' * len(HEADINGS)}"
        for row in self.rows:
            yield f"| {row.name} | {' | '.join(row.cells)} |"

    @property
    def lines(self) -> Iterator[str]:
        """What stands below the table."""
        for row in self.rows:
            for sentence in row.broken:
                yield f"FAILED  {row.name}, {row.what}: {sentence}."
        for rule in self.broken_rules:
            yield f"FAILED  {rule}. See docs/runbooks/invariants-violated.md."
        if self.not_played:
            yield f"Not played: {', '.join(self.not_played)}. Name a Redis with --redis-url."
        if self.ok:
            yield "No booking and no message was lost or doubled, and nothing was left to do."


def joined(reports: Sequence[OutageReport]) -> OutageReport:
    """Of installations on which outages were played side by side; at least one."""
    rules = dict.fromkeys(rule for one in reports for rule in one.broken_rules)
    return OutageReport(
        reports[0].seconds,
        [row for one in reports for row in one.rows],
        [name for one in reports for name in one.not_played],
        list(rules),
    )
