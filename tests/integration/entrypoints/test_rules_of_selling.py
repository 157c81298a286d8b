"""Every rule of what is on sale, by every way in: the API and the pages refuse the same."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import pytest
from tests.builders.api_client import ApiClient, a_booking_body, token_of
from tests.builders.business import a_business, save
from tests.integration.booking.test_booking_actions import counters

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.entrypoints.api.availability_stream import AvailabilityStream, DayQuery
from fullhouse.entrypoints.api.day_feeds import DayFeeds
from fullhouse.kernel.clock import ManualClock

CUSTOMER: Final = {"name": "Emmy Noether", "email": "emmy@example.org"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A guest who wants a slot, and has a booking of another one of the same offering."""

    api: ApiClient
    slot: SlotId
    ref: str
    token: str

    async def by_api(self, path: str, body: Mapping[str, object]) -> int:
        return (await self.api.post(path, dict(body))).status

    async def by_page(self, path: str, form: Mapping[str, object]) -> int:
        answer = await self.api.client.post(
            f"/{self.api.org}{path}", data={name: str(value) for name, value in form.items()}
        )
        return answer.status_code

    async def book(self) -> int:
        return await self.by_api("/bookings", a_booking_body(self.slot, name="Emmy Noether"))

    async def hold(self) -> int:
        return await self.by_api("/holds", {"slot": str(self.slot), "party": 2})

    async def wait(self) -> int:
        return await self.by_api("/waiting-list", a_booking_body(self.slot, name="Emmy Noether"))

    async def reschedule(self) -> int:
        path = f"/bookings/{self.ref}/reschedule?token={self.token}"
        return await self.by_api(path, {"slot": str(self.slot)})

    async def hold_on_page(self) -> int:
        return await self.by_page("/sunflowers/holds", {"slot": self.slot, "party": 2})

    async def wait_on_page(self) -> int:
        form = {"slot": self.slot, "party": 2, **CUSTOMER}
        return await self.by_page("/sunflowers/waiting", form)

    async def move_on_page(self) -> int:
        return await self.by_page(f"/b/{self.ref}/move", {"slot": self.slot, "t": self.token})


WAYS: Final[Mapping[str, Callable[[Attempt], Awaitable[int]]]] = {
    "API: book": Attempt.book,
    "API: hold": Attempt.hold,
    "API: wait": Attempt.wait,
    "API: reschedule": Attempt.reschedule,
    "page: hold": Attempt.hold_on_page,
    "page: wait": Attempt.wait_on_page,
    "page: move": Attempt.move_on_page,
}


async def withdrawn(attempt: Attempt, _: ManualClock) -> Attempt:
    await save(attempt.api.app, replace(attempt.api.business.offering, published=False))
    return attempt


async def begun(attempt: Attempt, clock: ManualClock) -> Attempt:
    clock.advance(timedelta(days=7, minutes=10))
    return attempt


async def too_late(attempt: Attempt, clock: ManualClock) -> Attempt:
    await save(attempt.api.app, replace(attempt.api.business.offering, book_until_minutes=1440))
    clock.advance(timedelta(days=6, minutes=10))
    return attempt


async def closed(attempt: Attempt, _: ManualClock) -> Attempt:
    async with attempt.api.app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "UPDATE slot SET state = 'closed' WHERE slot_id = $1", attempt.slot
        )
    return attempt


async def unknown(attempt: Attempt, _: ManualClock) -> Attempt:
    return replace(attempt, slot=SlotId(attempt.api.app.ids.uuid()))


async def of_another_organisation(attempt: Attempt, _: ManualClock) -> Attempt:
    app = attempt.api.app
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    return replace(attempt, slot=await other.a_slot())


async def of_a_withdrawn_offering_beside_it(attempt: Attempt, _: ManualClock) -> Attempt:
    """The page in the address is another one than the offering of the slot."""
    business, app = attempt.api.business, attempt.api.app
    hidden = replace(
        business.offering, offering_id=OfferingId(app.ids.uuid()), slug="hidden", published=False
    )
    await save(app, hidden)
    return replace(attempt, slot=await replace(business, offering=hidden).a_slot())


