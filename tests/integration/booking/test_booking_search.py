"""Search of bookings: by text, day, status and offering, in pages of three orders."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from tests.builders.business import Business, a_booking_of, a_guest, a_member_of_staff

from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.reads.search import (
    BookingOrder,
    BookingSearch,
    BookingSearches,
    position_of,
)
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.position import TimePosition
from fullhouse.storage.limits import SCANS_AT_ONCE_MAX

NAMES = ("Ada Lovelace", "Emmy Noether", "Grace Hopper", "Ada Yonath", "100% Anna_B")


@pytest.fixture
def searches(app: Application) -> BookingSearches:
    return BookingSearches(app.database, app.catalogue)


@pytest.fixture
async def refs(app: Application, business: Business, clock: ManualClock) -> list[str]:
    """Bookings in order of creation, the later ones for the earlier slots."""
    slots = await business.slots(len(NAMES))
    refs = []
    for slot, name in zip(reversed(slots), NAMES, strict=True):
        result = await app.booking.place_booking(
            business.org_id, a_booking_of(slot, name=name), context=a_guest()
        )
        refs.append(result.outcome.ref)
        clock.advance(timedelta(milliseconds=5))  # ids grow with time
    return refs


async def names(searches: BookingSearches, business: Business, search: BookingSearch) -> list[str]:
    matches = await searches.search(business.org_id, search)
    return [match.booking.customer_name for match in matches]


@pytest.mark.usefixtures("refs")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ada", ["Ada Yonath", "Ada Lovelace"]),
        ("HOPPER", ["Grace Hopper"]),
        ("emmy.noether@", ["Emmy Noether"]),
        ("100%", ["100% Anna_B"]),
        ("a_b", ["100% Anna_B"]),
        ("a\\b", []),
        ("nobody", []),
    ],
)
async def test_a_text_matches_a_part_of_name_or_e_mail_in_any_case(
    searches: BookingSearches, business: Business, text: str, expected: list[str]
) -> None:
    assert await names(searches, business, BookingSearch(text=text)) == expected


async def test_a_reference_finds_its_booking(
    searches: BookingSearches, business: Business, refs: list[str]
) -> None:
    for name, ref in zip(NAMES, refs, strict=True):
        assert await names(searches, business, BookingSearch(text=ref)) == [name]


@pytest.mark.usefixtures("refs")
@pytest.mark.parametrize(
    ("order", "expected"),
    [("-created", NAMES[::-1]), ("time", NAMES[::-1]), ("-time", NAMES)],
)
async def test_pages_of_every_order_follow_each_other_without_gaps(
    searches: BookingSearches, business: Business, order: BookingOrder, expected: tuple[str, ...]
) -> None:
    search = BookingSearch(order=order, limit=2)
    found: list[str] = []
    for _ in range(4):
        page = await searches.search(business.org_id, search)
        found += [match.booking.customer_name for match in page]
        if len(page) < 2:
            break
        position = TimePosition.parse(position_of(page[-1].booking).text)
        search = msgspec.structs.replace(search, after=position)
    assert tuple(found) == expected


async def test_filters_narrow_by_day_status_and_offering(
    app: Application, searches: BookingSearches, business: Business, refs: list[str]
) -> None:
    first, *_ = await searches.by_refs(business.org_id, [refs[0]])
    await app.booking.cancel_booking(
        business.org_id, BookingId(first.booking_id), context=a_member_of_staff()
    )
    only = BookingSearch(statuses=("cancelled",))
    assert await names(searches, business, only) == ["Ada Lovelace"]
    local = first.starts_at.astimezone(ZoneInfo(business.zone)).date()
    assert "Ada Lovelace" in await names(
        searches, business, BookingSearch(statuses=("cancelled",), day=local)
    )
    assert await names(searches, business, BookingSearch(day=local - timedelta(days=400))) == []
    other = BookingSearch(offering_id=OfferingId(UUID(int=1)))
    assert await names(searches, business, other) == []


@pytest.mark.parametrize("text", ["", "~", "now~x", "2027-01-01T10:00:00~x", "x" * 500])
def test_a_position_that_cannot_be_read_is_the_first_page(text: str) -> None:
    assert TimePosition.parse(text) is None


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
async def test_a_forged_position_beyond_all_dates_is_before_or_after_them_all(
    searches: BookingSearches, business: Business, at: str
) -> None:
    position = TimePosition.parse(f"{at}~{UUID(int=0)}")
    assert position is not None
    assert TimePosition.parse(position.text) == position
    for order in get_args(BookingOrder):
        assert await names(searches, business, BookingSearch(order=order, after=position)) == []


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("+13125550123", "(312) 555-0123"),
        ("+13125550123", "+1 312 555"),
        ("+13125550123", "0123"),
        ("+442079460958", "020 7946 0958"),
        ("+442079460958;ext=5", "79460958"),
        ("020 7946 0958", "02079460958"),
        ("020 7946 0958", "7946-0958"),
    ],
)
async def test_a_phone_number_is_found_however_it_is_written(
    app: Application, business: Business, searches: BookingSearches, stored: str, typed: str
) -> None:
    one, other = await business.slots(2)
    ada = a_booking_of(one)
    ada = msgspec.structs.replace(ada, customer=msgspec.structs.replace(ada.customer, phone=stored))
    for request in (ada, a_booking_of(other, name="Grace Hopper")):
        await app.booking.place_booking(business.org_id, request, context=a_guest())
    assert await names(searches, business, BookingSearch(text=typed)) == ["Ada Lovelace"]
    assert not await names(searches, business, BookingSearch(text="555 999"))


async def test_searches_of_one_organisation_take_the_connections_from_nobody(
    app: Application, business: Business, searches: BookingSearches
) -> None:
    database, hostile, order = app.database, app.ids.uuid(), list[UUID]()

    async def scan(caller: UUID) -> None:
        async with database.scans.lease(database.session(), caller):
            order.append(caller)

    async with asyncio.TaskGroup() as group, AsyncExitStack() as held:
        for _ in range(SCANS_AT_ONCE_MAX):
            scanning = database.scans.lease(database.session(), hostile)
            await held.enter_async_context(scanning)
        for caller in (hostile, hostile, hostile, business.org_id):
            group.create_task(scan(caller))
        search = group.create_task(searches.search(business.org_id, BookingSearch()))
        while database.scans.waiting < 5:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.001)
        async with database.session() as other:
            assert await other.connection.fetchval("SELECT 1") == 1
        assert not search.done()
    assert order[:2] == [hostile, business.org_id], "each in turn"
    assert len(order) == 4
