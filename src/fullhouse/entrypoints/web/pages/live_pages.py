"""Pages that stay as things are: their parts, sent again as they change.

A page names its parts and renders each by itself. All who look at one page in one language share
one reading of it and one rendering, every few seconds; who has no script loads it again.
"""

import hashlib
from asyncio import Event
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import dataclass

import msgspec

from fullhouse.entrypoints.web.limits import LIVE_SESSION_SECONDS
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.live_feeds import LiveFeeds, events_of
from fullhouse.http.response import EventStream
from fullhouse.kernel.clock import Clock

Parts = Mapping[str, str]
"""The HTML of each part by its id."""


class LivePage(msgspec.Struct, frozen=True):
    """`view` reads what the template shows, in the language of the page at its moment."""

    template: str
    parts: Sequence[str]
    view: Callable[[PageContext], Awaitable[object]]

    async def render(self, page: PageContext) -> Parts:
        view = await self.view(page)
        return {part: page.fragment(self.template, part=part, page=view) for part in self.parts}


@dataclass(frozen=True, slots=True)
class FollowedPage:
    """A page in a language, with its query. Implements `Followed`."""

    live: LivePage
    page: PageContext
    clock: Clock

    @property
    def key(self) -> Hashable:
        request = self.page.request
        accepted = request.header(b"accept-language")
        permissions = self.page.context.principal.permissions
        return request.path, self.page.language, accepted, request.query_string, permissions

    def subscribe(self) -> AbstractContextManager[Event]:
        """Nothing says that it changed; it is looked at every few seconds."""
        return nullcontext(Event())

    async def read(self) -> Parts:
        return await self.live.render(msgspec.structs.replace(self.page, now=self.clock.now()))

    async def has_ended(self) -> bool:
        return False

    def whole(self, content: Parts) -> bytes:
        return _event(content)

    def difference(self, before: Parts, after: Parts) -> bytes | None:
        changed = {name: html for name, html in after.items() if before.get(name) != html}
        return _event(changed) if changed else None


@dataclass(frozen=True, slots=True)
class LivePages:
    """Streams parts to those who may see them."""

    is_allowed: Callable[[PageContext], Awaitable[bool]]
    clock: Clock
    feeds: LiveFeeds[Parts]

    async def stream(self, page: PageContext, live: LivePage) -> EventStream:
        """Begins with the whole page: what the browser shows may be of before."""
        followed = FollowedPage(live, page, self.clock)
        return EventStream(self._events(page, followed, await followed.read()))

    async def _events(
        self, page: PageContext, followed: FollowedPage, content: Parts
    ) -> AsyncGenerator[bytes]:
        allowed = _Allowed(self, page, self.clock.monotonic())
        with self.feeds.follow(followed, content) as follower:
            first = followed.whole(follower.feed.content)
            async with aclosing(events_of(follower, first, is_allowed=allowed.look)) as events:
                async for event in events:
                    yield event


@dataclass(slots=True)
class _Allowed:
    """Looks a session up again every half minute: events come every few seconds."""

    pages: LivePages
    page: PageContext
    looked_at: float

    async def look(self) -> bool:
        now = self.pages.clock.monotonic()
        if now - self.looked_at < LIVE_SESSION_SECONDS:
            return True
        self.looked_at = now
        return await self.pages.is_allowed(self.page)


def _event(parts: Parts) -> bytes:
    data = msgspec.json.encode({"parts": parts})
    digest = hashlib.blake2b(data, digest_size=8).hexdigest()
    return b"id: %s\ndata: %s\n\n" % (digest.encode(), data)
