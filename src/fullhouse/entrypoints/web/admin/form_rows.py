"""What forms of admin pages have in common: their parser, their row, and the note of a conflict."""

from collections.abc import Mapping
from functools import partial
from typing import TypeVar

import msgspec

from fullhouse.entrypoints.web.admin.blocks import Form, Stored
from fullhouse.entrypoints.web.admin.fields import FormParser
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.offering_loader import picture_href
from fullhouse.entrypoints.web.views import Note
from fullhouse.kernel.errors import NotFound
from fullhouse.localisation.translations import Translations
from fullhouse.storage.database import Database

Row = TypeVar("Row")
Fields = TypeVar("Fields", bound=msgspec.Struct)


def conflict_note(translations: Translations) -> Note:
    """That another editor was faster, above the form as it was typed."""
    _ = translations.gettext
    return Note(
        "warn",
        _("Someone else changed this while you were editing."),
        _(
            "What you typed is kept. Where someone saved another value, it is shown below the "
            "field. Save again to replace it."
        ),
    )


async def load_row(form: Form[Row, Fields], database: Database, page: PageContext) -> Row:
    """The row that the path names; raises `NotFound`."""
    async with database.session() as session:
        row = await form.load(
            session, page.org_id, "" if form.is_single else page.path_parameter("key")
        )
    if row is None:
        raise NotFound
    return row


async def form_parser(
    form: Form[Row, Fields],
    database: Database,
    page: PageContext,
    *,
    stored: Stored[Fields] | None = None,
) -> FormParser[Fields]:
    """The parser of a form in the language of the page."""
    currency = page.organisation.currency if stored is None else stored.currency
    async with database.session() as session:
        choices = {name: await read(session, page) for name, read in form.choices.items()}
    return FormParser(
        form.struct,
        form.groups,
        page.translations,
        currency,
        choices,
        partial(picture_href, page, org=page.organisation.slug, size="card"),
        form.folded(page),
    )


def defaults_of(struct: type[Fields], parser: FormParser[Fields]) -> Mapping[str, str]:
    """The texts of the struct's defaults."""
    fields = msgspec.structs.fields(struct)
    shown = {one.name for group in parser.groups_of_fields.values() for one in group}
    return {
        field.name: parser.text(field.name, field.default)
        for field in fields
        if field.name in shown and field.default is not msgspec.NODEFAULT
    }
