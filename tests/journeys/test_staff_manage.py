"""Staff search bookings, check several parties in, and edit offerings."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.site import Farm
from tests.journeys.steps import open_place, sign_in

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def sold(farm: Farm) -> list[str]:
    """Four parties at two times; their references."""
    slots = farm.slots(2)
    refs = [
        farm.sell(slots[0], 2, name="Ana Lopez"),
        farm.sell(slots[0], 5, name="Ben Carter"),
        farm.sell(slots[1], 3, name="Chiara Rossi"),
        farm.sell(slots[1], 1, name="Ana Petrov"),
    ]
    farm.day_comes()
    return refs


def open_bookings(page: Page, farm: Farm) -> None:
    sign_in(page, farm)
    open_place(page, "Bookings")
    expect(page.get_by_role("heading", name="Bookings")).to_be_visible()
    page.wait_for_load_state()  # the script listens to keys from then on


@pytest.mark.usefixtures("sold", "width", "script")
def test_a_search_finds_parties_and_checks_them_in_together(farm: Farm, page: Page) -> None:
    open_bookings(page, farm)
    page.get_by_label("Name, e-mail, phone or reference").fill("ana")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".list tbody tr")).to_have_count(2)
    page.get_by_label("Select Ana Lopez").check()
    page.get_by_label("Select Ana Petrov").check()
    page.get_by_role("button", name="Check in").click()
    expect(page.get_by_role("status")).to_contain_text("2 bookings are checked in.")
    expect(page.locator("td.state.good")).to_have_count(2)
    page.get_by_role("link", name="Remove ana").click()
    expect(page.locator(".list tbody tr")).to_have_count(4)
    expect(page.locator("td.state.good")).to_have_count(2)


@pytest.mark.usefixtures("sold")
def test_filters_and_orders_stay_in_the_address(farm: Farm, page: Page) -> None:
    open_bookings(page, farm)
    page.get_by_label("Day").fill(farm.day.isoformat())
    page.get_by_role("combobox", name="Status", exact=True).select_option("Booked")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Time", exact=True).click()
    expect(page.get_by_role("columnheader", name="Time")).to_have_attribute(
        "aria-sort", "ascending"
    )
    expect(page.locator(".list tbody tr")).to_have_count(4)
    expect(page).to_have_url(re.compile(f"day={farm.day.isoformat()}.*status=confirmed.*sort=time"))
    page.reload()
    expect(page.get_by_role("combobox", name="Status", exact=True)).to_have_value("confirmed")


@pytest.mark.usefixtures("sold")
def test_rows_are_selected_by_keyboard(farm: Farm, page: Page) -> None:
    open_bookings(page, farm)
    page.get_by_label("Select Ana Petrov").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_label("Select Chiara Rossi")).to_be_checked()
    page.get_by_label("Select all").check()
    expect(page.locator(".pick input:checked")).to_have_count(4)


@pytest.mark.usefixtures("sold")
def test_a_csv_file_is_downloaded(farm: Farm, page: Page) -> None:
    open_bookings(page, farm)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename == "bookings.csv"
    assert "Chiara Rossi" in download.value.path().read_text(encoding="utf-8-sig")


@pytest.mark.usefixtures("width", "script")
def test_second_editor_of_an_offering_gets_a_conflict_without_losing_input(
    farm: Farm, page: Page
) -> None:
    sign_in(page, farm, f"offerings/{farm.business.offering.slug}/edit")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Price (GBP)").fill("15")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("£15.00")).to_be_visible()
    page.get_by_label("Summary").fill("Bring boots")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Someone else changed this")
    expect(page.get_by_text("Stored now: 15.00")).to_be_visible()
    expect(page.get_by_label("Summary")).to_have_value("Bring boots")
    page.get_by_label("Price (GBP)").fill("15.00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("£15.00")).to_be_visible()
    expect(page.get_by_text("Bring boots")).to_be_visible()


def test_wrong_fields_are_listed_together_and_keep_their_values(farm: Farm, page: Page) -> None:
    sign_in(page, farm, "offerings/new")
    page.get_by_label("Price (GBP)").fill("dear")
    page.get_by_label("Name").fill("Tulips")
    page.get_by_role("button", name="Add").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Price (GBP): Enter an amount like 12.50.")
    expect(summary).to_contain_text("Address: Fill this in.")
    expect(page.get_by_label("Name")).to_have_value("Tulips")
    expect(page.get_by_label("Price (GBP)")).to_have_value("dear")
    page.get_by_label("Price (GBP)").fill("8")
    page.get_by_label("Address").fill("tulips")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Tulips")).to_be_visible()
