"""Staff change who comes by price category: price, places, history and undo."""

import re
from datetime import timedelta
from html import unescape
from typing import Final

import pytest
from tests.builders.api_client import Answer
from tests.builders.business import Business, a_booking_of, a_guest
from tests.builders.guest_bookings import DETAILS, change_link, details_page, the_booking
from tests.builders.guest_browser import GuestBrowser
from tests.builders.staff_browser import Staff, form_of, sell, text, undo_bar
from tests.integration.booking.test_booking_actions import counters

from fullhouse.booking.model.price_categories import TIMES, PriceCategory
from fullhouse.bootstrap.application import Application

ADULT: Final = PriceCategory(id="adult", name="Adult", price_amount=1200)
CHILD: Final = PriceCategory(id="child", name="Child <i>3 to 12</i>", price_amount=600)
BABY: Final = PriceCategory(id="baby", name="Baby", price_amount=0)
FAMILY: Final = "guests.adult=2&guests.child=1"
THREE_ADULTS: Final = {"guests.adult": "3", "guests.child": "0"}


@pytest.fixture(autouse=True)
async def farm(business: Business) -> Business:
    return await business.change(price_categories=(ADULT, CHILD, BABY))


@pytest.fixture
async def ref(app: Application, farm: Business, guest: GuestBrowser) -> str:
    """A booking of two adults and a child, where five can come."""
    page = await details_page(guest, await farm.a_slot(capacity=5), FAMILY)
    await guest.send(page.forms[0], DETAILS)
    return (await the_booking(app)).ref


async def change(staff: Staff, ref: str, **typed: str) -> Answer:
    form = form_of(await staff.get(f"bookings/{ref}/party"))
    return await staff.post(f"bookings/{ref}/party", **{**form, **typed})


def history(answer: Answer) -> list[str]:
    listed = text(answer).partition('class="history"')[2]
    return [unescape(one) for one in re.findall(r"<li><p>([^<]*)</p>", listed)]


async def test_staff_change_two_adults_and_a_child_to_three_adults_and_back(
    app: Application, staff: Staff, ref: str
) -> None:
    opened = await staff.get(f"bookings/{ref}/party")
    form = form_of(opened)
    typed = (form["guests.adult"], form["guests.child"], form["guests.baby"])
    assert typed == ("2", "1", "0")
    for shown in ("Booked for £30.00.", "Adult (£12.00)", "Baby (Free)", "&lt;i&gt;3 to 12"):
        assert shown in text(opened)
    assert (await change(staff, ref, **THREE_ADULTS)).status == 303
    booking = await the_booking(app)
    assert (booking.guest_numbers, booking.price_amount) == ({"adult": 3}, 3600)
    page = await staff.get(f"bookings/{ref}")
    said = "1 guest is now “Adult” instead of “Child <i>3 to 12</i>”"
    assert (undo_bar(page), history(page)[-1]) == (f"{said}.", said)
    assert f"3 {TIMES} Adult" in text(page)
    assert (await staff.post(f"bookings/{ref}/undo")).status == 303
    booking = await the_booking(app)
    assert (booking.guest_numbers, booking.price_amount) == ({"adult": 2, "child": 1}, 3000)
    undone = history(await staff.get(f"bookings/{ref}"))[-1]
    assert undone == "1 guest is now “Child <i>3 to 12</i>” instead of “Adult”"


async def test_any_other_change_names_all_guests_before_and_after(staff: Staff, ref: str) -> None:
    await change(staff, ref, **{"guests.adult": "1", "guests.child": "1", "guests.baby": "2"})
    assert history(await staff.get(f"bookings/{ref}"))[-1] == (
        f"Changed from 2 {TIMES} Adult, 1 {TIMES} Child <i>3 to 12</i> to 1 {TIMES} Adult, "
        f"1 {TIMES} Child <i>3 to 12</i>, 2 {TIMES} Baby"
    )


