"""The response of a CSV file."""

from collections.abc import Sequence

from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import NO_STORE, Response
from fullhouse.localisation.amounts import has_decimal_comma
from fullhouse.localisation.spreadsheets import COMMA, SEMICOLON, csv_text


def csv_response(page: PageContext, name: str, cells: Sequence[Sequence[str]]) -> Response:
    """A CSV file, with the separator that spreadsheets of the page's language expect."""
    is_comma_taken = has_decimal_comma(page.translations.locale)
    text = csv_text(cells, delimiter=SEMICOLON if is_comma_taken else COMMA)
    headers = (
        (b"content-type", b"text/csv; charset=utf-8"),
        (b"content-disposition", f'attachment; filename="{name}.csv"'.encode()),
        NO_STORE,
    )
    return Response(200, text.encode(), headers)
