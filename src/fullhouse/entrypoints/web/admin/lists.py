"""List pages of resources: search, filters, sorting, paging by position, bulk actions, CSV."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Final, Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec

from fullhouse.booking.model.urls import admin_path, with_query
from fullhouse.entrypoints.web.admin.blocks import (
    AdminResource,
    Column,
    Filter,
    ListQuery,
    Table,
)
from fullhouse.entrypoints.web.admin.view_pages import ViewPages
from fullhouse.entrypoints.web.admin_actions import Action, refusals
from fullhouse.entrypoints.web.admin_views import (
    ActionView,
    Cell,
    FilterView,
    Header,
    ListView,
    RowsUndo,
    RowView,
)
from fullhouse.entrypoints.web.csv_file import CSVFile
from fullhouse.entrypoints.web.limits import (
    ADMIN_ROWS,
    CSV_ROWS_AT_ONCE,
    CSV_ROWS_MAX,
    CSV_ROWS_PER_TOKEN,
    SEARCH_CHARACTERS_MAX,
)
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.live_pages import LivePage, LivePages
from fullhouse.entrypoints.web.views import Choice, Link, Note
from fullhouse.http.response import EventStream, Response
from fullhouse.kernel.text import pasted
from fullhouse.storage.database import Database

Row = TypeVar("Row")
Fields = TypeVar("Fields", bound=msgspec.Struct)

_SHOWN: Final = "show."
"""The prefix of the names of the columns that a reader has chosen."""
_PARTS: Final = ("results",)
SELECTED: Final = "row."
"""The prefix of the names of a list's check boxes."""


