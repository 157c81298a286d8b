"""`/admin/alerts`: what is wrong now and was, who looks at it, and what nobody is told of."""

from uuid import UUID

import msgspec

from fullhouse.booking.model.urls import with_query
from fullhouse.entrypoints.web.alerts_presenter import AlertsPresenter, AlertsView
from fullhouse.entrypoints.web.operator_navigation import operator_navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.account import account_id_of
from fullhouse.entrypoints.web.pages.live_pages import LivePage, LivePages
from fullhouse.http.response import EventStream, Response
from fullhouse.kernel.errors import InvalidInput
from fullhouse.observability import alerts
from fullhouse.observability.alert_texts import ALERTS_PATH
from fullhouse.people.reads.profiles import account_profile
from fullhouse.storage.database import Database, Session

_PARTS = ("now",)
"""What is sent again when it changes, by its id on the page."""


class AlertPages(msgspec.Struct, frozen=True):
    """An operator acknowledges a rule's alerts, notes what mended one, and silences a rule."""

    database: Database
    pages: LivePages

    async def show(self, page: PageContext) -> Response:
        return await self._show(page, problem="")

    async def stream(self, page: PageContext) -> EventStream:
        """What is wrong now, as it changes."""
        return await self.pages.stream(page, LivePage("parts/alerts.html", _PARTS, self._view))

    async def change(self, page: PageContext) -> Response:
        """Do it, or say why not."""
        typed = await page.form()
        rule, act = typed.get("rule", ""), typed.get("act", "")
        try:
            async with self.database.unrestricted.session() as session:
                await self._change(session, page, rule=rule, act=act, typed=typed)
        except InvalidInput as error:
            return await self._show(page, problem=error.detail)
        return page.redirect(with_query(ALERTS_PATH, done=act))

    async def _change(
        self, session: Session, page: PageContext, *, rule: str, act: str, typed: dict[str, str]
    ) -> None:
        profile = await account_profile(session, account_id_of(page))
        by = "" if profile is None else profile.name
        if act == "acknowledge":
            await alerts.acknowledge(session, rule, by=by, now=page.now)
        elif act == "note":
            await alerts.note(session, _alert_of(typed), text=typed.get("note", ""), by=by)
        elif act == "unsilence":
            await alerts.end_silence(session, rule)
        elif act == "silence":
            hours, reason = typed.get("hours", ""), typed.get("reason", "")
            await alerts.silence(
                session,
                rule,
                hours=float(hours) if hours.isdecimal() else 0,
                reason=reason,
                by=by,
                now=page.now,
            )
        else:
            raise InvalidInput("Choose what to do.", field="act")

    async def _view(self, page: PageContext, problem: str = "") -> AlertsView:
        async with self.database.unrestricted.session() as session:
            found = await alerts.recent_alerts(session)
            silenced = await alerts.silences(session, now=page.now)
        presenter = AlertsPresenter(page.utc_formatter, found, silenced)
        return presenter.view(done=page.query("done") or "", problem=problem)

    async def _show(self, page: PageContext, *, problem: str) -> Response:
        view = await self._view(page, problem)
        return page.render(
            "alerts.html",
            view.title,
            status=422 if problem else 200,
            page=view,
            parts=_PARTS,
            navigation=operator_navigation(page.translations, ALERTS_PATH),
        )


def _alert_of(typed: dict[str, str]) -> UUID:
    try:
        return UUID(typed.get("alert", ""))
    except ValueError:
        raise InvalidInput("Choose an alert.", field="alert") from None
