"""Feeds of followed days: one reading for all streams, and short turns of the event loop."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from itertools import pairwise

import pytest
from tests.builders.business import Business, a_booking_of, a_business, a_guest

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.api.day_feeds import Counts, DayCounts, DayFeeds, FollowedDay
from fullhouse.http.limits import LIVE_EVENTS_PENDING_MAX, LIVE_STREAMS_PER_TURN_MAX
from fullhouse.http.live_feeds import Feed, Follower
from fullhouse.http.shutdown import ShutdownSignal

DAY = date(2027, 6, 19)


@pytest.fixture
async def business(app: Application) -> Business:
    return await a_business(app.database, app.clock, app.ids)


@pytest.fixture
async def shutdown() -> AsyncIterator[ShutdownSignal]:
    signal = ShutdownSignal()
    yield signal
    signal.set()


@pytest.fixture
def feeds(app: Application, shutdown: ShutdownSignal) -> DayFeeds:
    return DayFeeds(app.catalogue, app.availability, app.changes, shutdown, every_seconds=0.01)


async def test_a_change_is_read_once_for_all_followers(
    app: Application, feeds: DayFeeds, business: Business
) -> None:
    slot = await business.a_slot(capacity=9)
    followed = FollowedDay(business.offering, DAY, "Europe/London")
    counts = await feeds.read(followed)
    with feeds.follow(followed, counts) as one, feeds.follow(followed, counts) as other:
        assert one.feed is other.feed
        assert f'"id":"{slot}","remaining":9'.encode() in one.feed.whole()
        await app.booking.place_booking(
            business.org_id, a_booking_of(slot, party=2), context=a_guest()
        )
        async with asyncio.timeout(5):
            await one.woken.wait()
            await other.woken.wait()
        first, second = one.take(), other.take()
        assert b'"remaining":7' in first
        assert first is second or first == second
        assert not one.woken.is_set()
    assert feeds.feeds._feeds == {}


async def test_a_follower_that_reads_too_slowly_gets_the_whole_day(
    feeds: DayFeeds, business: Business
) -> None:
    slots = await business.slots(2, capacity=9)
    followed = FollowedDay(business.offering, DAY, "Europe/London")
    with feeds.follow(followed, await feeds.read(followed)) as follower:
        for _ in range(LIVE_EVENTS_PENDING_MAX + 1):
            follower.add(b"data: old")
        taken = follower.take()
    assert all(str(slot).encode() in taken for slot in slots)
    assert b"old" not in taken


async def test_thousands_are_woken_in_many_turns(feeds: DayFeeds, business: Business) -> None:
    await business.a_slot()
    followed = FollowedDay(business.offering, DAY, "Europe/London")
    counts = DayCounts(followed, feeds.catalogue, feeds.availability, feeds.changes)
    feed: Feed[Counts] = Feed(counts, {})
    feed.followers.update(Follower(feed) for _ in range(4 * LIVE_STREAMS_PER_TURN_MAX))
    sending = asyncio.ensure_future(feeds.feeds._send_changes(feed))
    woken = [0]
    while not sending.done():
        await asyncio.sleep(0)
        woken.append(sum(follower.woken.is_set() for follower in feed.followers))
    steps = [after - before for before, after in pairwise(woken)]
    assert max(steps) == LIVE_STREAMS_PER_TURN_MAX
    assert woken[-1] == len(feed.followers)


async def test_a_feed_ends_with_the_process(
    feeds: DayFeeds, business: Business, shutdown: ShutdownSignal
) -> None:
    await business.a_slot()
    followed = FollowedDay(business.offering, DAY, "Europe/London")
    with feeds.follow(followed, await feeds.read(followed)) as follower:
        shutdown.set()
        async with asyncio.timeout(5):
            await follower.woken.wait()
        assert follower.feed.has_ended
