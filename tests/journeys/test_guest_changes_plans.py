"""Sold out, waiting, moving, cancelling: what happens when things do not go straight."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.journeys.site import Farm, Site
from tests.journeys.steps import choose, give_details, open_ticket, reference, without_live_counts

from fullhouse.booking.limits import GRACE_MINUTES
from fullhouse.http.response import EventStream
from fullhouse.http.server.stream_limits import StreamLimits
from fullhouse.kernel.errors import Overloaded

pytestmark = pytest.mark.timeout(90)


@pytest.mark.usefixtures("script")
def test_slot_sold_meanwhile_is_refused_with_alternatives(farm: Farm, page: Page) -> None:
    slots = farm.slots(3, capacity=4)
    without_live_counts(page)
    choose(page, farm, "10:30", party=4)
    farm.sell(slots[1], 2)
    page.get_by_role("button", name="Continue").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("10:30 no longer has room for 4 people.")
    expect(alert).to_contain_text("10:00 and 11:00 still have room for four.")
    alert.get_by_role("link", name="11:00").click()
    page.get_by_role("button", name="Continue").click()
    give_details(page)
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_text("11:00 \N{EN DASH} 11:30")).to_be_visible()


@pytest.mark.usefixtures("script")
def test_offer_from_the_waiting_list_becomes_a_booking(farm: Farm, page: Page) -> None:
    (slot,) = farm.slots(1, capacity=2)
    sold = farm.sell(slot, 2)
    page.goto(farm.day_path)
    page.get_by_role("link", name=re.compile("sold out · join the waiting list")).click()
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter your name")
    give_details(page, name="Wanda", email="wanda@example.com")
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_role("heading", name="You are on the waiting list")).to_be_visible()
    farm.cancel(sold)
    assert farm.offer(slot) == 1
    page.reload()
    expect(page.get_by_role("heading", name="Places are available for you")).to_be_visible()
    page.get_by_role("button", name="Book these places").click()
    expect(page.get_by_text("You're booked.")).to_be_visible()
    expect(page.get_by_text("Wanda").first).to_be_visible()


def test_page_of_who_waits_shows_the_offer_by_itself(farm: Farm, page: Page) -> None:
    (slot,) = farm.slots(1, capacity=2)
    sold, link = farm.sell(slot, 2), farm.waiting_link(slot)
    page.clock.install()
    page.goto(link)
    expect(page.get_by_role("heading", name="You are on the waiting list")).to_be_visible()
    farm.cancel(sold)
    assert farm.offer(slot) == 1
    page.clock.run_for(31_000)
    expect(page.get_by_role("heading", name="Places are available for you")).to_be_visible()
    page.get_by_role("button", name="No, thanks").click()
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()


@pytest.mark.usefixtures("script")
def test_guest_leaves_the_waiting_list(farm: Farm, page: Page) -> None:
    (slot,) = farm.slots(1, capacity=2)
    farm.sell(slot, 2)
    page.goto(farm.waiting_link(slot))
    page.get_by_role("button", name="Leave the waiting list").click()
    expect(page.get_by_role("heading", name="You have left the waiting list")).to_be_visible()


def test_declined_or_lapsed_offer_shows_its_state(site: Site, farm: Farm, page: Page) -> None:
    first, second = farm.slots(2, capacity=2)
    for slot in (first, second):
        ref = farm.sell(slot, 2)
        link = farm.waiting_link(slot)
        farm.cancel(ref)
        assert farm.offer(slot) == 1
        page.goto(link)
        if slot == first:
            page.get_by_role("button", name="No, thanks").click()
            expect(page.get_by_role("heading", name="You have left")).to_be_visible()
        else:
            site.clock.shift += timedelta(hours=6, minutes=1)
            page.reload()
            expect(page.get_by_role("heading", name="This offer has ended")).to_be_visible()


@pytest.mark.usefixtures("script")
def test_cancellation_of_a_booking_is_undone(farm: Farm, page: Page) -> None:
    farm.slots()
    open_ticket(page, farm, "10:00")
    page.get_by_role("link", name="Cancel booking").click()
    expect(page.get_by_text("Free cancellation until")).to_be_visible()
    page.get_by_role("button", name="Cancel booking").click()
    expect(page.get_by_text("Your booking is cancelled.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Your booking is restored.")).to_be_visible()


def test_undo_of_a_cancellation_is_offered_for_a_minute(site: Site, farm: Farm, page: Page) -> None:
    farm.slots()
    open_ticket(page, farm, "10:00")
    page.get_by_role("link", name="Cancel booking").click()
    page.get_by_role("button", name="Cancel booking").click()
    site.clock.shift += timedelta(seconds=61)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("alert")).to_contain_text("too late to undo")
    page.reload()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_cancellation_fee_and_how_to_pay_it_are_shown_before_and_after_cancelling(
    site: Site, page: Page
) -> None:
    sentence = "Pay at the gate, in cash or by card."
    farm = site.a_farm(
        cancel_free_until_minutes=60 * 24 * 7, cancel_fee_percent=50, how_to_pay=sentence
    )
    farm.slots()
    open_ticket(page, farm, "10:00")
    site.clock.shift += timedelta(minutes=GRACE_MINUTES + 1)
    page.get_by_role("link", name="Cancel booking").click()
    expect(page.get_by_text("Cancelling now costs £12.00.")).to_be_visible()
    expect(page.get_by_text(sentence)).to_be_visible()
    page.get_by_role("button", name="Cancel booking (£12.00 fee)").click()
    expect(page.get_by_text("The cancellation fee is £12.00.")).to_be_visible()
    expect(page.get_by_text(sentence)).to_be_visible()


def test_booking_past_its_policy_shows_until_when_it_could_be_changed(
    site: Site, page: Page
) -> None:
    week = 60 * 24 * 7
    farm = site.a_farm(
        cancel_free_until_minutes=week, cancel_until_minutes=week, move_until_minutes=week
    )
    farm.slots()
    open_ticket(page, farm, "10:00")
    expect(page.get_by_role("link", name="Cancel booking")).to_be_visible()
    site.clock.shift += timedelta(minutes=GRACE_MINUTES + 1)
    page.reload()
    expect(page.get_by_role("link", name="Cancel booking")).to_have_count(0)
    page.goto(page.url.replace("/change?", "?").replace("?", "/cancel?"))
    expect(page.get_by_text("This booking could be cancelled until")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel booking")).to_have_count(0)


@pytest.mark.usefixtures("width", "script")
def test_booking_is_moved_to_another_slot(farm: Farm, page: Page) -> None:
    farm.slots()
    ref = open_ticket(page, farm, "10:00")
    page.get_by_role("link", name="Change booking").click()
    page.get_by_role("link", name="11:00").click()
    page.get_by_role("button", name=re.compile(r"^Move from .*10:00 to 11:00$")).click()
    expect(page.get_by_text(re.compile(r"Moved to .*11:00\."))).to_be_visible()
    assert reference(page) == ref


@pytest.mark.usefixtures("script", "width")
def test_guest_comes_with_more_people_and_then_at_another_time_with_fewer(
    farm: Farm, page: Page
) -> None:
    farm.slots(3, capacity=5)
    open_ticket(page, farm, "10:00")
    page.get_by_role("link", name="Change booking").click()
    page.get_by_role("spinbutton").fill("6")
    page.get_by_role("button", name="Show price and times").click()
    page.get_by_role("button", name="Change to 6 people").click()
    expect(page.get_by_role("alert")).to_contain_text("10:00 no longer has room for 6 people.")
    page.get_by_role("spinbutton").fill("5")
    page.get_by_role("button", name="Show price and times").click()
    expect(page.get_by_text("5 people: £60.00 instead of £24.00.")).to_be_visible()
    page.get_by_role("button", name="Change to 5 people").click()
    expect(page.get_by_text("Your booking is for 5 people.")).to_be_visible()
    page.get_by_role("link", name="Change booking").click()
    page.get_by_role("spinbutton").fill("1")
    page.get_by_role("button", name="Show price and times").click()
    page.get_by_role("link", name="11:00").click()
    page.get_by_role("button", name=re.compile("^Move from .*, 1 person$")).click()
    expect(page.get_by_text(re.compile(r"Moved to .*11:00\."))).to_be_visible()
    expect(page.get_by_text("1 person")).to_be_visible()


def test_move_to_a_slot_sold_meanwhile_keeps_the_booking(farm: Farm, page: Page) -> None:
    slots = farm.slots(3, capacity=2)
    open_ticket(page, farm, "10:00")
    page.get_by_role("link", name="Change booking").click()
    page.get_by_role("link", name="10:30").click()
    farm.sell(slots[1], 2)
    page.get_by_role("button", name=re.compile("^Move from")).click()
    expect(page.get_by_role("alert")).to_contain_text("10:30 has just been taken.")
    page.get_by_role("alert").get_by_role("link", name="11:00").click()
    page.get_by_role("button", name=re.compile("^Move from")).click()
    expect(page.get_by_text(re.compile(r"Moved to .*11:00\."))).to_be_visible()


def test_remaining_places_are_updated_live(farm: Farm, page: Page) -> None:
    slots = farm.slots(2, capacity=12)
    page.goto(farm.day_path)
    row = page.locator(f"[data-slot='{slots[0]}']")
    expect(row).to_contain_text("12 left")
    expect(row).to_have_attribute("data-remaining", "12")
    farm.sell(slots[0], 10)
    expect(row).to_contain_text("only 2 left")
    expect(page.locator("[data-announce]")).to_contain_text("10:00: 2 places left.")


def test_opened_row_follows_the_live_counts(farm: Farm, page: Page) -> None:
    slots = farm.slots(2, capacity=12)
    choose(page, farm, "10:00", party=3)
    button = page.get_by_role("button", name="Continue")
    expect(page.locator("#chosen")).to_contain_text("12 left")
    expect(page.locator("#chosen")).to_have_attribute("data-remaining", "12")
    sold = farm.sell(slots[0], 10)
    expect(page.get_by_text("There are too few places left now.")).to_be_visible()
    expect(button).to_be_hidden()
    expect(page.locator("[data-announce]")).to_contain_text("10:00: 2 places left.")
    farm.cancel(sold)
    expect(button).to_be_visible()
    expect(page.get_by_text("There are too few places left now.")).to_be_hidden()
    farm.sell(slots[0], 10, name="Grace Hopper")
    expect(button).to_be_hidden()
    page.get_by_role("link", name="See what is available").click()
    expect(page.get_by_role("button", name="Join the waiting list")).to_be_visible()
    expect(page.get_by_role("link", name="10:30")).to_contain_text("£36.00 for 3")


def test_remaining_places_are_asked_for_while_too_many_pages_have_a_stream(
    farm: Farm, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = farm.slots(2, capacity=12)
    page.clock.install()
    with monkeypatch.context() as limits:
        limits.setattr(StreamLimits, "admit", refuse_stream)
        with page.expect_response(re.compile(r"/live\?")) as refused:
            page.goto(farm.day_path)
        assert refused.value.status == 503
        row = page.locator(f"[data-slot='{slots[0]}']")
        expect(row).to_contain_text("12 left")
        farm.sell(slots[0], 10)
        ask_until(page, row, "only 2 left")
        farm.sell(slots[0], 1)
        ask_until(page, row, "1 left")
    with page.expect_response(re.compile(r"/live\?")) as streamed:
        for _ in range(6):
            page.clock.run_for(10_000)
            page.wait_for_timeout(200)
    assert streamed.value.status == 200
    farm.sell(slots[1], 10)
    expect(page.locator(f"[data-slot='{slots[1]}']")).to_contain_text("only 2 left")


def ask_until(page: Page, row: Locator, text: str) -> None:
    """Let the page ask again until an answer says so: one may be older than the last sale."""
    for _ in range(5):
        with page.expect_response(re.compile(r"/availability\?")) as asked:
            page.clock.run_for(10_000)
        assert asked.value.status == 200
        page.wait_for_timeout(200)
        if text in row.inner_text():
            break
    expect(row).to_contain_text(text)


def refuse_stream(_limits: StreamLimits, _stream: EventStream, _client: str) -> EventStream:
    raise Overloaded


def test_token_of_one_booking_does_not_open_another(farm: Farm, page: Page) -> None:
    farm.slots()
    first = open_ticket(page, farm, "10:00")
    own = page.url
    second = farm.sell(farm.slots(1, hour=14)[0], 2, name="Someone Else")
    assert page.goto(own.replace(first, second)).status == 404  # type: ignore[union-attr]  # it answers
    assert page.goto(f"{farm.site.url}/{farm.slug}/b/{second}").status == 404  # type: ignore[union-attr]  # it answers
    expect(page.get_by_role("heading", name="This link does not open a booking")).to_be_visible()
