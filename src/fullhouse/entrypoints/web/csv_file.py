"""CSV files: the response of a short one, and of a long one that is written in turns."""

from collections.abc import Iterator, Sequence
from io import StringIO

from fullhouse.concurrency.turns import Turns
from fullhouse.entrypoints.web.limits import CSV_ITEMS_PER_ROW
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import NO_STORE, Response
from fullhouse.localisation.amounts import has_decimal_comma
from fullhouse.localisation.spreadsheets import COMMA, SEMICOLON, CSVWriter
from fullhouse.localisation.translations import Translations


class CSVFile:
    """A file with the separator that spreadsheets of the language expect."""

    def __init__(self, translations: Translations) -> None:
        self._text = StringIO()
        delimiter = SEMICOLON if has_decimal_comma(translations.locale) else COMMA
        self._writer = CSVWriter(self._text, delimiter=delimiter)

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        for row in rows:
            self._writer.write_row(row)

    async def add_in_turns(self, rows: Iterator[Sequence[str]], turns: Turns) -> None:
        """Make and write rows, of which thousands take the processor for a second."""
        await turns.run(self._steps(rows))

    def _steps(self, rows: Iterator[Sequence[str]]) -> Iterator[int]:
        for row in rows:
            self._writer.write_row(row)
            yield CSV_ITEMS_PER_ROW

    def response(self, name: str) -> Response:
        headers = (
            (b"content-type", b"text/csv; charset=utf-8"),
            (b"content-disposition", f'attachment; filename="{name}.csv"'.encode()),
            NO_STORE,
        )
        return Response(200, self._text.getvalue().encode(), headers)


def csv_response(page: PageContext, name: str, cells: Sequence[Sequence[str]]) -> Response:
    """A file of few rows."""
    file = CSVFile(page.translations)
    file.add(cells)
    return file.response(name)