async def test_change_is_at_the_prices_of_now_and_undo_brings_the_sold_ones_back(
    app: Application, farm: Business, staff: Staff, ref: str
) -> None:
    dearer = PriceCategory(id="adult", name="Adult", price_amount=1500)
    await farm.change(price_amount=1500, price_categories=(dearer, CHILD))
    app.catalogue.invalidate_all()
    assert "Adult (£15.00)" in text(await staff.get(f"bookings/{ref}/party"))
    await change(staff, ref, **THREE_ADULTS)
    assert (await the_booking(app)).price_amount == 4500
    await staff.post(f"bookings/{ref}/undo")
    booking = await the_booking(app)
    assert (booking.guest_numbers, booking.price_amount) == ({"adult": 2, "child": 1}, 3000)


async def test_one_price_for_all_is_brought_back_as_well(
    app: Application, farm: Business, staff: Staff
) -> None:
    plain = await farm.change(price_categories=())
    (ref,) = await sell(app, plain, "Ada Lovelace")
    await plain.change(price_amount=2000)
    app.catalogue.invalidate_all()
    opened = text(await staff.get(f"bookings/{ref}/party"))
    assert "Booked for £12.00. When you change it, it costs £20.00 per person." in opened
    await change(staff, ref, party="2")
    assert (await the_booking(app)).price_amount == 4000
    await staff.post(f"bookings/{ref}/undo")
    assert (await the_booking(app)).price_amount == 1200


async def test_no_place_is_sold_twice(app: Application, staff: Staff, ref: str) -> None:
    slot = (await the_booking(app)).slots[0]
    refused = await change(staff, ref, **{"guests.adult": "2", "guests.baby": "4"})
    assert refused.status == 409
    assert "no longer has room for 7 people" in text(refused)
    assert form_of(refused)["guests.baby"] == "4"
    assert await counters(app, slot) == (5, 3, 0)  # type: ignore[arg-type]  # an id of a slot
    assert (await change(staff, ref, **{"guests.baby": "2"})).status == 303
    assert await counters(app, slot) == (5, 5, 0)  # type: ignore[arg-type]  # an id of a slot


async def test_undo_that_finds_no_room_leaves_who_comes(
    app: Application, farm: Business, staff: Staff, ref: str
) -> None:
    slot = (await the_booking(app)).slots[0]
    await change(staff, ref, **{"guests.adult": "1", "guests.child": "0"})
    other = a_booking_of(slot, party=4, name="Grace Hopper")  # type: ignore[arg-type]  # of a slot
    await app.booking.place_booking(farm.org_id, other, context=a_guest())
    refused = await staff.post(f"bookings/{ref}/undo")
    assert refused.status == 409
    assert "no longer has room for 3 people. The booking stays as it is now." in text(refused)
    view = await app.bookings.by_ref(farm.org_id, ref)
    assert view is not None
    assert view.booking.guest_numbers == {"adult": 1}


async def test_category_that_is_gone_can_stay_at_its_price(
    app: Application, farm: Business, staff: Staff, ref: str
) -> None:
    await farm.change(price_categories=(ADULT, BABY))
    app.catalogue.invalidate_all()
    assert "Child &lt;i&gt;3 to 12&lt;/i&gt; (£6.00)" in text(
        await staff.get(f"bookings/{ref}/party")
    )
    await change(staff, ref, **{"guests.adult": "3"})
    booking = await the_booking(app)
    assert (booking.guest_numbers, booking.price_amount) == ({"adult": 3, "child": 1}, 4200)
    await change(staff, ref, **{"guests.child": "0"})
    assert "guests.child" not in form_of(await staff.get(f"bookings/{ref}/party"))


