"""CSV files that spreadsheet programs open as they are: in UTF-8 with a mark, without formulas.

Excel on Windows reads a file as UTF-8 only when it begins with the byte order mark. It takes a cell
for a formula by its first character, also when that comes after a separator of another country.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

BYTE_ORDER_MARK: Final = "\N{BYTE ORDER MARK}"
COMMA: Final = ","
SEMICOLON: Final = ";"
"""What spreadsheets expect between cells in countries with a decimal comma."""

_SIGNS: Final = (
    "=+@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH COMMERCIAL AT}"
    "\N{FULLWIDTH HYPHEN-MINUS}-"
)
_FORMULA_START: Final = re.compile(
    rf"""^ (?= [\t\r\n] )
    | (?: ^ | (?<= [,;] ) ) (?= [\s'"]* [{_SIGNS}] )
    | (?<= [\r\n] ) (?= (?: [^\S\r\n] | ['"] )* [{_SIGNS}] )""",
    re.VERBOSE,
)
"""No end of a line looks across the next one: many of them would take their square."""


class TextSink(Protocol):
    """Where a file is written to."""

    def write(self, text: str, /) -> object: ...


class CSVWriter:
    """Writes rows (RFC 4180) that start with the byte order mark; no cell becomes a formula."""

    def __init__(self, out: TextSink, *, delimiter: str = COMMA) -> None:
        out.write(BYTE_ORDER_MARK)
        self._writer = csv.writer(out, delimiter=delimiter)

    def write_row(self, cells: Iterable[str]) -> None:
        self._writer.writerow([plain_text(cell) for cell in cells])


def csv_text(rows: Iterable[Sequence[str]], *, delimiter: str) -> str:
    """A whole file."""
    out = io.StringIO()
    writer = CSVWriter(out, delimiter=delimiter)
    for row in rows:
        writer.write_row(row)
    return out.getvalue()


def plain_text(cell: str) -> str:
    """The cell with an apostrophe where a spreadsheet would start to read a formula."""
    return _FORMULA_START.sub("'", cell)
