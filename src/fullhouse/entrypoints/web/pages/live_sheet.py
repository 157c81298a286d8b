"""`/admin/{org}/today/live`: what changes on a run sheet, as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass
from datetime import date
from functools import partial

import msgspec

from fullhouse.booking.reads.changes import InvalidationListener
from fullhouse.booking.reads.run_sheet_changes import SheetState, sheet_state
from fullhouse.booking.reads.run_sheets import arrivals_on
from fullhouse.entrypoints.web.day_views import SheetEvent
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.live_access import MemberAccess
from fullhouse.entrypoints.web.pages.run_sheet import RowRenderer, RunSheetPages
from fullhouse.entrypoints.web.run_sheet_presenter import RunSheetPresenter
from fullhouse.entrypoints.web.sheet_changes import SheetChanges
from fullhouse.http.live_feeds import LiveFeeds, events_of
from fullhouse.http.response import EventStream
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class FollowedSheet:
    """The sheet of a day in a language. Implements `Followed`."""

    org_id: OrgId
    day: date
    presenter: RunSheetPresenter
    render: RowRenderer
    database: Database
    changes: InvalidationListener
    clock: Clock

    @property
    def key(self) -> Hashable:
        return self.org_id, self.day, self.render.page.language, self.presenter.may_change

    def subscribe(self) -> AbstractContextManager[asyncio.Event]:
        return self.changes.subscribe(self.org_id)

    async def read(self) -> SheetState:
        async with self.database.session() as session:
            day = await arrivals_on(session, self.org_id, self.day)
        return sheet_state(day, self.clock.now())

    async def has_ended(self) -> bool:
        return False

    def whole(self, content: SheetState) -> bytes:
        """A sheet is sent again as a page."""
        return encoded(SheetEvent(reload=True, digest=content.digest))

    def difference(self, before: SheetState, after: SheetState) -> bytes | None:
        event = SheetChanges(self._at_present(), self.render).between(before, after)
        return None if event is None else encoded(event)

    def _at_present(self) -> RunSheetPresenter:
        return msgspec.structs.replace(self.presenter, now=self.clock.now())


class LiveSheet(msgspec.Struct, frozen=True):
    """Streams changes to whoever may see the sheet, for as long as the session lasts."""

    pages: RunSheetPages
    is_allowed: MemberAccess
    changes: InvalidationListener
    feeds: LiveFeeds[SheetState]

    async def stream(self, page: PageContext) -> EventStream:
        """Begins with nothing for a page that shows the day as it stands, as `seen` says."""
        opened = await self.pages.open(page, page.request.query)
        presenter = opened.presenter
        followed = FollowedSheet(
            page.org_id,
            opened.day.day,
            presenter,
            RowRenderer(page, presenter.may_change),
            self.pages.database,
            self.changes,
            self.pages.arrivals.clock,
        )
        seen = page.request.header(b"last-event-id") or page.query("seen") or ""
        state = sheet_state(opened.day, page.now)
        return EventStream(self._events(page, followed, state, seen=seen))

    async def _events(
        self, page: PageContext, followed: FollowedSheet, state: SheetState, *, seen: str
    ) -> AsyncGenerator[bytes]:
        with self.feeds.follow(followed, state) as follower:
            is_known = seen in {state.digest, follower.feed.content.digest}
            first = b": as shown\n\n" if is_known else followed.whole(state)
            allowed = partial(self.is_allowed, page)
            async with aclosing(events_of(follower, first, is_allowed=allowed)) as events:
                async for event in events:
                    yield event


def encoded(event: SheetEvent) -> bytes:
    return b"id: %s\ndata: %s\n\n" % (event.digest.encode(), msgspec.json.encode(event))