class ListPages(msgspec.Struct, Generic[Row, Fields], frozen=True):
    """The list of a resource."""

    resource: AdminResource[Row, Fields]
    navigation: Navigation
    database: Database
    views: ViewPages | None = None
    live: LivePages | None = None

    async def list(self, page: PageContext) -> Response:
        return await self._render(page, dict(page.request.query), note=self._done_note(page))

    async def stream(self, page: PageContext) -> EventStream:
        """The rows, as they change."""
        assert self.live is not None, "only a live list has the route"
        return await self.live.stream(page, LivePage("parts/list.html", _PARTS, self._as_asked))

    async def _as_asked(self, page: PageContext) -> ListView:
        return await self._view(page, dict(page.request.query), note=None)

    async def csv(self, page: PageContext) -> Response:
        """At most `CSV_ROWS_MAX` rows of the list, in its order."""
        table, count = self.resource.list, 0
        query = self._query(dict(page.request.query), limit=CSV_ROWS_AT_ONCE)
        file = CSVFile(page.translations)
        columns = table.csv_columns or table.columns
        file.add([[page.translations.gettext(column.label) for column in columns]])
        while count < CSV_ROWS_MAX:
            found = await table.fetch(page, query)
            count += len(found)
            page.request.tokens += len(found) // CSV_ROWS_PER_TOKEN
            await file.add_in_turns(_cells(page, table, found), self.database.turns)
            if len(found) < query.limit or table.position is None:
                break
            query = msgspec.structs.replace(query, after=table.position(found[-1]))
        return file.response(self.resource.name)

    async def act(self, page: PageContext, action: Action[Row]) -> Response:
        """Run a bulk action on the selected rows; then the list as it was, with a note."""
        form = await page.form()
        keys = self.selected(form)
        if not keys:
            return await self.nothing_selected(page, form)
        refused = await refusals(page, action, keys)
        return await self.done(page, action, form, keys=keys, refused=refused)

    def selected(self, form: Mapping[str, str]) -> Sequence[str]:
        """The keys of the rows that are ticked."""
        keys = [name.removeprefix(SELECTED) for name in form if name.startswith(SELECTED)]
        return keys[:ADMIN_ROWS]

    async def nothing_selected(self, page: PageContext, form: Mapping[str, str]) -> Response:
        note = Note("warn", page.translations.gettext("Select at least one row first."))
        return await self._render(page, _state(form), note=note, status=422)

    async def done(
        self,
        page: PageContext,
        action: Action[Row],
        form: Mapping[str, str],
        *,
        keys: Sequence[str],
        refused: Sequence[str],
    ) -> Response:
        """The list as it was, with a note of what was done to the rows, and refused."""
        count, values = len(keys) - len(refused), _state(form)
        if refused:
            note = Note("warn", self._done_text(page, action, count), " ".join(refused))
            return await self._render(page, values, note=note, status=HTTPStatus.CONFLICT)
        undo = ",".join(keys) if action.undo else None
        return page.redirect(
            with_query(self.path(page), **values, done=action.name, count=count, undo=undo)
        )

    def path(self, page: PageContext) -> str:
        """Where the list is."""
        return admin_path(page.organisation.slug, self.resource.name)

    def _query(self, values: dict[str, str], *, limit: int) -> ListQuery:
        sorts = self.resource.list.sorts
        sort = values.get("sort", "")
        return ListQuery(
            search=pasted(values.get("q", "").replace("\x00", ""))[:SEARCH_CHARACTERS_MAX],
            filters=values,
            sort=sort if sort in sorts else next(iter(sorts), ""),
            after=values.get("after", ""),
            limit=limit,
        )

    async def _render(
        self, page: PageContext, values: dict[str, str], *, note: Note | None, status: int = 200
    ) -> Response:
        view = await self._view(page, values, note=note)
        return page.render(
            "admin/list.html",
            view.title,
            status=status,
            navigation=self.navigation.links(page, self.resource.current),
            page=msgspec.structs.replace(view, undo=self._undo(page)),
        )

    async def _view(
        self, page: PageContext, values: dict[str, str], *, note: Note | None
    ) -> ListView:
        table = self.resource.list
        async with self.database.session() as session:
            choices = {
                one.name: await one.choices(session, page) for one in table.filters if one.choices
            }
        query = self._query(values, limit=ADMIN_ROWS + 1)
        rows = self._following(await table.fetch(page, query), query.after)
        view = _View(page, self.resource, self.path(page), query, choices)
        title = page.translations.gettext(self.resource.title)
        shown = view.list(title, rows, note)
        if table.summary is not None:
            shown = msgspec.structs.replace(shown, lead=await table.summary(page))
        views = await self.views.view(page, shown.path, shown.query) if self.views else None
        return msgspec.structs.replace(shown, views=views)

    def _following(self, rows: Sequence[Row], after: str) -> Sequence[Row]:
        """The rows after the page before; a list without positions was read from its beginning."""
        keys = [] if self.resource.list.position else [self.resource.list.key(row) for row in rows]
        return rows[keys.index(after) + 1 :] if after in keys else rows

    def _undo(self, page: PageContext) -> RowsUndo | None:
        """The bar that takes the bulk action back that led here."""
        keys = (page.query("undo") or "").split(",")[:ADMIN_ROWS]
        for action in self.resource.actions:
            if action.undo and action.name == page.query("done") and all(keys):
                count = page.query("count") or ""
                text = self._done_text(page, action, int(count[:4]) if count.isdecimal() else 0)
                return RowsUndo(text, f"{self.path(page)}/{action.undo}", tuple(keys))
        return None

    def _done_note(self, page: PageContext) -> Note | None:
        """The note about the bulk action that led here."""
        count = page.query("count") or ""
        for action in self.resource.actions:
            if action.name == page.query("done") and count.isdecimal() and not page.query("undo"):
                return Note("good", self._done_text(page, action, int(count[:4])))
        return None

    def _done_text(self, page: PageContext, action: Action[Row], count: int) -> str:
        assert action.done is not None, "a list has no other actions"
        return page.translations.ngettext(*action.done, count)


