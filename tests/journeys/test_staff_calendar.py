"""The calendar in a browser: a time opens at the side, bookings are dragged, keys do it all."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.journeys.accessibility import BEST_PRACTICES, violations
from tests.journeys.site import Farm
from tests.journeys.steps import sign_in
from tests.journeys.test_staff_at_the_gate import WIDTHS

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def booked(farm: Farm) -> Farm:
    """Four times; Ana Lopez is in the first."""
    slots = farm.slots(4)
    farm.sell(slots[0], 2, name="Ana Lopez")
    return farm


def open_calendar(page: Page, farm: Farm, view: str = "week") -> None:
    sign_in(page, farm, f"calendar?view={view}&date={farm.day.isoformat()}")


def chip(page: Page, time: str, figure: str) -> Locator:
    spelled = figure.replace("/", r"\/")  # a slash ends a regular expression of a browser
    return page.get_by_role("link", name=re.compile(rf"^{time}, .*: {spelled}, "))


def test_booking_is_dragged_to_another_time_and_back(booked: Farm, page: Page) -> None:
    open_calendar(page, booked)
    chip(page, "10:00", "2/12").click()
    panel = page.locator(".side .slot-panel")
    expect(panel.get_by_role("heading", name=re.compile("10:00"))).to_be_focused()
    panel.get_by_text("Ana Lopez").drag_to(chip(page, "11:00", "0/12"))
    expect(page.locator(".side .undo-bar")).to_contain_text("Ana Lopez: Moved to")
    expect(chip(page, "11:00", "2/12")).to_be_visible()
    expect(chip(page, "10:00", "0/12")).to_be_visible()
    page.locator(".side").get_by_role("button", name="Undo").click()
    expect(chip(page, "10:00", "2/12")).to_be_visible()
    expect(chip(page, "11:00", "0/12")).to_be_visible()


def test_time_that_cannot_take_a_booking_is_no_place_to_drop_it(farm: Farm, page: Page) -> None:
    first, full, *_ = farm.slots(4, capacity=2)
    farm.sell(first, 2, name="Ana Lopez")
    farm.sell(full, 1, name="Ben Carter")
    open_calendar(page, farm)
    chip(page, "10:00", "2/2").click()
    page.locator(".side").get_by_text("Ana Lopez").drag_to(chip(page, "10:30", "1/2"))
    expect(page.locator(".undo-bar")).to_have_count(0)
    expect(chip(page, "10:30", "1/2")).to_be_visible()


def test_calendar_is_walked_by_keys(booked: Farm, page: Page) -> None:
    open_calendar(page, booked)
    chip(page, "10:00", "2/12").focus()
    page.keyboard.press("ArrowDown")
    expect(chip(page, "10:30", "0/12")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".side #slot-title")).to_be_focused()
    page.get_by_label("Move: Ana Lopez").press("Enter")
    page.get_by_label("Move to").select_option(label="11:30 · 12 left")
    page.locator(".in-slot").get_by_role("button", name="Move").press("Enter")
    expect(chip(page, "11:30", "2/12")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".side")).to_be_hidden()
    expect(chip(page, "11:30", "2/12")).to_be_focused()


@pytest.mark.usefixtures("width", "script")
def test_caller_is_booked_and_places_are_added_with_and_without_script(
    booked: Farm, page: Page
) -> None:
    open_calendar(page, booked, "day")
    chip(page, "10:30", "0/12").click()
    page.get_by_role("main").get_by_text("Book for a caller").click()
    page.get_by_label("Name (optional)").fill("Ben Carter")
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("link", name="Ben Carter")).to_be_visible()
    page.get_by_text("Add or take away places").click()
    page.get_by_label("Places", exact=True).fill("20")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".figures")).to_contain_text("20")
    page.goto(f"{booked.path}?day={booked.day.isoformat()}")
    expect(page.locator(".slots").get_by_text("18 left")).to_be_visible()


def test_every_view_is_accessible_and_fits(booked: Farm, page: Page) -> None:
    open_calendar(page, booked)
    href = page.locator(".chip").first.get_attribute("href")
    assert href is not None
    paths = [f"calendar?view={v}&date={booked.day.isoformat()}" for v in ("month", "week", "day")]
    for path in (*paths, href.partition(f"{booked.slug}/")[2]):
        for size in WIDTHS:
            page.set_viewport_size(size)
            page.goto(f"{booked.admin}/{path}")
            if "view=week" in path and "slots" not in path:
                page.locator(".chip").first.click()
                expect(page.locator(".side")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                assert violations(page, BEST_PRACTICES) == []
