"""Mounts resources: routes of list, CSV, bulk actions, detail and form, with their permissions."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Generic, TypeVar

import msgspec

from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.web.admin.blocks import AdminResource, RowAction
from fullhouse.entrypoints.web.admin.forms import FormPages, form_parser
from fullhouse.entrypoints.web.admin.lists import ListPages
from fullhouse.entrypoints.web.admin_views import DetailView
from fullhouse.entrypoints.web.dispatch import PageRoute, get, post
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link, Note
from fullhouse.http.response import Response
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

Row = TypeVar("Row")
Fields = TypeVar("Fields", bound=msgspec.Struct)


class DetailPages(msgspec.Struct, Generic[Row, Fields], frozen=True):
    """The detail page of a resource."""

    resource: AdminResource[Row, Fields]
    navigation: Navigation

    async def show(self, page: PageContext) -> Response:
        return await self._render(page)

    async def act(self, page: PageContext, action: RowAction) -> Response:
        """Run an action; then the detail page, with a note when it was refused."""
        key = page.path_parameter("key")
        note = await action.run(page, key)
        if note is not None:
            return await self._render(page, note)
        return page.redirect(admin_path(page.organisation.slug, f"{self.resource.name}/{key}"))

    async def _render(self, page: PageContext, note: Note | None = None) -> Response:
        key = page.path_parameter("key")
        view = await self._view(page, key)
        path = admin_path(page.organisation.slug, self.resource.name)
        _ = page.translations.gettext
        form = self.resource.form
        can_edit = form is not None and page.context.may(form.allow)
        view = msgspec.structs.replace(
            view,
            back=view.back or Link(_(self.resource.title), path),
            edit=Link(_("Edit"), f"{path}/{key}/edit") if can_edit else None,
            note=note,
        )
        return page.render(
            "admin/detail.html",
            f"{view.title}, {view.reference}" if view.reference else view.title,
            status=HTTPStatus.OK if note is None else HTTPStatus.CONFLICT,
            navigation=self.navigation.links(page, self.resource.name),
            page=view,
        )

    async def _view(self, page: PageContext, key: str) -> DetailView:
        """The resource's own detail page, else the fields of its form."""
        if self.resource.detail is not None:
            return await self.resource.detail.show(page, key)
        form = self.resource.form
        assert form is not None, "a resource has a detail block or a form"
        stored = await form.load(page, key)
        parser = await form_parser(form, page, stored)
        facts = parser.facts(stored.fields, page.utc_formatter)
        return DetailView(title=stored.title, facts=facts)


def resource_routes(
    resource: AdminResource[Row, Fields], navigation: Navigation, unit_of_work: UnitOfWorkFactory
) -> Sequence[PageRoute]:
    """Every route of a resource."""
    path = f"/admin/{{org}}/{resource.name}"
    lists = ListPages(resource, navigation)
    routes = [
        get(path, lists.list, resource.permission),
        get(f"{path}.csv", lists.csv, resource.permission),
    ]
    for bulk in resource.list.bulk_actions:
        handler = partial(lists.act, action=bulk)
        routes.append(post(f"{path}/{bulk.name}", handler, bulk.allow))
    pages = DetailPages(resource, navigation)
    routes.append(get(f"{path}/{{key}}", pages.show, resource.permission))
    for action in resource.detail.actions if resource.detail else ():
        handler = partial(pages.act, action=action)
        routes.append(post(f"{path}/{{key}}/{action.name}", handler, action.allow))
    if resource.form is not None:
        allow = resource.form.allow
        forms = FormPages(resource, resource.form, navigation, unit_of_work)
        routes += [
            get(f"{path}/new", forms.new, allow),
            post(f"{path}/new", forms.add, allow),
            get(f"{path}/{{key}}/edit", forms.edit, allow),
            post(f"{path}/{{key}}/edit", forms.save, allow),
        ]
    return routes