class _View(msgspec.Struct, Generic[Row, Fields], frozen=True):
    """Builds the view of one list page."""

    page: PageContext
    resource: AdminResource[Row, Fields]
    path: str
    query: ListQuery
    choices: Mapping[str, Sequence[Choice]]

    def list(self, title: str, rows: Sequence[Row], note: Note | None) -> ListView:
        _ = self.page.translations.gettext
        table, query, values = self.resource.list, self.query, self._values()
        columns = self._columns()
        names = {one.name for one in columns}
        shown = rows[:ADMIN_ROWS]
        has_next = len(rows) > ADMIN_ROWS
        after = (table.position or table.key)(shown[-1]) if has_next else ""
        form = self.resource.form
        return ListView(
            title=title,
            path=self.path,
            query=with_query("", **values).removeprefix("?"),
            search=query.search,
            search_label=_(table.search_label) if table.search_label else "",
            filters=tuple(map(self._filter, self._filters())),
            chips=tuple(self._chips()),
            sort=query.sort if values.get("sort") else "",
            headers=tuple(map(self._header, columns)),
            rows=tuple(self._row(row, columns) for row in shown),
            actions=tuple(
                ActionView(_(action.label), f"{self.path}/{action.name}")
                for action in self.resource.actions
                if action.done and action.label and self.page.context.may(action.allow)
            ),
            lead=table.lead(self.page),
            empty=_(table.empty),
            csv_href=with_query(f"{self.path}.csv", **values),
            links=self.resource.links(self.page) if self.resource.links else (),
            new=Link(_(form.new_label), f"{self.path}/new")
            if form and form.adds and self.page.context.may(form.allow)
            else None,
            first=Link(_("First page"), self._href(after=None)) if query.after else None,
            next=Link(_("Next page"), self._href(after=after)) if has_next else None,
            note=note,
            is_live=table.is_live,
            columns=tuple(
                Choice(f"{_SHOWN}{one.name}", _(one.label), selected=one.name in names)
                for one in table.columns[1:]
            )
            if table.is_adjustable
            else (),
        )

    def _columns(self) -> Sequence[Column[Row]]:
        """The first, and those that the reader has chosen; else those that are not for CSV."""
        table, given = self.resource.list, self.query.filters
        chosen = [one for one in table.columns[1:] if given.get(f"{_SHOWN}{one.name}")]
        if not table.is_adjustable or not chosen:
            return [one for one in table.columns if one.shown != "csv"]
        return [
            msgspec.structs.replace(one, shown="wide") if one.shown == "csv" else one
            for one in (table.columns[0], *chosen)
        ]

    def _values(self) -> dict[str, str]:
        """The state of the list without its page, and without columns that go without saying."""
        table, given = self.resource.list, self.query.filters
        names = ("q", "sort", *(one.name for one in table.filters))
        values = {name: given[name] for name in names if given.get(name)}
        columns = [one.name for one in self._columns()]
        if columns != [one.name for one in table.columns if one.shown != "csv"]:
            values |= {f"{_SHOWN}{name}": "1" for name in columns[1:]}
        return values

    def _href(self, **changes: str | None) -> str:
        return with_query(self.path, **{**self._values(), **changes})

    def _filters(self) -> Sequence[Filter]:
        """The days, and those that have something to choose from."""
        filters = self.resource.list.filters
        return [one for one in filters if one.choices is None or self.choices.get(one.name)]

    def _filter(self, one: Filter) -> FilterView:
        value = self.query.filters.get(one.name, "")
        choices = tuple(
            Choice(choice.value, choice.text, selected=choice.value == value)
            for choice in self.choices.get(one.name, ())
        )
        label = self.page.translations.gettext(one.label)
        return FilterView(one.name, label, value, choices, one.kind)

    def _chips(self) -> Sequence[Link]:
        """The active search and filters, each with the URL of the list without it."""
        _ = self.page.translations.gettext
        active = [(one.label, one.value, one) for one in map(self._filter, self._filters())]
        chips = []
        if self.query.search:
            chips.append(("q", self.query.search))
        for label, value, one in active:
            text = next((choice.text for choice in one.choices if choice.selected), value)
            if value:
                chips.append((one.name, f"{label}: {text}"))
        return [
            Link(text, self._href(**{name: None}), name=_("Remove %(filter)s", filter=text))
            for name, text in chips
        ]

    def _header(self, column: Column[Row]) -> Header:
        text = self.page.translations.gettext(column.label)
        sorts, current = self.resource.list.sorts, self.query.sort
        up, down = column.name, f"-{column.name}"
        ways = [way for way in (up, down) if way in sorts]
        if not ways:
            return Header(text, column.shown, column.is_number)
        following = ways[(ways.index(current) + 1) % len(ways)] if current in ways else ways[0]
        is_sorted = {up: "ascending", down: "descending"}.get(current, "")
        href = self._href(sort=following)
        return Header(text, column.shown, column.is_number, href, is_sorted)

    def _row(self, row: Row, columns: Sequence[Column[Row]]) -> RowView:
        key = self.resource.list.key(row)
        formatter = self.resource.list.formatter(row, self.page)
        cells = tuple(
            Cell(
                column.cell(row, formatter),
                column.shown,
                column.is_number,
                column.tone(row) if column.tone else "",
                column.href(row) if column.href else "",
                column.image(row, self.page) if column.image else "",
            )
            for column in columns
        )
        return RowView(key, f"{self.path}/{key}" if key else "", cells)


def _state(form: Mapping[str, str]) -> dict[str, str]:
    """The state of the list that a form was on."""
    return dict(parse_qsl(form.get("query", "")))


def _cells(page: PageContext, table: Table[Row], rows: Sequence[Row]) -> Iterator[Sequence[str]]:
    columns = table.csv_columns or table.columns
    for row in rows:
        formatter = table.formatter(row, page)
        yield [column.cell(row, formatter) for column in columns]
