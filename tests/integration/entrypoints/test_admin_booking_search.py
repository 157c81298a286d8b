"""The list of bookings: what a text, a range of days, a party and a source find, with customers."""

from datetime import timedelta

import pytest
from tests.builders.business import Business, a_customer, a_guest
from tests.builders.staff_browser import Staff, rows, sell, text
from tests.builders.worker_steps import relay_all

from fullhouse.booking.model.requests import BookingRequest
from fullhouse.bootstrap.application import Application
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.entrypoints.web.limits import ADMIN_ROWS
from fullhouse.kernel.clock import ManualClock


async def project(app: Application) -> None:
    await relay_all(app, (customers_subscriber(),))


@pytest.mark.parametrize("is_projected", [True, False])
async def test_text_finds_bookings_whether_or_not_their_customers_are_known_yet(
    app: Application, business: Business, staff: Staff, *, is_projected: bool
) -> None:
    refs = await sell(app, business, "Ada Lovelace", "Emmy Noether")
    if is_projected:
        await project(app)
        assert isinstance(app.clock, ManualClock)
        app.clock.advance(timedelta(hours=2))
        staff = Staff(staff.api, await staff.api.staff_cookie())
    for query in ("lace", "ADA.LOVE", refs[0], refs[0][:3].lower(), "ada"):
        assert rows(await staff.get(f"bookings?q={query}")) == ["Ada Lovelace"], query
    assert rows(await staff.get("bookings?q=nobody")) == []
    assert rows(await staff.get("bookings?q=e&sort=time")) == ["Ada Lovelace", "Emmy Noether"]


@pytest.mark.parametrize("has_worked", [True, False])
async def test_bookings_are_found_while_no_worker_makes_customers_of_them(
    app: Application, business: Business, staff: Staff, *, has_worked: bool
) -> None:
    if has_worked:
        await sell(app, business, "Ada Lovelace")
        await project(app)
    await sell(app, business, "Emmy Noether")
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(days=2))
    staff = Staff(staff.api, await staff.api.staff_cookie())
    assert rows(await staff.get("bookings?q=noether")) == ["Emmy Noether"]


async def test_found_bookings_continue_from_a_position_in_each_order(
    app: Application, business: Business, staff: Staff
) -> None:
    names = [f"Guest {n:03}" for n in range(ADMIN_ROWS + 2)]
    await sell(app, business, *names)
    await project(app)
    for order in ("-created", "time", "-time"):
        first = text(await staff.get(f"bookings?q=guest&sort={order}"))
        link = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        path = link.removeprefix("/admin/meadow/").replace("&amp;", "&")
        second = rows(await staff.get(path))
        assert len(second) == 2, order
        shown = rows(await staff.get(f"bookings?q=guest&sort={order}"))
        assert sorted([*shown, *second]) == names, order


async def test_range_of_days_party_and_source_narrow_the_list(
    app: Application, business: Business, staff: Staff
) -> None:
    for days, name, party, source in (
        (7, "Ada", 1, {"utm_source": "newsletter"}),
        (8, "Emmy", 2, None),
        (9, "Grace", 2, {"utm_source": "poster"}),
    ):
        slot = await business.a_slot(starts_in=timedelta(days=days))
        request = BookingRequest((slot,), party, a_customer(name), source=source)
        await app.booking.place_booking(business.org_id, request, context=a_guest())
    for query, found in (
        ("day=2027-06-20", {"Emmy"}),
        ("day=2027-06-19&until=2027-06-20", {"Ada", "Emmy"}),
        ("until=2027-06-19", {"Ada"}),
        ("party=2", {"Emmy", "Grace"}),
        ("party=many", {"Ada", "Emmy", "Grace"}),
        ("source=poster", {"Grace"}),
        ("q=a&source=newsletter", {"Ada"}),
    ):
        assert set(rows(await staff.get(f"bookings?{query}"))) == found, query
    page = text(await staff.get("bookings?party=2&source=poster"))
    assert "Remove Guests: 2" in page
    assert "Remove Source: poster" in page
