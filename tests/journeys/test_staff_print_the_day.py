"""The run sheet on paper: who it is of, on each sheet, and what is done by pencil."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.site import Farm
from tests.journeys.steps import sign_in

pytestmark = pytest.mark.timeout(90)


def test_run_sheet_is_printed_without_half_empty_sheets(farm: Farm, page: Page) -> None:
    """Each time has more parties than half a sheet, so that times that are kept whole waste it."""
    for slot in farm.slots(3, capacity=20):
        for number in range(20):
            farm.sell(slot, 1, name=f"Guest {number:02}")
    sign_in(page, farm)
    page.emulate_media(media="print")
    head = page.locator(".running-head")
    expect(head).to_be_visible()
    expect(head).to_contain_text("60 expected")
    assert head.evaluate("it => getComputedStyle(it).display") == "table-header-group"
    expect(page.get_by_role("button", name=re.compile("Check in")).first).to_be_hidden()
    row = page.locator(".parties tbody tr").first
    expect(row.locator("td").nth(2)).to_be_visible()
    box = "it => getComputedStyle(it, '::before').borderTopStyle"
    assert row.locator("td").nth(4).evaluate(box) == "solid", "a box for the pencil"
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert sheets == 1, "60 rows and their times fill less than one sheet of two columns"


def test_no_show_is_marked_on_the_run_sheet_once_the_time_has_begun(farm: Farm, page: Page) -> None:
    farm.sell(farm.slots(1)[0], 2, name="Ana Lopez")
    sign_in(page, farm)
    expect(page.get_by_role("button", name="Check in: Ana Lopez")).to_be_visible()
    expect(page.get_by_role("button", name="No-show: Ana Lopez")).to_have_count(0)
    farm.site.clock.shift += timedelta(days=3)  # past its time; a clock never goes back
    page.context.clear_cookies()
    sign_in(page, farm)
    page.get_by_text("1 time is over").click()
    page.get_by_role("button", name="No-show: Ana Lopez").click()
    expect(page.get_by_text("Ana Lopez is marked as a no-show, 2 people.")).to_be_visible()
