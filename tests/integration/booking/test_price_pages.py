"""Price categories on pages: guests choose who comes, and staff read it with the booking."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import Final

import pytest
from tests.builders.business import Business, a_booking_of, a_guest
from tests.builders.guest_bookings import (
    DETAILS,
    accept,
    change_link,
    details_page,
    free_and_offer,
    the_booking,
    wait,
)
from tests.builders.guest_browser import GuestBrowser, Page
from tests.builders.staff_browser import SOON, Staff, form_of, text

from fullhouse.booking.catalogue import offering_by_slug
from fullhouse.booking.model.price_categories import TIMES, PriceCategory
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock

CATEGORIES: Final = (
    PriceCategory(id="adult", name="Adult", price_amount=1200),
    PriceCategory(id="child", name="Child <b>3 to 12</b>", price_amount=600),
    PriceCategory(id="baby", name="Baby", price_amount=0),
)
ESCAPED: Final = "Child &lt;b&gt;3 to 12&lt;/b&gt;"
LINE: Final = f"2 {TIMES} Adult, 1 {TIMES} {ESCAPED}"
FAMILY: Final = "guests.adult=2&guests.child=1&guests.baby=0"


@pytest.fixture(autouse=True)
async def farm(business: Business) -> Business:
    return await business.change(price_categories=CATEGORIES)


async def booked(guest: GuestBrowser, farm: Business) -> Page:
    page = await details_page(guest, await farm.a_slot(starts_in=SOON), FAMILY)
    return await guest.send(page.forms[0], DETAILS)


async def test_each_category_has_its_row_and_the_total_is_shown(
    guest: GuestBrowser, farm: Business
) -> None:
    await farm.a_slot(starts_in=SOON)
    page = await guest.open("/meadow/sunflowers")
    assert 'name="guests.adult" type="number" inputmode="numeric" min="0" max="10" value="2"' in (
        page.html
    )
    assert f"{ESCAPED} <span" in page.html
    for shown in ("Adult £12.00", "£6.00", "Baby Free", "2 people · £24.00", "from £6.00"):
        assert shown in page.text
    assert 'name="party"' not in page.html.partition("</form>")[0]


async def test_buttons_change_one_category_within_the_bounds(
    guest: GuestBrowser, farm: Business
) -> None:
    await farm.a_slot(starts_in=SOON)
    for query, total in (
        (f"{FAMILY}&more=child", "4 people · £36.00"),
        (f"{FAMILY}&fewer=adult", "2 people · £18.00"),
        (f"{FAMILY}&fewer=baby", "3 people · £30.00"),
        ("guests.adult=10&more=child", "10 people · £120.00"),
        ("guests.adult=1&fewer=adult", "1 person · £12.00"),
        ("guests.adult=&guests.child=x&guests.baby=1", "1 person · Free"),
    ):
        page = await guest.open(f"/meadow/sunflowers?{query}")
        assert total in page.text
        assert 'role="alert"' not in page.html


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("guests.adult=9&guests.child=2", "You can book for up to 10 people."),
        ("guests.adult=0&guests.child=0", "This is for groups of 1 or more."),
    ],
)
async def test_too_large_and_too_small_a_party_is_explained(
    guest: GuestBrowser, farm: Business, query: str, problem: str
) -> None:
    slot = await farm.a_slot(starts_in=SOON)
    page = await guest.open(f"/meadow/sunflowers?{query}&slot={slot}")
    assert problem in page.text
    assert not any(form.action.startswith("/meadow/sunflowers/holds") for form in page.forms)


async def test_links_of_days_and_times_keep_the_guests(guest: GuestBrowser, farm: Business) -> None:
    await farm.a_slot(starts_in=SOON)
    page = await guest.open(f"/meadow/sunflowers?{FAMILY}")
    kept = "party=3&amp;guests.adult=2&amp;guests.child=1"
    for link in ("day=", "month=", "slot="):
        hrefs = [href for href in re.findall(r'href="([^"]*)"', page.html) if link in href]
        assert hrefs
        assert all(kept in href for href in hrefs)


async def test_guests_are_kept_through_hold_and_booking(
    app: Application, guest: GuestBrowser, farm: Business
) -> None:
    page = await details_page(guest, await farm.a_slot(starts_in=SOON), FAMILY)
    for shown in (
        f"2 {TIMES} Adult</th><td>£24.00",
        f"1 {TIMES} {ESCAPED}</th><td>£6.00",
        "£30.00",
    ):
        assert shown in page.html
    ticket = await guest.send(page.forms[0], DETAILS)
    assert f"3 people: {LINE}" in ticket.html
    assert "£30.00" in ticket.text
    booking = await the_booking(app)
    assert (booking.party, booking.price_amount) == (3, 3000)
    assert booking.guest_numbers == {"adult": 2, "child": 1}


async def test_other_guests_are_another_hold(
    app: Application, guest: GuestBrowser, farm: Business
) -> None:
    slot = await farm.a_slot(starts_in=SOON)
    await details_page(guest, slot, FAMILY)
    await details_page(guest, slot, "guests.adult=3")
    assert (await the_booking(app, "held")).guest_numbers == {"adult": 3}
    assert (await the_booking(app, "released")).guest_numbers == {"adult": 2, "child": 1}


async def test_staff_read_guests_on_every_page_of_the_booking(
    app: Application, guest: GuestBrowser, farm: Business, staff: Staff
) -> None:
    await booked(guest, farm)
    ref = (await the_booking(app)).ref
    detail = text(await staff.get(f"bookings/{ref}"))
    assert f"1 {TIMES} {ESCAPED}" in detail
    assert "£30.00" in detail
    assert LINE in text(await staff.get("today"))
    sheet = (await staff.get("bookings.csv")).body.decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(sheet))
    found = dict(zip(head, row, strict=True))
    assert found["Guests by price"] == f"2 {TIMES} Adult, 1 {TIMES} Child <b>3 to 12</b>"


async def test_waiting_guest_says_who_comes_when_places_are_offered(
    app: Application, guest: GuestBrowser, farm: Business
) -> None:
    slot = await farm.a_slot(capacity=2, starts_in=timedelta(days=2))
    request = a_booking_of(slot, party=2)
    await app.booking.place_booking(farm.org_id, request, context=a_guest())
    waiting = await wait(guest, slot)
    await free_and_offer(app, farm.org_id, slot)
    asked = await accept(guest, waiting)
    assert (asked.value("guests.adult"), asked.value("guests.child")) == ("2", "0")
    wrong = await guest.send(asked.forms[0], {"guests.adult": "2", "guests.child": "1"})
    assert wrong.status == 422
    assert "Enter 2 guests in all." in wrong.text
    family = {"guests.adult": "1", "guests.child": "1"}
    priced = await guest.send(wrong.forms[0], family)
    assert priced.status == 409
    assert "Please check the price for your guests" in priced.text
    assert "£18.00" in priced.text
    assert (await the_booking(app, "held")).price_amount == 2400
    ticket = await guest.send(priced.forms[0])
    assert f"2 people: 1 {TIMES} Adult, 1 {TIMES} {ESCAPED}" in ticket.html
    assert (await the_booking(app)).price_amount == 1800


async def test_owner_writes_a_line_for_each_price(
    app: Application, farm: Business, staff: Staff
) -> None:
    form = form_of(await staff.get("offerings/sunflowers/edit"))
    assert unescape(form["price_categories"]) == (
        "Adult: 12.00\nChild <b>3 to 12</b>: 6.00\nBaby: 0.00"
    )
    typed = {**form, "price_categories": "Adult: 14\nKids\nSenior 10", "price_amount": "99"}
    refused = await staff.post("offerings/sunflowers/edit", **typed)
    assert refused.status == 422
    assert "a name and a price" in text(refused)
    assert "Adult: 14\nKids\nSenior 10" in text(refused)
    typed["price_categories"] = "Adult: 14\nKids: 7.50\nSenior 10"
    assert (await staff.post("offerings/sunflowers/edit", **typed)).status == 303
    async with app.database.session() as session:
        found = await offering_by_slug(session, farm.org_id, "sunflowers")
    assert found is not None
    assert found.price_amount == 1400
    assert [(one.id, one.name, one.price_amount) for one in found.price_categories] == [
        ("adult", "Adult", 1400),
        ("kids", "Kids", 750),
        ("senior", "Senior", 1000),
    ]
    assert "Adult: 14.00 · Kids: 7.50 · Senior: 10.00" in text(
        await staff.get("offerings/sunflowers")
    )


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        ("Adult: 12\nadult: 6", {}),
        ("Baby: 0\nAdult: 12", {"cancel_fee_percent": "0"}),
        ("Adult: 12\nChild: 6", {"price_unit": "group"}),
    ],
)
async def test_prices_that_cannot_be_sold_come_back_with_their_problem(
    staff: Staff, lines: str, more: dict[str, str]
) -> None:
    form = form_of(await staff.get("offerings/sunflowers/edit"))
    refused = await staff.post(
        "offerings/sunflowers/edit", **form | {"price_categories": lines} | more
    )
    assert refused.status == 422
    assert "Use each name once." in text(refused)
    assert lines.partition("\n")[0] in text(refused)


async def test_of_two_editors_the_second_sees_the_prices_that_are_stored(staff: Staff) -> None:
    opened = form_of(await staff.get("offerings/sunflowers/edit"))
    first = opened | {"price_categories": "Adult: 15"}
    assert (await staff.post("offerings/sunflowers/edit", **first)).status == 303
    second = await staff.post(
        "offerings/sunflowers/edit", **opened | {"price_categories": "Adult: 16"}
    )
    assert second.status == 409
    assert "Adult: 15.00" in text(second)
    assert "Adult: 16" in text(second)


@pytest.mark.parametrize("page", ["today", "calendar/slots"])
async def test_staff_say_who_comes_before_they_book(
    app: Application, farm: Business, staff: Staff, page: str
) -> None:
    slot = await farm.a_slot(starts_in=SOON)
    path = "today/book" if page == "today" else f"{page}/{slot}/book"
    typed = {"name": "Ada", "party": "3", "slot": str(slot), "submission_id": "one"}
    asked = await staff.post(path, **typed)
    assert "Guests pay different prices here: enter how many of each come" in text(asked)
    assert 'name="guests.adult"' in text(asked)
    assert f"{ESCAPED} (£6.00)" in text(asked)
    assert 'name="party"' not in text(asked).partition('id="new"')[2].partition("</form>")[0]
    typed.pop("party")
    none = {"guests.adult": "0", "guests.child": "0", "guests.baby": "0"}
    assert "Enter a number of guests" in text(await staff.post(path, **typed, **none))
    family = none | {"guests.adult": "2", "guests.child": "1"}
    assert (await staff.post(path, **typed, **family)).status == 303
    booking = await the_booking(app)
    assert (booking.party, booking.price_amount) == (3, 3000)
    assert booking.guest_numbers == {"adult": 2, "child": 1}


async def opened_change(
    guest: GuestBrowser, farm: Business, *, starts_in: timedelta = timedelta(days=20)
) -> str:
    """The page on which the guest of a new booking changes it."""
    page = await details_page(guest, await farm.a_slot(starts_in=starts_in), FAMILY)
    return change_link(await guest.send(page.forms[0], DETAILS))


async def test_guest_chooses_who_comes_instead(
    app: Application, guest: GuestBrowser, farm: Business
) -> None:
    link = await opened_change(guest, farm)
    change = await guest.open(link)
    assert 'name="guests.adult" type="number"' in change.html
    assert 'name="party"' not in change.html
    other = await guest.open(f"{link}&guests.adult=1&guests.child=2&guests.baby=1")
    line = f"1 {TIMES} Adult, 2 {TIMES} {ESCAPED}, 1 {TIMES} Baby"
    assert f"{line}: £24.00 instead of £30.00." in other.html
    hrefs = [href for href in re.findall(r'href="([^"]*)"', other.html) if "day=" in href]
    assert hrefs
    assert all("party=4" in href and "&amp;guests.child=2" in href for href in hrefs)
    done = await guest.send(next(one for one in other.forms if "guests.adult" in one.fields))
    assert done.status == 200
    booking = await the_booking(app)
    assert (booking.party, booking.price_amount) == (4, 2400)
    assert booking.guest_numbers == {"adult": 1, "child": 2, "baby": 1}


async def test_guest_moves_with_others(
    app: Application, guest: GuestBrowser, farm: Business
) -> None:
    later = await farm.a_slot(starts_in=timedelta(days=21))
    link = await opened_change(guest, farm)
    day = f"{app.clock.now() + timedelta(days=21):%Y-%m-%d}"
    page = await guest.open(f"{link}&day={day}&slot={later}&guests.adult=3&guests.child=0")
    move = next(one for one in page.forms if one.fields.get("slot") == str(later))
    assert move.fields["guests.adult"] == "3"
    assert (await guest.send(move)).status == 200
    booking = await the_booking(app)
    assert booking.slots == [later]
    assert (booking.guest_numbers, booking.price_amount) == ({"adult": 3}, 3600)


@pytest.mark.parametrize("query", ["guests.adult=11", "guests.adult=0&guests.child=0"])
async def test_guest_is_told_how_many_may_come(
    guest: GuestBrowser, farm: Business, query: str
) -> None:
    change = await guest.open(f"{await opened_change(guest, farm)}&{query}")
    assert "From 1 to 10 people per booking." in change.text
    assert "Change to" not in change.text


async def test_guest_whose_price_is_gone_chooses_among_those_that_there_are(
    app: Application, guest: GuestBrowser, farm: Business
) -> None:
    link = await opened_change(guest, farm)
    await farm.change(price_categories=CATEGORIES[:1])
    app.catalogue.invalidate_all()
    change = await guest.open(link)
    assert "This price is no longer on offer: Child" in change.text
    assert 'name="guests.adult"' in change.html
    assert 'name="guests.child"' not in change.html
    assert "Change to" not in change.text
    for adults, price in ((3, 3600), (4, 4800)):
        chosen = await guest.open(f"{link}&guests.adult={adults}")
        form = next(one for one in chosen.forms if "guests.adult" in one.fields)
        assert (await guest.send(form)).status == 200
        booking = await the_booking(app)
        assert (booking.guest_numbers, booking.price_amount) == ({"adult": adults}, price)


async def test_guest_moves_and_keeps_a_price_that_is_gone(
    app: Application, guest: GuestBrowser, farm: Business
) -> None:
    later = await farm.a_slot(starts_in=timedelta(days=21))
    link = await opened_change(guest, farm)
    await farm.change(price_categories=CATEGORIES[:1])
    app.catalogue.invalidate_all()
    before = await the_booking(app)
    day = f"{app.clock.now() + timedelta(days=21):%Y-%m-%d}"
    page = await guest.open(f"{link}&day={day}&slot={later}")
    move = next(one for one in page.forms if one.fields.get("slot") == str(later))
    assert (await guest.send(move)).status == 200
    moved = await the_booking(app)
    assert list(moved.slots) == [later]
    assert (moved.guests, moved.price_amount) == (before.guests, before.price_amount)


async def test_guest_changes_the_number_where_all_pay_the_same_by_now(
    app: Application, guest: GuestBrowser, farm: Business
) -> None:
    link = await opened_change(guest, farm)
    await farm.change(price_categories=())
    app.catalogue.invalidate_all()
    chosen = await guest.open(f"{link}&party=4")
    form = next(one for one in chosen.forms if one.fields.get("party") == "4")
    assert (await guest.send(form)).status == 200
    booking = await the_booking(app)
    assert (booking.party, booking.guest_numbers, booking.price_amount) == (4, None, 4800)


async def test_who_would_owe_a_fee_does_not_come_for_less(
    app: Application, guest: GuestBrowser, farm: Business
) -> None:
    link = await opened_change(guest, farm, starts_in=timedelta(hours=10))
    page = await guest.open(f"{link}&guests.adult=1&guests.child=2")
    cheaper = next(one for one in page.forms if "guests.adult" in one.fields)
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(hours=2))  # an hour after booking, cancelling costs half
    late = await guest.open(f"{link}&guests.adult=1&guests.child=2")
    assert "too late to reduce" in late.text
    assert (await guest.send(cheaper)).status == 409
    assert (await the_booking(app)).price_amount == 3000
    dearer = await guest.open(f"{link}&guests.adult=3&guests.child=0")
    form = next(one for one in dearer.forms if "guests.adult" in one.fields)
    assert (await guest.send(form)).status == 200
    assert (await the_booking(app)).price_amount == 3600
