"""Blocks of admin pages: what a resource declares of its list, its detail page and its form."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Generic, Literal, TypeVar
from uuid import UUID

import msgspec

from fullhouse.booking.reads.bookings import HistoryEntry
from fullhouse.entrypoints.web.admin.history import HistorySubject
from fullhouse.entrypoints.web.admin.picture_fields import PictureUpload
from fullhouse.entrypoints.web.admin_actions import Action, FormField, ReadChoices
from fullhouse.entrypoints.web.admin_views import DetailSection, EmailPreview, FormPreview
from fullhouse.entrypoints.web.forms import read_choice, read_uuid
from fullhouse.entrypoints.web.navigation import NavItem
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import EmailView, Link, Note, Undo
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.scheduling.model.wall_text import read_date
from fullhouse.storage.database import Database, Session
from fullhouse.storage.unit_of_work import UnitOfWork

Row = TypeVar("Row")
Fields = TypeVar("Fields", bound=msgspec.Struct)
Text = TypeVar("Text", bound=str)

ColumnWidth = Literal["always", "wide", "csv"]
"""Shown always, on wide screens alone, or only in the CSV file and on the detail page."""


class ListQuery(msgspec.Struct, frozen=True):
    """The state of a list in its URL. `sort` is a column's name, with `-` before it descending."""

    search: str
    filters: Mapping[str, str]
    sort: str
    after: str
    """The position of the last row of the page before; empty for the first page."""
    limit: int

    def order(self, orders: Sequence[Text]) -> Text:
        """The order, which is one that the table knows."""
        return read_choice(self.sort, orders) or orders[0]

    def choice(self, name: str, choices: Sequence[Text]) -> Text | None:
        """The choice of a filter; None for anything else."""
        return read_choice(self.filters.get(name), choices)

    def day(self, name: str) -> date | None:
        return read_date(self.filters.get(name))

    def number(self, name: str) -> int | None:
        text = self.filters.get(name, "")[:6]
        return int(text) if text.isdecimal() else None

    def uuid(self, name: str) -> UUID | None:
        return read_uuid(self.filters.get(name))


class Column(msgspec.Struct, Generic[Row], frozen=True):
    """A column of a list and a fact of the detail page.

    `label` is an English text of the catalogues. The first column is the title of the detail page.
    """

    name: str
    label: str
    cell: Callable[[Row, LocaleFormatter], str]
    shown: ColumnWidth = "always"
    tone: Callable[[Row], str] | None = None
    is_number: bool = False
    href: Callable[[Row], str] | None = None
    """What the fact of the detail page links to, such as `tel:` or `mailto:`."""
    image: Callable[[Row, PageContext], str] | None = None
    """The address of a small picture before the text of the cell."""


def flag_column(
    name: str, label: str, *, flag: Callable[[Row], bool], names: tuple[str, str]
) -> Column[Row]:
    """A column of a state that is on or off; `names` are the texts of both."""
    on, off = names
    return Column(
        name,
        label,
        lambda row, text: text.translations.gettext(on if flag(row) else off),
        tone=lambda row: "good" if flag(row) else "muted",
    )


class Filter(msgspec.Struct, frozen=True):
    """A filter of a list: a choice, or what its kind says when it has no choices."""

    name: str
    label: str
    choices: ReadChoices | None = None
    kind: Literal["date", "number", "text"] = "date"


