"""Mounts resources: routes of list, CSV, actions, detail and form, with their permissions."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Generic, TypeVar

import msgspec

from fullhouse.booking.history_texts import history_lines
from fullhouse.booking.model.urls import admin_path, with_query
from fullhouse.booking.reads.bookings import HistoryEntry, history_of
from fullhouse.entrypoints.web.admin.action_forms import ActionFormPages
from fullhouse.entrypoints.web.admin.blocks import AdminResource
from fullhouse.entrypoints.web.admin.form_rows import form_parser, load_row
from fullhouse.entrypoints.web.admin.forms import FormPages
from fullhouse.entrypoints.web.admin.lists import ListPages
from fullhouse.entrypoints.web.admin.picture_fields import picture_undo
from fullhouse.entrypoints.web.admin.view_pages import ViewPages
from fullhouse.entrypoints.web.admin_actions import Action, refusals
from fullhouse.entrypoints.web.admin_views import ActionView, DetailView
from fullhouse.entrypoints.web.dispatch import PageRoute, get, post
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.live_pages import LivePages
from fullhouse.entrypoints.web.views import Link, Note, Undo
from fullhouse.http.response import Response
from fullhouse.messages.facts import Fact
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

Row = TypeVar("Row")
Fields = TypeVar("Fields", bound=msgspec.Struct)


class DetailPages(msgspec.Struct, Generic[Row, Fields], frozen=True):
    """The detail page of a resource."""

    resource: AdminResource[Row, Fields]
    navigation: Navigation
    database: Database

    async def show(self, page: PageContext) -> Response:
        return await self._render(page)

    async def act(self, page: PageContext, action: Action[Row]) -> Response:
        """Run an action; then the detail page, with a note when it was refused."""
        key = page.path_parameter("key")
        refused = await refusals(page, action, (key,))
        if refused:
            return await self._render(page, Note("warn", " ".join(refused)))
        if action.ends:
            undo = key if action.undo else None
            path = with_query(self._path(page), done=action.name, count=1, undo=undo)
            return page.redirect(path)
        return page.redirect(f"{self._path(page)}/{key}")

    def _path(self, page: PageContext) -> str:
        return admin_path(page.organisation.slug, self.resource.name)

    async def _render(self, page: PageContext, note: Note | None = None) -> Response:
        view = await self._view(page)
        if note is not None:
            view = msgspec.structs.replace(view, note=note)
        return page.render(
            "admin/detail.html",
            f"{view.title}, {view.reference}" if view.reference else view.title,
            status=HTTPStatus.OK if note is None else HTTPStatus.CONFLICT,
            navigation=self.navigation.links(page, self.resource.current),
            page=view,
        )

    async def _view(self, page: PageContext) -> DetailView:
        """The columns of the row, or the fields of its form when it has no detail block."""
        resource, detail = self.resource, self.resource.detail
        if detail is not None:
            row = await detail.load(page.org_id, page.path_parameter("key"))
            if detail.viewed is not None:
                detail.viewed(page, row)
            facts = self._column_facts(page, row, self._title(page, row))
        else:
            assert resource.form is not None, "a resource has a detail block or a form"
            row = await load_row(resource.form, self.database, page)
            facts = await self._form_facts(page, row)
        history = await self._history(page, row)
        formatter = resource.list.formatter(row, page)
        title, key = self._title(page, row), resource.list.key(row)
        back = detail.back(page, row) if detail and detail.back else None
        path = self._path(page)
        _ = page.translations.gettext
        form = resource.form
        can_edit = (
            form is not None and form.edits and form.can_edit(row) and page.context.may(form.allow)
        )
        return DetailView(
            title=title,
            reference=key if detail and detail.shows_key else "",
            facts=facts,
            actions=self._actions(page, row),
            links=self._links(page, row),
            preview=await detail.preview(page, row) if detail and detail.preview else None,
            emails=await detail.emails(page, row) if detail and detail.emails else (),
            sections=await detail.sections(page, row) if detail and detail.sections else (),
            history=history_lines(history, formatter, self._currency(row)),
            undo=self._undo(page, row, history),
            note=detail.warning(row, formatter) if detail and detail.warning else None,
            back=back or Link(_(resource.title), path),
            edit=Link(_("Edit"), f"{path}/{key}/edit") if can_edit else None,
            refreshes=bool(detail and detail.refreshes and detail.refreshes(row)),
        )

    def _links(self, page: PageContext, row: Row) -> tuple[Link, ...]:
        detail = self.resource.detail
        links = detail.links if detail is not None else self.resource.row_links
        return () if links is None else links(page, row)

    def _title(self, page: PageContext, row: Row) -> str:
        table, detail = self.resource.list, self.resource.detail
        cell = detail.title if detail and detail.title else table.columns[0].cell
        return cell(row, table.formatter(row, page))

    def _column_facts(self, page: PageContext, row: Row, title: str) -> tuple[Fact, ...]:
        """What the columns say, without what the heading says."""
        table = self.resource.list
        formatter, _ = table.formatter(row, page), page.translations.gettext
        facts = [
            Fact(
                _(column.label),
                column.cell(row, formatter),
                column.href(row) if column.href else "",
            )
            for column in table.columns
        ]
        said = {"", table.key(row), title}
        return tuple(fact for fact in facts if fact.text not in said)

    async def _form_facts(self, page: PageContext, row: Row) -> tuple[Fact, ...]:
        form = self.resource.form
        assert form is not None, "the caller has checked it"
        stored = form.stored(row)
        parser = await form_parser(form, self.database, page, stored=stored)
        return parser.facts(stored.fields, self.resource.list.formatter(row, page))

    def _actions(self, page: PageContext, row: Row) -> tuple[ActionView, ...]:
        """A button for each action that fits the row, the first as the main one."""
        _, path = page.translations.gettext, f"{self._path(page)}/{self.resource.list.key(row)}"
        fitting = [
            action
            for action in self.resource.actions
            if action.fits and action.fits(row) and page.context.may(action.allow)
        ]
        return tuple(
            ActionView(
                _(action.label),
                f"{path}/{action.name}",
                is_main=number == 0,
                has_form=action.form is not None,
            )
            for number, action in enumerate(fitting)
        )

    async def _history(self, page: PageContext, row: Row) -> Sequence[HistoryEntry]:
        if self.resource.subject is None:
            return ()
        subject = self.resource.subject(row)
        async with self.database.session() as session:
            return await history_of(session, page.org_id, subject.subject_id)

    def _currency(self, row: Row) -> str:
        subject = self.resource.subject
        return "" if subject is None else subject(row).currency

    def _undo(self, page: PageContext, row: Row, history: Sequence[HistoryEntry]) -> Undo | None:
        detail, table, form = self.resource.detail, self.resource.list, self.resource.form
        if form is not None and form.pictures is not None and page.context.may(form.allow):
            return picture_undo(page, f"{self._path(page)}/{table.key(row)}/edit")
        if detail is None or detail.undo is None:
            return None
        undo = detail.undo(row, history, table.formatter(row, page))
        action = f"{self._path(page)}/{table.key(row)}/undo"
        return None if undo is None else msgspec.structs.replace(undo, action=action)


def resource_routes(
    resource: AdminResource[Row, Fields],
    navigation: Navigation,
    unit_of_work: UnitOfWorkFactory,
    *,
    live: LivePages | None = None,
) -> Sequence[PageRoute]:
    """Every route of a resource; of one that is live, `live` streams its list."""
    assert (live is not None) == resource.list.is_live, "a live list has what streams it"
    path = f"/admin/{{org}}/{resource.name}"
    views = ViewPages(resource.name, unit_of_work) if resource.list.is_adjustable else None
    lists = ListPages(resource, navigation, unit_of_work.database, views, live)
    pages = DetailPages(resource, navigation, unit_of_work.database)
    routes = [
        get(path, lists.list, resource.permission),
        get(f"{path}.csv", lists.csv, resource.permission),
        *(views.routes(path, resource.permission) if views else ()),
        *([get(f"{path}/live", lists.stream, resource.permission)] if live else ()),
    ]
    if resource.detail is not None or resource.form is not None:
        routes.append(get(f"{path}/{{key}}", pages.show, resource.permission))
    for action in resource.actions:
        routes += _action_routes(resource, action, lists=lists, pages=pages)
    if resource.form is not None:
        allow = resource.form.allow
        forms = FormPages(resource, resource.form, navigation, unit_of_work)
        if resource.form.adds:
            routes += [
                get(f"{path}/new", forms.new, allow),
                post(f"{path}/new", forms.add, allow, limits=forms.limits),
            ]
        if resource.form.edits:
            edit = f"{path}/{{key}}/edit"
            routes += [
                get(edit, forms.edit, allow),
                post(edit, forms.save, allow, limits=forms.limits),
            ]
    return routes


def _action_routes(
    resource: AdminResource[Row, Fields],
    action: Action[Row],
    *,
    lists: ListPages[Row, Fields],
    pages: DetailPages[Row, Fields],
) -> Sequence[PageRoute]:
    """An action runs at once, or by the form that is opened first."""
    path = f"/admin/{{org}}/{resource.name}"
    one, many = f"{path}/{{key}}/{action.name}", f"{path}/{action.name}"
    if action.form is None:
        single = post(one, partial(pages.act, action=action), action.allow)
        bulk = post(many, partial(lists.act, action=action), action.allow)
        return (single, bulk) if action.done else (single,)
    forms = ActionFormPages(resource, action, action.form, lists)
    single_form = (
        get(one, forms.open_one, action.allow),
        post(one, forms.submit_one, action.allow),
    )
    bulk_form = (post(many, forms.submit_many, action.allow),) if action.done else ()
    return (*single_form, *bulk_form) if action.fits else bulk_form
