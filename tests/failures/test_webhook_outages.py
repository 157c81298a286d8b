"""The program of a business fails in each way, under bookings that are changed: it misses nothing.

Delays between attempts, of minutes and hours in life, are let run out at once.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from itertools import count, cycle

import pytest
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from tests.builders.webhook_receiver import Received
from tests.builders.webhook_site import WebhookSite, a_webhook_site, working
from typing_extensions import override

pytestmark = pytest.mark.timeout(120)
GUESTS = 5
FAILURES = 6
KINDS = ["Booked", "ContactChanged", "Cancelled"]
Answer = Callable[[Received], int | web.StreamResponse]


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[WebhookSite]:
    async with a_webhook_site(database_url) as site, working(site.app):
        yield site


def down() -> Answer:
    """At first; then it works."""
    calls = count()
    return lambda _: 503 if next(calls) < FAILURES else 204


def flapping() -> Answer:
    turns = cycle([500] * 3 + [200] * 3)
    return lambda _: next(turns)


def lying() -> Answer:
    """Takes each, and says something else the first time."""
    seen: set[str] = set()
    wrong = cycle([500, 404, 301, 429, 418])

    def answer(received: Received) -> int:
        key = received.headers["webhook-id"]
        if key in seen:
            return 200
        seen.add(key)
        return next(wrong)

    return answer


class Cut(web.StreamResponse):
    """Ends the connection without an answer."""

    @override
    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        assert request.transport is not None
        request.transport.abort()
        return await super().prepare(request)


def doubled() -> Answer:
    """Takes each and ends the connection before it has answered, the first time."""
    seen: set[str] = set()

    def answer(received: Received) -> int | web.StreamResponse:
        key = received.headers["webhook-id"]
        if key not in seen:
            seen.add(key)
            return Cut()
        return 200

    return answer


@pytest.mark.parametrize("outage", [down, flapping, lying, doubled])
async def test_a_program_that_fails_misses_no_event_and_gets_those_of_a_booking_in_order(
    site: WebhookSite, outage: Callable[[], Answer]
) -> None:
    site.receiver.answer = outage()
    hook = await site.add(kinds=KINDS)
    await change_while_it_fails(site)
    await site.until(hook, hurry=True, delivered=GUESTS * len(KINDS))
    assert missing(site) == 0
    assert disordered(site) == []


async def test_a_slow_program_misses_no_event_and_keeps_none_from_booking(
    site: WebhookSite,
) -> None:
    site.receiver.gate.clear()
    hook = await site.add(kinds=KINDS)
    async with asyncio.timeout(20):
        await change_while_it_fails(site)
    assert len(site.receiver.received) < GUESTS
    site.receiver.gate.set()
    await site.until(hook, hurry=True, delivered=GUESTS * len(KINDS))
    assert len(site.receiver.received) == GUESTS * len(KINDS), "each once"
    assert disordered(site) == []


async def change_while_it_fails(site: WebhookSite) -> None:
    for booked in await site.book(GUESTS):
        path = f"/bookings/{booked.json['ref']}"
        changed = await site.ask("PATCH", f"{path}/customer", {"name": "Ada Byron"})
        assert changed.status == 200, changed.body
        cancelled = await site.post(f"{path}/cancel")
        assert cancelled.status == 200, cancelled.body


def missing(site: WebhookSite) -> int:
    """Of the events, by their ids: what was sent again has the same."""
    return GUESTS * len(KINDS) - len({one.headers["webhook-id"] for one in site.receiver.received})


def disordered(site: WebhookSite) -> list[object]:
    """Bookings whose events came first in another order than they were."""
    kinds = defaultdict[object, dict[str, None]](dict)
    for one in site.receiver.received:
        kinds[one.event["ref"]].setdefault(one.kind)
    return [ref for ref, first in kinds.items() if list(first) != KINDS]