class Table(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """A list with search, filters, sorting, paging by position and CSV export."""

    columns: tuple[Column[Row], ...]
    csv_columns: tuple[Column[Row], ...] = ()
    """The columns of the CSV file, for programs to calculate with; those of the list for none."""
    fetch: Callable[[PageContext, ListQuery], Awaitable[Sequence[Row]]]
    key: Callable[[Row], str]
    formatter: Callable[[Row, PageContext], LocaleFormatter] = lambda _row, page: page.utc_formatter
    empty: str
    """The text of an empty list."""
    lead: Callable[[PageContext], str] = lambda _page: ""
    """A sentence above the list."""
    summary: Callable[[PageContext], Awaitable[str]] | None = None
    """One that is made of what is stored."""
    position: Callable[[Row], str] | None = None
    """The position of a row for the next page; without it `fetch` reads the whole list."""
    sorts: tuple[str, ...] = ()
    """The orders that `fetch` knows; the first is the default."""
    search_label: str = ""
    filters: tuple[Filter, ...] = ()
    is_adjustable: bool = False
    """Whether readers choose its columns and save views of it."""
    is_live: bool = False
    """Whether it changes by itself while somebody looks."""


class Detail(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """A detail page of the columns of the list and the actions that fit the row."""

    load: Callable[[OrgId, str], Awaitable[Row]]
    """Raises the `NotFound` of its part for an unknown key."""
    title: Callable[[Row, LocaleFormatter], str] | None = None
    """The heading, when it is not what the first column says."""
    shows_key: bool = False
    """Whether people know the row by its key, which then stands beside the heading."""
    back: Callable[[PageContext, Row], Link] | None = None
    """The way back, when it is not the list."""
    links: Callable[[PageContext, Row], tuple[Link, ...]] | None = None
    """The ways to what the row is about."""
    preview: Callable[[PageContext, Row], Awaitable[EmailPreview]] | None = None
    emails: Callable[[PageContext, Row], Awaitable[tuple[EmailView, ...]]] | None = None
    """The e-mails about the row; the action `send-again` sends one that was not sent."""
    warning: Callable[[Row, LocaleFormatter], Note | None] | None = None
    """What must be seen before an action of the row is used."""
    undo: Callable[[Row, Sequence[HistoryEntry], LocaleFormatter], Undo | None] | None = None
    """The bar that undoes the last change, by the action `undo`."""
    refreshes: Callable[[Row], bool] | None = None
    """Whether the page shows what goes on by itself, and loads itself anew."""
    viewed: Callable[[PageContext, Row], None] | None = None
    """Told of each look at the page, for the access log."""
    sections: Callable[[PageContext, Row], Awaitable[tuple[DetailSection, ...]]] | None = None
    """What the page says besides the columns, each below a heading."""


class Stored(msgspec.Struct, Generic[Fields], frozen=True):
    """A stored row: its title, version, id, and the request that would make it what it is."""

    title: str
    version: int
    fields: Fields
    row_id: UUID
    currency: str
    """The currency of its fields of money."""
    sentences: Mapping[str, tuple[str, ...]] = {}
    """What is to be known of a group of fields, below it: English texts of the catalogues."""
    terms: Mapping[str, str] = {}
    """What can be typed, and what it means: English texts of the catalogues."""
    thing: str = ""
    """What its title is of, before it: an English text of the catalogues."""


class ShownOnce(msgspec.Struct, frozen=True):
    """A secret that only the answer to the form has, with the key of its row: it is not stored."""

    key: str
    title: str
    label: str
    secret: str
    more: str
    """What it is for, and what to do when it is lost."""


class Form(msgspec.Struct, Generic[Row, Fields], frozen=True, kw_only=True):
    """A form made from a request struct; without a detail block it makes the detail page too."""

    struct: type[Fields]
    groups: Mapping[str, tuple[FormField, ...]]
    """Fields by the legend of their group."""
    new_label: str
    """The title of the form of a new row, and of a single one that is not called by its own."""
    folded: Callable[[PageContext], Mapping[str, tuple[FormField, ...]]] = lambda _page: {}
    """Further groups, folded while they are empty: texts in the languages of the business."""
    load: Callable[[Session, OrgId, str], Awaitable[Row | None]]
    stored: Callable[[Row], Stored[Fields]]
    save: Callable[[UnitOfWork, "Submission[Fields]"], Awaitable[str | ShownOnce]]
    """Returns the key of the saved row, with the secret that was made for it if there is one."""
    allow: Permission
    is_single: bool = False
    """Whether the organisation has one row: the form is its page."""
    choices: Mapping[str, ReadChoices] = msgspec.field(default_factory=dict)
    """Choices that are read from the database, by field."""
    preview: (
        Callable[[UnitOfWork, PageContext, "Submission[Fields]"], Awaitable[FormPreview]] | None
    ) = None
    """What saving would do; whatever it does in its unit of work is taken back."""
    previews_first: bool = False
    """Nothing is saved that has not been previewed."""
    follows: bool = False
    """Whether the preview is beside the form, and follows what is typed."""
    copy: Callable[[Fields], Fields] | None = None
    """A new row begins with these fields of another one, which the query `from` names."""
    earlier: Callable[[Session, PageContext, str], Awaitable[Fields | None]] | None = None
    """The form of a stored row begins with what it was in a version that the query names."""
    pictures: PictureUpload | None = None
    """Keeps what is sent for its fields of the kind `picture`."""
    adds: bool = True
    """Whether there can be new rows."""
    frame: str = ""
    """The page below that of a row that shows, in a frame, what is typed and not saved."""
    edits: bool = True
    """Whether a stored row has the form too."""
    can_edit: Callable[[Row], bool] = lambda _row: True
    """Whether the form can show this row."""
    fields_of_errors: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The field of the form for a field that an error of the action names otherwise."""
    refusals: Mapping[type[FullhouseError], tuple[str, str]] = msgspec.field(default_factory=dict)
    """Errors that concern one field: its name, and a text of the catalogues about it.

    The text may name attributes of the error, such as `%(limit)s`. In the form of a stored row that
    lacks the field, it stands beside the first one.
    """


class Submission(msgspec.Struct, Generic[Fields], frozen=True):
    """A valid form: the id of the row, and of a stored one the version that was opened."""

    fields: Fields
    currency: str
    row_id: UUID
    version: int | None = None


class AdminResource(msgspec.Struct, Generic[Row, Fields], frozen=True):
    """A resource of the admin pages. `name` is its part of the URL."""

    name: str
    title: str
    icon: str
    permission: Permission
    list: Table[Row]
    subject: Callable[[Row], HistorySubject] | None = None
    """What its history is about; without it the detail page has none."""
    detail: Detail[Row] | None = None
    form: Form[Row, Fields] | None = None
    actions: tuple[Action[Row], ...] = ()
    section: str = ""
    """The item of the navigation that its pages belong to, when it has none of its own."""
    links: Callable[[PageContext], tuple[Link, ...]] | None = None
    """The ways from the list to what belongs to it."""
    row_links: Callable[[PageContext, Row], tuple[Link, ...]] | None = None
    """The ways from a row to what belongs to it, when it has no detail block."""

    @property
    def current(self) -> str:
        """The item of the navigation that is marked on its pages."""
        return self.section or self.name

    @property
    def nav_item(self) -> NavItem:
        return NavItem(self.name, self.title, self.icon, self.permission)


def all_rows(
    database: Database, read: Callable[[Session, OrgId], Awaitable[Sequence[Row]]]
) -> Callable[[PageContext, ListQuery], Awaitable[Sequence[Row]]]:
    """The `fetch` of a list that reads every row of the organisation."""

    async def fetch(page: PageContext, _query: ListQuery) -> Sequence[Row]:
        async with database.session() as session:
            return await read(session, page.org_id)

    return fetch


def one_row(
    database: Database,
    load: Callable[[Session, OrgId, str], Awaitable[Row | None]],
    unknown: type[FullhouseError],
) -> Callable[[OrgId, str], Awaitable[Row]]:
    """The `load` of a detail page whose row is that of the form; raises `unknown` without one."""

    async def loaded(org_id: OrgId, key: str) -> Row:
        async with database.session() as session:
            row = await load(session, org_id, key)
        if row is None:
            raise unknown
        return row

    return loaded
