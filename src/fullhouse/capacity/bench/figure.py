"""One line of the report of a benchmark."""

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report: a ratio, which bound it has to keep, and the values behind it."""

    key: str
    """Its name in the JSON report and in the file of the last run."""
    name: str
    """A few words, for a sentence."""
    subject: str
    ratio: float
    bound: float
    is_maximum: bool = False
    value: str
    compared_with: str
    failed: int = 0

    @property
    def ok(self) -> bool:
        kept = self.ratio <= self.bound if self.is_maximum else self.ratio >= self.bound
        return kept and self.failed == 0

    @property
    def wanted(self) -> str:
        return f"{'≤' if self.is_maximum else '≥'} {self.bound:g}"
