"""`/admin/optimisations`: what would make the installation faster, what was tried and undone."""

import msgspec

from fullhouse.booking.model.urls import OPTIMISATIONS_PATH, with_query
from fullhouse.entrypoints.web.forms import read_choice
from fullhouse.entrypoints.web.operator_navigation import operator_navigation
from fullhouse.entrypoints.web.optimisations_presenter import OptimisationsPresenter
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.account import account_id_of
from fullhouse.http.response import Response
from fullhouse.kernel.errors import InvalidInput
from fullhouse.localisation.translations import gettext_noop
from fullhouse.observability import optimisations
from fullhouse.observability.optimisations import OptimisationAct
from fullhouse.people.reads.profiles import account_profile
from fullhouse.storage.database import Database


class OptimisationPages(msgspec.Struct, frozen=True):
    """An operator lets the worker try a proposal, or take one back."""

    database: Database

    async def show(self, page: PageContext) -> Response:
        return await self._show(page, problem="")

    async def change(self, page: PageContext) -> Response:
        """Do it, or say why not."""
        typed = await page.form()
        act = read_choice(typed.get("act", ""), tuple(OptimisationAct))
        if act is None:
            return await self._show(page, problem=gettext_noop("Choose what to do."))
        try:
            async with self.database.unrestricted.session() as session:
                profile = await account_profile(session, account_id_of(page))
                by = "" if profile is None else profile.name
                name = typed.get("name", "")
                await optimisations.act_on(session, name, OptimisationAct(act), by=by, now=page.now)
        except InvalidInput as error:
            return await self._show(page, problem=error.detail)
        return page.redirect(with_query(OPTIMISATIONS_PATH, done=act))

    async def _show(self, page: PageContext, *, problem: str) -> Response:
        async with self.database.unrestricted.session() as session:
            found = await optimisations.recent_optimisations(session)
            steps = await optimisations.steps_of(session, found)
        presenter = OptimisationsPresenter(page.utc_formatter, found, steps)
        view = presenter.view(done=page.query("done") or "", problem=problem)
        status = 422 if problem else 200
        return page.render(
            "optimisations.html",
            view.title,
            status=status,
            page=view,
            navigation=operator_navigation(page.translations, OPTIMISATIONS_PATH),
        )