RULES: Final = {
    "withdrawn": withdrawn,
    "begun": begun,
    "too late": too_late,
    "closed": closed,
    "unknown": unknown,
    "another organisation's": of_another_organisation,
    "another offering's": of_a_withdrawn_offering_beside_it,
}


@pytest.fixture
async def attempt(api: ApiClient) -> Attempt:
    slot, later = await api.business.slots(2, minutes=300)
    booking = await api.book(later)
    return Attempt(api, slot, str(booking.json["ref"]), token_of(booking))


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_on_sale_is_sold_by_every_way_in(attempt: Attempt, way: str) -> None:
    assert await WAYS[way](attempt) in {200, 201, 303}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("rule", RULES)
async def test_what_is_not_on_sale_is_sold_by_no_way_in(
    attempt: Attempt, clock: ManualClock, rule: str, way: str
) -> None:
    attempt = await RULES[rule](attempt, clock)
    assert await WAYS[way](attempt) in {404, 409}
    app = attempt.api.app
    async with app.database.unrestricted.session() as session:
        taken = await session.connection.fetchval(
            "SELECT sum(places) FROM slot_allocation WHERE slot_id = $1", attempt.slot
        )
        waiting = await session.connection.fetchval("SELECT count(*) FROM waiting_list_entry")
    assert (taken, waiting) == (None, 0)


async def test_staff_sell_what_is_withdrawn(attempt: Attempt, clock: ManualClock) -> None:
    await withdrawn(attempt, clock)
    body = a_booking_body(attempt.slot, name="Emmy Noether")
    answer = await attempt.api.post("/bookings", body, key=attempt.api.key)
    assert answer.status == 201


async def test_places_held_before_an_offering_was_withdrawn_are_booked(
    attempt: Attempt, clock: ManualClock
) -> None:
    api = attempt.api
    held = [await api.post("/holds", {"slot": str(attempt.slot), "party": 2}) for _ in range(2)]
    await withdrawn(attempt, clock)
    body = {"hold": held[0].json["id"], "customer": CUSTOMER}
    assert (await api.post("/bookings", body)).status == 201
    path = f"/{api.org}/sunflowers/holds/{held[1].json['id']}"
    assert (await api.client.get(path)).status_code == 200
    form = {"name": "Ada Lovelace", "email": "ada@example.org"}
    assert (await api.client.post(path, data=form)).status_code == 303
    assert await counters(api.app, attempt.slot) == (10, 4, 0)


async def test_page_to_change_a_booking_of_a_withdrawn_offering_shows_no_times(
    attempt: Attempt, clock: ManualClock
) -> None:
    await withdrawn(attempt, clock)
    path = f"/{attempt.api.org}/b/{attempt.ref}/change?t={attempt.token}"
    page = (await attempt.api.client.get(path)).text
    assert "No other times are on sale." in page
    ticket = (await attempt.api.client.get(path.replace("/change", ""))).text
    assert "Cancel booking" in ticket


async def test_hold_that_ran_out_shows_no_times_of_a_withdrawn_offering(
    attempt: Attempt, clock: ManualClock
) -> None:
    held = await attempt.api.post("/holds", {"slot": str(attempt.slot), "party": 2})
    path = f"/{attempt.api.org}/sunflowers/holds/{held.json['id']}"
    await withdrawn(attempt, clock)
    clock.advance(timedelta(minutes=11))
    assert (await attempt.api.client.get(path)).status_code == 404


async def test_stream_of_an_offering_ends_when_it_is_withdrawn(
    attempt: Attempt, clock: ManualClock
) -> None:
    app, offering = attempt.api.app, attempt.api.business.offering
    shutdown = attempt.api.shutdown
    feeds = DayFeeds(app.catalogue, app.availability, app.changes, shutdown, every_seconds=0.01)
    stream = AvailabilityStream(app.catalogue, feeds)
    opened = await stream.stream_availability(offering, DayQuery(date(2027, 6, 19)))
    chunks = aiter(opened.chunks)
    assert str(attempt.slot).encode() in await anext(chunks)
    await withdrawn(attempt, clock)
    async with asyncio.timeout(10):
        assert [chunk async for chunk in chunks] == []
