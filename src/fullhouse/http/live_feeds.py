"""Feeds: what changes of something, read and encoded once for all streams that follow it.

Thousands of open pages follow one day of a sale. Each of them reading and comparing the day for
itself took most of a processor, and held the event loop for as long at every change.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.http.limits import (
    LIVE_EVENTS_PENDING_MAX,
    LIVE_SECONDS,
    LIVE_SILENCE_SECONDS_MAX,
    LIVE_STREAMS_PER_TURN_MAX,
)
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.errors import TransientError
from fullhouse.telemetry.log import get_logger

_log: Final = get_logger(__name__)
Content = TypeVar("Content")


class Followed(Protocol[Content]):
    """What streams follow; two of one key are the same."""

    @property
    def key(self) -> Hashable: ...

    def subscribe(self) -> AbstractContextManager[asyncio.Event]:
        """An event that is set at each change; the waiter clears it."""
        ...

    async def read(self) -> Content:
        """The content as it stands."""
        ...

    async def has_ended(self) -> bool:
        """Whether there is nothing to follow any more."""
        ...

    def whole(self, content: Content) -> bytes:
        """The event with all of it."""
        ...

    def difference(self, before: Content, after: Content) -> bytes | None:
        """The event with what has changed, None when nothing has."""
        ...


@dataclass(slots=True, eq=False)
class Follower(Generic[Content]):
    """The events that one stream has not sent yet. `woken` is set when there are some."""

    feed: "Feed[Content]"
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    _pending: list[bytes] = field(default_factory=list)

    def add(self, event: bytes) -> None:
        self._pending.append(event)
        self.woken.set()

    def take(self) -> bytes:
        """The pending events; the whole content when the client reads too slowly for them."""
        self.woken.clear()
        pending, self._pending = self._pending, []
        if len(pending) > LIVE_EVENTS_PENDING_MAX:
            return self.feed.whole()
        return b"".join(pending)


@dataclass(slots=True, eq=False)
class Feed(Generic[Content]):
    """One thing that is followed: its content as it was told last, and its followers."""

    followed: Followed[Content]
    content: Content
    followers: set[Follower[Content]] = field(default_factory=set)
    has_ended: bool = False
    task: asyncio.Task[None] | None = None
    _whole: bytes | None = None

    def whole(self) -> bytes:
        """The event with all of the content."""
        if self._whole is None:
            self._whole = self.followed.whole(self.content)
        return self._whole

    def update(self, latest: Content) -> bytes | None:
        """Take over the content; the event with what has changed."""
        event = self.followed.difference(self.content, latest)
        if event is not None:
            self.content, self._whole = latest, None
        return event

    def end(self) -> None:
        """There will be no further events."""
        self.has_ended = True
        for follower in self.followers:
            follower.woken.set()


@dataclass(slots=True)
class LiveFeeds(Generic[Content]):
    """What is followed now. Each has a task for as long as it has followers."""

    shutdown: ShutdownSignal
    every_seconds: float = LIVE_SECONDS
    again_seconds: float | None = None
    """After how long without a change it is read again, where time alone changes something."""
    _feeds: dict[Hashable, Feed[Content]] = field(default_factory=dict)

    @contextmanager
    def follow(self, followed: Followed[Content], content: Content) -> Iterator[Follower[Content]]:
        """Follow what was just read; the feed's content may be newer."""
        feed = self._feeds.get(followed.key)
        if feed is None:
            feed = self._feeds[followed.key] = Feed(followed, content)
            feed.task = asyncio.create_task(self._run(feed))
        follower = Follower(feed)
        feed.followers.add(follower)
        try:
            yield follower
        finally:
            feed.followers.discard(follower)
            if not feed.followers and self._feeds.get(followed.key) is feed:
                self._forget(feed)

    def _forget(self, feed: Feed[Content]) -> None:
        del self._feeds[feed.followed.key]
        if feed.task is not None:
            feed.task.cancel()

    async def _run(self, feed: Feed[Content]) -> None:
        """Send changes, at most one in `every_seconds`, until it is followed no more."""
        followed = feed.followed
        try:
            with followed.subscribe() as changed, self.shutdown.linked_to(changed):
                changed.set()  # by what came between the first reading and now
                while True:
                    await self._next(changed)
                    if self.shutdown.is_set:
                        return
                    changed.clear()
                    if await followed.has_ended():
                        return
                    await self._send_changes(feed)
                    await wait_for_event(self.shutdown.event, timeout_seconds=self.every_seconds)
        except Exception as error:  # noqa: BLE001 - the streams end, and their pages ask again
            _log.error("live.feed_failed", exc_info=error)
        finally:
            if self._feeds.get(followed.key) is feed:
                del self._feeds[followed.key]
            feed.end()

    async def _next(self, changed: asyncio.Event) -> None:
        if self.again_seconds is None:
            await changed.wait()
        else:
            await wait_for_event(changed, timeout_seconds=self.again_seconds)

    async def _send_changes(self, feed: Feed[Content]) -> None:
        """Wake the followers a bounded number in a turn of the event loop."""
        try:
            event = feed.update(await feed.followed.read())
        except TransientError:
            return  # it stays as it is while the database cannot answer
        if event is None:
            return
        for number, follower in enumerate(tuple(feed.followers), start=1):
            follower.add(event)
            if number % LIVE_STREAMS_PER_TURN_MAX == 0:
                await asyncio.sleep(0)


async def events_of(
    follower: Follower[Content],
    first: bytes,
    *,
    is_allowed: Callable[[], Awaitable[bool]] | None = None,
) -> AsyncGenerator[bytes]:
    """The events of a follower until there are no further ones, or it may not see them any more.

    Whether it may is asked before anything is sent to it.
    """
    yield b"retry: 3000\n\n" + first
    while not follower.feed.has_ended:
        woken = await wait_for_event(follower.woken, timeout_seconds=LIVE_SILENCE_SECONDS_MAX)
        if is_allowed is not None and not await is_allowed():
            return
        if not woken:
            yield b": keep-alive\n\n"
        elif events := follower.take():
            yield events
