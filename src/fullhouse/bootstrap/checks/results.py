"""The results of the checks of `fullhouse doctor`, and how they are shown."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass


class CheckStatus(enum.StrEnum):
    """The status of one check; a note is no failure."""

    OK = "ok"
    NOTE = "note"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check, explained in a sentence."""

    name: str
    status: CheckStatus
    message: str


def ok(name: str, message: str) -> CheckResult:
    return CheckResult(name, CheckStatus.OK, message)


def note(name: str, message: str) -> CheckResult:
    return CheckResult(name, CheckStatus.NOTE, message)


def failed(name: str, message: str) -> CheckResult:
    return CheckResult(name, CheckStatus.FAILED, message)


def format_results(results: Sequence[CheckResult]) -> str:
    """The results as text: one line a check, and a summary."""
    lines = [f"{_word(result.status):<6}  {result.name:<8}  {result.message}" for result in results]
    return "\n".join([*lines, "", _summary(results)])


def _word(status: CheckStatus) -> str:
    return "FAILED" if status is CheckStatus.FAILED else status


def _summary(results: Sequence[CheckResult]) -> str:
    count = sum(result.status is CheckStatus.FAILED for result in results)
    if count == 0:
        return "No problems found."
    return "1 problem." if count == 1 else f"{count} problems."