async def test_booking_from_before_the_categories_gets_them(
    app: Application, farm: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, await farm.change(price_categories=()), "Ada Lovelace")
    await farm.change(price_categories=(ADULT, CHILD))
    app.catalogue.invalidate_all()
    form = form_of(await staff.get(f"bookings/{ref}/party"))
    assert (form["guests.adult"], form["guests.child"]) == ("1", "0")
    await change(staff, ref, **{"guests.child": "1"})
    assert (await the_booking(app)).guest_numbers == {"adult": 1, "child": 1}
    said = history(await staff.get(f"bookings/{ref}"))[-1]
    assert said == f"Changed from 1 person to 1 {TIMES} Adult, 1 {TIMES} Child <i>3 to 12</i>"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"guests.adult": "many"}, "Enter a number from 0 to 500."),
        ({"guests.adult": "-1"}, "Enter a number from 0 to 500."),
        ({"guests.adult": "0", "guests.child": ""}, "Enter a number from 1 to 500."),
        ({"guests.adult": "400", "guests.child": "400"}, "Enter a number from 1 to 500."),
        ({"guests.adult": "٣"}, "Enter a number from 0 to 500."),
    ],
)
async def test_wrong_numbers_come_back_with_their_problem(
    app: Application, staff: Staff, ref: str, typed: dict[str, str], problem: str
) -> None:
    refused = await change(staff, ref, **typed)
    assert (refused.status, problem in text(refused)) == (422, True)
    assert form_of(refused)["guests.adult"] == typed["guests.adult"]
    assert (await the_booking(app)).guest_numbers == {"adult": 2, "child": 1}


async def test_number_alone_does_not_say_who_comes(
    app: Application, staff: Staff, ref: str
) -> None:
    refused = await staff.post(f"bookings/{ref}/party", party="4")
    assert refused.status == 422
    assert "Guests pay different prices here: enter how many of each come" in text(refused)
    assert (await the_booking(app)).party == 3


async def test_same_guests_change_nothing(app: Application, staff: Staff, ref: str) -> None:
    before = await the_booking(app)
    same = await change(staff, ref)
    assert (same.status, "The booking is like that already." in text(same)) == (409, True)
    assert (await the_booking(app)).version == before.version


async def test_second_of_two_editors_sees_who_comes_by_now(
    app: Application, staff: Staff, ref: str
) -> None:
    mine = form_of(await staff.get(f"bookings/{ref}/party"))
    await change(staff, ref, **THREE_ADULTS)
    late = await staff.post(f"bookings/{ref}/party", **{**mine, "guests.baby": "1"})
    assert late.status == 409
    assert "Someone else changed this while you were editing." in text(late)
    assert "Stored now: 3" in text(late)
    assert form_of(late)["guests.adult"] == "2"
    assert (await staff.post(f"bookings/{ref}/party", **form_of(late))).status == 303
    assert (await the_booking(app)).guest_numbers == {"adult": 2, "child": 1, "baby": 1}


async def test_move_with_other_guests_is_told_as_both(
    app: Application, farm: Business, guest: GuestBrowser, staff: Staff
) -> None:
    slot, later = await farm.slots(2, starts_in=timedelta(days=20))
    page = await details_page(guest, slot, FAMILY)
    link = change_link(await guest.send(page.forms[0], DETAILS))
    chosen = await guest.open(f"{link}&slot={later}&guests.adult=3&guests.child=0")
    form = next(one for one in chosen.forms if one.fields.get("slot") == str(later))
    await guest.send(form)
    ref = (await the_booking(app)).ref
    moved = history(await staff.get(f"bookings/{ref}"))[-1]
    assert moved.startswith("Moved from ")
    assert moved.endswith(". 1 guest is now “Adult” instead of “Child <i>3 to 12</i>”")


async def test_guest_reads_who_comes_after_the_change(
    app: Application, farm: Business, guest: GuestBrowser
) -> None:
    page = await details_page(guest, await farm.a_slot(starts_in=timedelta(days=20)), FAMILY)
    link = change_link(await guest.send(page.forms[0], DETAILS))
    chosen = await guest.open(f"{link}&guests.adult=3&guests.child=0")
    ticket = await guest.send(next(one for one in chosen.forms if "guests.adult" in one.fields))
    assert f"Your booking is for 3 {TIMES} Adult." in ticket.text
    assert (await the_booking(app)).guest_numbers == {"adult": 3}
