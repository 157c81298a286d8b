"""The report of a check of the data as text."""

from fullhouse.resilience.consistency import Report, RuleResult


def format_report(report: Report) -> str:
    """The report as text: one line per rule, with the violations below it."""
    lines = [line for result in report.results for line in _lines(result)]
    count = len(report.results)
    if report.ok:
        summary = f"All {count} checks passed."
    else:
        summary = f"{len(report.broken)} of {count} checks failed."
    return "\n".join([*lines, "", summary])


def _lines(result: RuleResult) -> list[str]:
    if result.total == 0:
        return [f"ok      {result.statement}."]
    violations = "1 violation" if result.total == 1 else f"{result.total} violations"
    lines = [f"FAILED  {result.statement}: {violations}."]
    lines += [f"        {example.message}" for example in result.examples]
    if result.total > len(result.examples):
        lines.append(f"        and {result.total - len(result.examples)} more")
    return lines
