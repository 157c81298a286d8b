"""View values of the admin templates: list, detail and form."""

from collections.abc import Mapping
from typing import Final

import msgspec

from fullhouse.booking.history_texts import HistoryLine
from fullhouse.booking.price_texts import PriceLine
from fullhouse.entrypoints.web.views import (
    Choice,
    EmailView,
    Field,
    FieldGroup,
    Link,
    Note,
    OfferingCard,
    Undo,
)
from fullhouse.localisation.translations import Translations
from fullhouse.messages.facts import Fact
from fullhouse.people.model.contact import phone_text, phone_url


class FilterView(msgspec.Struct, frozen=True):
    """A filter with its current value."""

    name: str
    label: str
    value: str
    choices: tuple[Choice, ...]
    kind: str = "date"


class Header(msgspec.Struct, frozen=True):
    """The head of a column; `sorted` is the value of `aria-sort`."""

    text: str
    width: str
    is_number: bool
    href: str = ""
    sorted: str = ""


class Cell(msgspec.Struct, frozen=True):
    """A cell of a list."""

    text: str
    width: str
    is_number: bool
    tone: str = ""
    url: str = ""
    """A `tel:` or `mailto:` link; of the first cell the row has the link."""
    image: str = ""


class RowView(msgspec.Struct, frozen=True):
    """A row of a list; the first cell links to its detail page."""

    key: str
    href: str
    cells: tuple[Cell, ...]


class ActionView(msgspec.Struct, frozen=True):
    """The button of an action; one with a form is a link to it."""

    text: str
    href: str
    is_main: bool = False
    has_form: bool = False


class RowsUndo(msgspec.Struct, frozen=True):
    """The last bulk action, which can be taken back for these rows."""

    text: str
    action: str
    keys: tuple[str, ...]


class SavedViewsView(msgspec.Struct, frozen=True, kw_only=True):
    """The saved views of a list; `current` is the name of the one that is shown."""

    links: tuple[Link, ...]
    action: str
    current: str
    can_save: bool
    name_max: int
    is_full: bool


class ListView(msgspec.Struct, frozen=True, kw_only=True):
    """A list page."""

    title: str
    path: str
    query: str
    search: str
    search_label: str
    filters: tuple[FilterView, ...]
    chips: tuple[Link, ...]
    sort: str
    headers: tuple[Header, ...]
    rows: tuple[RowView, ...]
    actions: tuple[ActionView, ...]
    lead: str
    empty: str
    csv_href: str
    links: tuple[Link, ...] = ()
    new: Link | None = None
    first: Link | None = None
    next: Link | None = None
    note: Note | None = None
    undo: RowsUndo | None = None
    columns: tuple[Choice, ...] = ()
    """Those that can be shown, when the reader may choose."""
    views: SavedViewsView | None = None
    is_live: bool = False


class DetailSection(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a detail page below a heading of its own; what is empty is left out."""

    title: str
    text: str = ""
    lines: tuple[PriceLine, ...] = ()
    facts: tuple[Fact, ...] = ()
    links: tuple[Link, ...] = ()
    headers: tuple[Header, ...] = ()
    rows: tuple[RowView, ...] = ()


class EmailPreview(msgspec.Struct, frozen=True):
    """An e-mail as it is sent, as text and as the document that a frame shows."""

    text: str
    html_href: str


class DetailView(msgspec.Struct, frozen=True, kw_only=True):
    """A detail page: facts, actions and history."""

    title: str
    facts: tuple[Fact, ...]
    reference: str = ""
    back: Link | None = None
    actions: tuple[ActionView, ...] = ()
    links: tuple[Link, ...] = ()
    sections: tuple[DetailSection, ...] = ()
    preview: EmailPreview | None = None
    emails: tuple[EmailView, ...] = ()
    history: tuple[HistoryLine, ...] = ()
    undo: Undo | None = None
    note: Note | None = None
    edit: Link | None = None
    refreshes: bool = False


class FormPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What saving a form would do. `button` says it in a word or two; without it it is `Save`."""

    title: str
    lines: tuple[str, ...] = ()
    headers: tuple[Header, ...] = ()
    rows: tuple[RowView, ...] = ()
    more: str = ""
    """What of the rows is not shown."""
    button: str = ""
    card: OfferingCard | None = None
    """What guests see of it in lists."""
    translated: tuple["TranslatedCard", ...] = ()
    sentences: Mapping[str, tuple[str, ...]] = {}
    """What the values come to, by the legend of their group."""


class TranslatedCard(msgspec.Struct, frozen=True):
    """What guests of a further language see of it; `name` is the language's own."""

    language: str
    name: str
    card: OfferingCard


class FormView(msgspec.Struct, frozen=True, kw_only=True):
    """A form page."""

    title: str
    action: str
    back: Link
    groups: tuple[FieldGroup, ...]
    button: str
    version: int | None = None
    note: Note | None = None
    lead: str = ""
    leave: str = ""
    """The link that leaves the form, where *Cancel* could be taken for its button."""
    hidden: tuple[tuple[str, str], ...] = ()
    """Names and values that the form carries along: the rows that it is about."""
    preview_button: str = ""
    preview: FormPreview | None = None
    can_save: bool = True
    follows: bool = False
    """Whether the preview is beside the form and follows what is typed."""
    asked: bool = False
    """Whether the preview was asked for, and is what to read first."""
    has_files: bool = False
    terms: tuple[Fact, ...] = ()
    frame: str = ""
    """The address that shows what is typed in a frame beside the form."""
    undo: Undo | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field for group in self.groups for field in group.fields)


class SecretView(msgspec.Struct, frozen=True):
    """A secret, shown once; without it the form was sent twice, and `again` makes another one."""

    title: str
    label: str
    secret: str
    more: str
    done: Link
    again: Link | None = None


def plain_headers(translations: Translations, *texts: str) -> tuple[Header, ...]:
    """The head of a table without sorting; on narrow screens three columns."""
    return tuple(
        Header(translations.gettext(text), "always" if n < _NARROW else "wide", is_number=False)
        for n, text in enumerate(texts)
    )


def plain_row(*texts: str, href: str = "", phone: str | None = None) -> RowView:
    """A row for `plain_headers`; a `phone` in E.164, which may be empty, is its third cell."""
    cells = list(texts)
    if phone is not None:
        cells.insert(_NARROW - 1, phone_text(phone))
    urls = {} if phone is None else {_NARROW - 1: phone_url(phone)}
    return RowView(
        "",
        href,
        tuple(
            Cell(
                text,
                "always" if n < _NARROW else "wide",
                is_number=False,
                url=urls.get(n, ""),
            )
            for n, text in enumerate(cells)
        ),
    )


_NARROW: Final = 3
