"""Saved views of a list: how its team returns to the same search, filters, order and columns."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

import msgspec

from fullhouse.booking.model.urls import with_query
from fullhouse.entrypoints.web.admin_views import SavedViewsView
from fullhouse.entrypoints.web.dispatch import PageRoute, post
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.http.response import Response
from fullhouse.kernel.context import Permission
from fullhouse.kernel.text import one_line
from fullhouse.people.actions.save_view import remove_view, save_view
from fullhouse.people.errors import TooManyViews
from fullhouse.people.limits import VIEW_NAME_CHARACTERS_MAX, VIEW_QUERY_CHARACTERS_MAX
from fullhouse.people.model.saved_view import SavedView
from fullhouse.people.reads.saved_views import saved_views
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


class ViewPages(msgspec.Struct, frozen=True):
    """The saved views of the list with this name."""

    name: str
    unit_of_work: UnitOfWorkFactory

    async def view(self, page: PageContext, path: str, query: str) -> SavedViewsView:
        """The links to them, and whether the list as it is now can be saved or removed."""
        async with self.unit_of_work.database.session() as session:
            saved = await saved_views(session, page.org_id, self.name)
        current = next((one.name for one in saved if one.query == query), "")
        return SavedViewsView(
            links=tuple(Link(one.name, f"{path}?{one.query}") for one in saved),
            action=f"{path}/saved-views",
            current=current,
            can_save=bool(query) and not current and len(query) <= VIEW_QUERY_CHARACTERS_MAX,
            name_max=VIEW_NAME_CHARACTERS_MAX,
            is_full=page.query("views") == "full",
        )

    async def save(self, page: PageContext) -> Response:
        """Save the list as it was under the name that was typed; then that list."""
        form = await page.form()
        name = one_line(form.get("name", ""))[:VIEW_NAME_CHARACTERS_MAX]
        values = dict(parse_qsl(form.get("query", "")))
        query, said = urlencode(values), {}
        if name and query and len(query) <= VIEW_QUERY_CHARACTERS_MAX:
            try:
                async with self.unit_of_work(page.context, page.org_id) as uow:
                    await save_view(uow, self.name, SavedView(name, query))
            except TooManyViews:
                said = {"views": "full"}
        return page.redirect(with_query(self._path(page), **values, **said))

    async def remove(self, page: PageContext) -> Response:
        """Remove a view; then the list as it was, which can be saved again."""
        form = await page.form()
        async with self.unit_of_work(page.context, page.org_id) as uow:
            await remove_view(uow, self.name, form.get("name", ""))
        return page.redirect(with_query(self._path(page), **dict(parse_qsl(form.get("query", "")))))

    def routes(self, path: str, allow: Permission) -> Sequence[PageRoute]:
        return (
            post(f"{path}/saved-views", self.save, allow),
            post(f"{path}/saved-views/remove", self.remove, allow),
        )

    def _path(self, page: PageContext) -> str:
        return f"/admin/{page.organisation.slug}/{self.name}"
