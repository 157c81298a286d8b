"""Staff help guests on the page of a booking, and find, merge and erase customers."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.site import Farm
from tests.journeys.steps import sign_in

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def sold(farm: Farm) -> list[str]:
    """Three parties at two times, whose customers are known; their references."""
    slots = farm.slots(2)
    refs = [
        farm.sell(slots[0], 2, name="Ana Lopez"),
        farm.sell(slots[0], 5, name="Ben Carter"),
        farm.sell(slots[1], 3, name="Chiara Rossi"),
    ]
    farm.list_customers()
    return refs


def open_booking(page: Page, farm: Farm, ref: str) -> None:
    sign_in(page, farm, f"bookings/{ref}")


@pytest.mark.usefixtures("width", "script")
def test_a_guest_is_helped_in_every_way_from_the_page_of_the_booking(
    farm: Farm, sold: list[str], page: Page
) -> None:
    open_booking(page, farm, sold[0])
    page.get_by_role("link", name="Change guests").click()
    page.get_by_label("Guests").fill("four")
    page.get_by_role("button", name="Change guests").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter a number from 1 to 500.")
    page.get_by_label("Guests").fill("4")
    page.get_by_role("button", name="Change guests").click()
    expect(page.locator(".undo-bar")).to_contain_text("Changed from 2 people to 4 people.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".facts").first).to_contain_text("2")

    page.get_by_role("link", name="Change time").click()
    page.get_by_label("Time").fill("10:10")
    page.get_by_role("button", name="Change time").click()
    expect(page.get_by_role("alert")).to_contain_text("With room: 10:00 and 10:30.")
    page.get_by_label("Time").fill("10:30")
    page.get_by_role("button", name="Change time").click()
    expect(page.locator(".undo-bar")).to_contain_text("10:30")

    page.get_by_role("link", name="Change details").click()
    page.get_by_label("E-mail").fill("ana.lopez@example.net")
    page.get_by_role("button", name="Change details").click()
    expect(page.get_by_role("link", name="ana.lopez@example.net")).to_be_visible()


@pytest.mark.usefixtures("width", "script")
def test_a_note_is_written_and_a_cancellation_with_a_reason_undone(
    farm: Farm, sold: list[str], page: Page
) -> None:
    open_booking(page, farm, sold[0])
    page.get_by_role("link", name="Write a note").click()
    page.get_by_label("Note").fill("Comes with a dog")
    page.get_by_role("button", name="Write a note").click()
    expect(page.get_by_text("Comes with a dog")).to_be_visible()

    page.get_by_role("link", name="Cancel booking").click()
    page.get_by_role("textbox", name="Reason").fill("The field is flooded")
    page.get_by_role("button", name="Cancel booking").click()
    expect(page.get_by_text("Cancelled without a fee: The field is flooded")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Cancellation undone")).to_be_visible()


@pytest.mark.usefixtures("sold")
def test_bookings_are_found_as_one_types_and_cancelled_together_by_keys(
    farm: Farm, page: Page
) -> None:
    sign_in(page, farm, "bookings")
    page.get_by_label("Name, e-mail, phone or reference").press_sequentially("chia", delay=20)
    expect(page.locator(".list tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=chia"))
    expect(page.get_by_role("link", name="Remove chia")).to_be_visible()
    page.get_by_label("Name, e-mail, phone or reference").fill("")
    expect(page.locator(".list tbody tr")).to_have_count(3)
    page.get_by_label("Select all").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Cancel booking").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cancel booking: 3 selected")).to_be_visible()
    page.get_by_role("textbox", name="Reason").focus()
    page.keyboard.type("Storm")
    page.keyboard.press("Enter")
    expect(page.locator(".undo-bar")).to_contain_text("3 bookings are cancelled.")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("3 bookings are as before.")
    page.goto(f"{farm.admin}/bookings?status=confirmed")
    expect(page.locator(".list tbody tr")).to_have_count(3)


@pytest.mark.usefixtures("sold", "width", "script")
def test_customers_are_found_merged_and_separated(farm: Farm, page: Page) -> None:
    sign_in(page, farm, "customers?sort=name")
    page.get_by_label("Select Ana Lopez").check()
    page.get_by_label("Select Chiara Rossi").check()
    page.get_by_role("button", name="Merge").click()
    expect(page.locator(".undo-bar")).to_contain_text("2 customers are one person now.")
    expect(page.locator(".list tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".list tbody tr")).to_have_count(3)
    page.get_by_role("link", name="Ben Carter").click()
    expect(page.get_by_text("52 of 100")).to_be_visible()
    page.get_by_role("link", name="Everything we hold").click()
    expect(page.get_by_role("heading", name="Everything we hold of Ben Carter")).to_be_visible()


@pytest.mark.usefixtures("sold")
def test_a_customer_is_erased_once_nothing_is_to_come(farm: Farm, page: Page) -> None:
    farm.site.clock.shift += timedelta(days=5)
    sign_in(page, farm, "customers")
    page.get_by_role("link", name="Ben Carter").click()
    page.get_by_role("link", name="Erase").click()
    page.get_by_role("button", name="Erase").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick this to erase the customer.")
    page.get_by_label("Erase this customer for good").check()
    page.get_by_role("button", name="Erase").click()
    expect(page.locator(".list tbody tr")).to_have_count(2)
