"""Say which lines of each part no test ran, and fail where they are too many.

`python -m tools.coverage MEASURED.json SHARE PART…`, as `make coverage` calls it: what slipcover
wrote, the lines in per cent that each part must reach, and the parts.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from typing_extensions import override

SOURCE: Final = "src/fullhouse"


class MeasuredFile(NamedTuple):
    """Numbers of lines, ascending."""

    path: str
    executed: Sequence[int]
    missing: Sequence[int]


class MeasuredPart(NamedTuple):
    """A folder of the product with all its files."""

    name: str
    files: Sequence[MeasuredFile]

    @property
    def per_cent(self) -> float:
        """Of the lines; 0 of a part that no test touches."""
        executed = sum(len(it.executed) for it in self.files)
        lines = executed + sum(len(it.missing) for it in self.files)
        return 100 * executed / lines if lines else 0.0

    @override
    def __str__(self) -> str:
        missing = [f"  {it.path}: {ranges(it.missing)}" for it in self.files if it.missing]
        return "\n".join([f"{self.name}: {self.per_cent:.1f} % of the lines", *missing])


def parts(measured: Path, names: Sequence[str]) -> list[MeasuredPart]:
    """Raises `FileNotFoundError` where no tests were measured."""
    files = [
        MeasuredFile(path, it["executed_lines"], it["missing_lines"])
        for path, it in json.loads(measured.read_bytes())["files"].items()
    ]
    return [
        MeasuredPart(name, [it for it in files if it.path.startswith(f"{SOURCE}/{name}/")])
        for name in names
    ]


def ranges(lines: Sequence[int]) -> str:
    """`3-5, 8` of 3, 4, 5 and 8."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def main(measured: str, share: str, *names: str) -> int:
    """The exit code: 1 where a part has less than its share."""
    try:
        found = parts(Path(measured), names)
    except FileNotFoundError:
        sys.stdout.write(f"{measured} is missing. Run `make tests` first.\n")
        return 1
    sys.stdout.writelines(f"{it}\n" for it in found)
    poor = [it.name for it in found if it.per_cent < float(share)]
    if poor:
        names_of_poor = ", ".join(poor)
        sys.stdout.write(
            f"Less than {share} % of the lines: {names_of_poor}. Test what is listed.\n"
        )
    return 1 if poor else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
