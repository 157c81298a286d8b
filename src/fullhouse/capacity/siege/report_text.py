"""The report of a siege as the cells of a table and the sentences below it."""

from collections.abc import Iterator
from typing import Final

from fullhouse.capacity.siege.report import AttackReport, SiegeReport

HEADINGS: Final = (
    "availability", "bookings", "/livez", "goodput", "refused", "memory MiB", "recovery",
)  # fmt: skip


def cells_of(attack: AttackReport) -> Iterator[str]:
    guests, memory, share = attack.guests, attack.memory, attack.goodput_share
    for one in (guests.availability, guests.bookings, guests.livez):
        yield f"{one.share:.0%}, {one.p50_ms:.0f} / {one.p99_ms:.0f}"
    yield "" if share is None else f"{share:.0%}"
    refusals = attack.refusals
    yield f"{refusals.per_second:,.0f}/s, {refusals.p99_ms:.0f} ms" if refusals.per_second else ""
    yield f"{memory.before:.0f} → {memory.peak:.0f} → {memory.after:.0f}"
    yield f"{attack.recovery_seconds:.1f} s"


def lines_of(report: SiegeReport) -> Iterator[str]:
    for name, calm in report.calm.items():
        yield (
            f"Before the attacks, with {name} rate limits: bookings {calm.bookings.p50_ms:.0f} /"
            f" {calm.bookings.p99_ms:.0f} ms, /livez {calm.livez.p99_ms:.0f} ms."
        )
    for attack in report.attacks:
        for sentence in attack.gave_way:
            yield (
                f"FAILED  {attack.name}, {attack.statement}: {sentence}."
                f" See docs/runbooks/{attack.runbook}.md."
            )
    for rule in report.broken_rules:
        yield f"FAILED  {rule}. See docs/runbooks/invariants-violated.md."
    acknowledged = sum(attack.acknowledged for attack in report.attacks)
    stored = sum(attack.stored for attack in report.attacks)
    yield f"{acknowledged:,} bookings acknowledged, {stored:,} stored."
    if report.ok:
        yield "No attack succeeded."
