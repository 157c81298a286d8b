"""Blocks of admin pages: what a resource declares of its list, its detail page and its form."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, Literal, TypeVar
from uuid import UUID

import msgspec

from fullhouse.entrypoints.web.admin_views import DetailView
from fullhouse.entrypoints.web.navigation import NavItem
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice, Note
from fullhouse.kernel.context import Permission
from fullhouse.storage.unit_of_work import UnitOfWork

Row = TypeVar("Row")
Fields = TypeVar("Fields", bound=msgspec.Struct)

ColumnWidth = Literal["always", "wide", "csv"]
"""Shown always, on wide screens alone, or only in the CSV file."""


class ListQuery(msgspec.Struct, frozen=True):
    """The state of a list in its URL. `sort` is a column's name, with `-` before it descending."""

    search: str
    filters: Mapping[str, str]
    sort: str
    after: str
    """The position of the last row of the page before; empty for the first page."""
    limit: int


class Column(msgspec.Struct, Generic[Row], frozen=True):
    """A column of a list; `label` is an English text of the catalogues."""

    name: str
    label: str
    cell: Callable[[Row, PageContext], str]
    shown: ColumnWidth = "always"
    tone: Callable[[Row], str] | None = None
    is_number: bool = False


class Filter(msgspec.Struct, frozen=True):
    """A filter of a list: a choice, or a day when it has no choices."""

    name: str
    label: str
    choices: tuple[Choice, ...] = ()


class BulkAction(msgspec.Struct, frozen=True):
    """An action on the selected rows; `run` returns a reason for each row that it refused."""

    name: str
    label: str
    done: tuple[str, str]
    """Singular and plural of the note afterwards, with `%(n)s`."""
    run: Callable[[PageContext, Sequence[str]], Awaitable[Sequence[str]]]
    allow: Permission


class Table(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """A list with search, filters, sorting, paging by position, bulk actions and CSV export."""

    columns: tuple[Column[Row], ...]
    fetch: Callable[[PageContext, ListQuery], Awaitable[Sequence[Row]]]
    key: Callable[[Row], str]
    empty: str
    """The text of an empty list."""
    position: Callable[[Row], str] | None = None
    """The position of a row for the next page; without it a list has one page."""
    sorts: tuple[str, ...] = ()
    """The orders that `fetch` knows; the first is the default."""
    search_label: str = ""
    filters: Callable[[PageContext], Awaitable[tuple[Filter, ...]]] | None = None
    bulk_actions: tuple[BulkAction, ...] = ()


class RowAction(msgspec.Struct, frozen=True):
    """An action on one row; `run` returns the note of a refusal, None when it is done."""

    name: str
    run: Callable[[PageContext, str], Awaitable[Note | None]]
    allow: Permission


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """A detail page. `show` raises the `NotFound` of its part for an unknown key."""

    show: Callable[[PageContext, str], Awaitable[DetailView]]
    actions: tuple[RowAction, ...] = ()


class FormField(msgspec.Struct, frozen=True):
    """A field of a form by the name of the struct's field, from whose type its kind follows."""

    name: str
    label: str
    hint: str = ""
    refused: str = ""
    """The problem when the action refuses a value that the type admits."""
    choices: tuple[tuple[str, str], ...] = ()
    kind: Literal["", "money", "textarea"] = ""
    unit: str = ""
    """Follows the value: `minutes`."""
    only_new: bool = False


class Stored(msgspec.Struct, Generic[Fields], frozen=True):
    """A stored row: its title, version, id, and the request that would make it what it is."""

    title: str
    version: int
    fields: Fields
    row_id: UUID
    currency: str
    """The currency of its fields of money."""


class Form(msgspec.Struct, Generic[Fields], frozen=True, kw_only=True):
    """A form made from a request struct; without a detail block it makes the detail page too."""

    struct: type[Fields]
    groups: Mapping[str, tuple[FormField, ...]]
    """Fields by the legend of their group."""
    new_label: str
    load: Callable[[PageContext, str], Awaitable[Stored[Fields]]]
    save: Callable[[UnitOfWork, PageContext, "Submission[Fields]"], Awaitable[str]]
    """Returns the key of the saved row."""
    allow: Permission
    choices: Callable[[PageContext], Awaitable[Mapping[str, Sequence[Choice]]]] | None = None
    """Choices that are read from the database, by field."""


class Submission(msgspec.Struct, Generic[Fields], frozen=True):
    """A valid form, and the row that it changes with the version at which it was opened."""

    fields: Fields
    currency: str
    row_id: UUID | None = None
    version: int | None = None


class AdminResource(msgspec.Struct, Generic[Row, Fields], frozen=True):
    """A resource of the admin pages. `name` is its part of the URL."""

    name: str
    title: str
    icon: str
    permission: Permission
    list: Table[Row]
    detail: Detail | None = None
    form: Form[Fields] | None = None

    @property
    def nav_item(self) -> NavItem:
        return NavItem(self.name, self.title, self.icon, self.permission)
