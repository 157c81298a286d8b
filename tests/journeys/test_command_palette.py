"""The command palette: by keys, by the button, and for readers of the screen."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.site import Farm
from tests.journeys.steps import sign_in

pytestmark = pytest.mark.timeout(90)


def test_slash_opens_the_palette_where_there_is_no_search_and_enter_goes_there(
    farm: Farm, page: Page
) -> None:
    sign_in(page, farm, "overview")
    page.keyboard.press("/")
    field = page.get_by_role("searchbox", name="A page, an action, or a booking")
    expect(field).to_be_focused()
    field.fill("venu add")
    expect(page.get_by_role("status").filter(has_text="1 to choose from")).to_be_attached()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/venues/new$"))
    expect(page.get_by_role("heading", name="Add a venue")).to_be_visible()


def test_slash_goes_to_the_search_of_the_page_and_writes_nothing(farm: Farm, page: Page) -> None:
    sign_in(page, farm, "bookings")
    page.keyboard.press("/")
    search = page.get_by_label("Name, e-mail, phone or reference")
    expect(search).to_be_focused()
    page.keyboard.type("a/?")
    expect(search).to_have_value("a/?")
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Go to")
    expect(dialog).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("link", name="Overview")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_what_is_no_place_is_searched_in_bookings(farm: Farm, page: Page) -> None:
    sign_in(page, farm, "overview")
    page.keyboard.press("/")
    page.keyboard.type("Lovelace")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/bookings\?q=Lovelace$"))


def test_question_mark_shows_the_keys_in_the_language_of_the_page(farm: Farm, page: Page) -> None:
    sign_in(page, farm)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Check in the chosen party")
    page.keyboard.press("Escape")
    page.goto(f"{farm.admin}/overview?lang=de")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Tasten")).to_contain_text("Diese Tasten zeigen")
    expect(page.get_by_role("dialog", name="Tasten")).not_to_contain_text("einchecken")


@pytest.mark.parametrize("path", ["calendar", "today", "season", "customers"])
def test_palette_opens_beside_the_scripts_of_the_page(farm: Farm, page: Page, path: str) -> None:
    sign_in(page, farm, f"{path}")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Go to")).to_be_visible()


def test_button_opens_the_palette_on_a_phone(farm: Farm, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, farm)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Go to").click()
    dialog = page.get_by_role("dialog", name="Go to")
    expect(dialog.get_by_role("link", name="Settings")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
