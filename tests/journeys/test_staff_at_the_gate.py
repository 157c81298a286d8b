"""Staff through a Saturday with nine hundred guests: by keys, by camera, on a phone, live."""

import asyncio
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from tests.builders.business import a_booking_of, a_guest
from tests.journeys.accessibility import BEST_PRACTICES, violations
from tests.journeys.site import Farm
from tests.journeys.steps import sign_in

from fullhouse.booking.model.slot import SlotId

pytestmark = pytest.mark.timeout(180)

WIDTHS: tuple[ViewportSize, ...] = (
    {"width": 1280, "height": 900},
    {"width": 390, "height": 844},
)
SHEET_BYTES_MAX = 160_000
CAMERA = """
window.BarcodeDetector = class {
  async detect() { return window.shown ? [{ rawValue: window.shown }] : []; }
};
navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
HTMLMediaElement.prototype.play = async () => {};
"""


async def _sell_all(farm: Farm, slots: list[SlotId], *, parties: int, party: int) -> None:
    async with asyncio.TaskGroup() as group:
        for time, slot in enumerate(slots):
            for number in range(parties):
                name = f"Guest{number:02} Time{time:02}"
                request = a_booking_of(slot, party=party, name=name, allow_duplicate=True)
                book = farm.site.app.booking.place_booking
                group.create_task(book(farm.business.org_id, request, context=a_guest()))


@pytest.fixture
def saturday(farm: Farm) -> Farm:
    """Ten times of thirty parties of three; it is half past eleven, and four times are over."""
    slots = farm.slots(10, capacity=100, hour=9)
    farm.site.run(_sell_all(farm, slots, parties=30, party=3))
    farm.day_comes()
    return farm


def test_saturday_is_run_by_keys_alone(saturday: Farm, page: Page) -> None:
    sign_in(page, saturday)
    expect(page.locator("[data-expected]")).to_have_text("900")
    expect(page.get_by_text("5 times are over: 0 of 450 arrived")).to_be_visible()
    page.locator("#q").press("ArrowDown")
    first = page.locator("tr:focus")
    expect(first).to_contain_text("Guest00 Time05")
    for number in range(5):
        page.keyboard.press("Enter")
        expect(page.locator("tr:focus")).to_have_class(re.compile("arrived"))
        expect(page.locator("tr:focus")).to_contain_text(f"Guest{number:02} Time05")
        page.keyboard.press("ArrowDown")
    expect(page.locator("[data-arrived]")).to_have_text("15")
    page.keyboard.press("n")
    expect(page.locator("tr:focus")).to_have_class(re.compile("absent"))
    page.keyboard.press("u")
    expect(page.locator("tr:focus")).not_to_have_class(re.compile("absent"))
    page.keyboard.press("Escape")
    page.keyboard.type("Guest07 Time08")
    expect(page.locator("[data-parties] tr")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("tr:focus")).to_contain_text("Guest07 Time08")
    page.keyboard.press("c")
    expect(page.locator("[data-arrived]")).to_have_text("18")
    assert "q=Guest07" in page.url, "a reload shows the same"


def test_sheet_of_nine_hundred_guests_is_small_and_quick(saturday: Farm, page: Page) -> None:
    sign_in(page, saturday)
    answer = page.request.get(f"{saturday.admin}/today?date={saturday.day.isoformat()}")
    assert len(answer.body()) <= SHEET_BYTES_MAX
    page.emulate_media(media="print")
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert sheets <= 4, "300 parties, more than 70 a sheet"
    head = page.locator(".running-head")
    expect(head).to_contain_text("Meadow Farm")
    assert head.evaluate("it => getComputedStyle(it).display") == "table-header-group"


def test_arrivals_bookings_and_cancellations_appear_without_a_reload(
    farm: Farm, browser: Browser, page: Page
) -> None:
    slot = farm.slots(4, hour=11)[2]
    farm.sell(slot, 2, name="Ana Lopez")
    farm.day_comes()
    sign_in(page, farm)
    colleague = browser.new_context(locale="en-GB")
    other = colleague.new_page()
    sign_in(other, farm)
    other.get_by_role("button", name="Check in: Ana Lopez").click()
    expect(page.get_by_text("2 of 2 arrived")).to_be_visible()
    farm.sell(slot, 3, name="Ben Carter")
    expect(page.locator("[data-parties] tr td:nth-child(2)")).to_have_text(
        ["Ben Carter", "Ana Lopez"]
    )
    expect(page.locator("[data-expected]")).to_have_text("5")
    other.get_by_role("button", name="Undo: Ana Lopez").click()
    expect(page.get_by_role("button", name="Check in: Ana Lopez")).to_be_visible()
    colleague.close()


def test_tickets_are_scanned_by_camera(farm: Farm, page: Page) -> None:
    slots = farm.slots(4, hour=11)
    ref = farm.sell(slots[1], 2, name="Ana Lopez")
    farm.day_comes()
    page.add_init_script(CAMERA)
    sign_in(page, farm)
    page.get_by_text("Scan a ticket").click()
    page.evaluate("code => { window.shown = code; }", f"https://x.example/{farm.slug}/b/{ref}?t=1")
    answer = page.locator(".ticket-answer")
    expect(answer).to_contain_text("OK")
    expect(answer).to_contain_text("Ana Lopez")
    expect(answer).to_contain_text("2 people")
    page.evaluate("() => { window.shown = 'NOBODY42'; }")
    expect(answer).to_contain_text("Unknown")
    page.evaluate("code => { window.shown = code; }", ref)
    expect(answer).to_contain_text("Already in")
    expect(page.locator("[data-arrived]")).to_have_text("2")  # the sheet has heard of it


@pytest.mark.usefixtures("width", "script")
def test_guests_are_found_checked_in_and_booked_with_and_without_script(
    farm: Farm, page: Page
) -> None:
    slots = farm.slots(4, hour=11)
    farm.sell(slots[1], 2, name="Ana Lopez")
    ref = farm.sell(slots[2], 5, name="Ben Carter")
    farm.day_comes()
    sign_in(page, farm)
    page.get_by_role("searchbox").fill("carter")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("[data-parties] tr")).to_have_count(1)
    page.get_by_role("button", name="Check in: Ben Carter").click()
    expect(page.get_by_text("Ben Carter is checked in, 5 people.")).to_be_visible()
    page.goto(f"{farm.admin}/today?date={farm.day.isoformat()}")
    page.get_by_text("Scan a ticket").click()
    page.get_by_label("Reference on the ticket").fill(ref.lower())
    page.locator(".scan").get_by_role("button", name="Check in").click()
    expect(page.locator(".ticket-answer")).to_contain_text("Already in")
    page.goto(f"{farm.admin}/today?date={farm.day.isoformat()}")
    page.get_by_role("link", name="Walk-in or caller").click()
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.locator("[data-parties]").get_by_text("Walk-in")).to_be_visible()
    expect(page.get_by_text("Walk-in is checked in, 2 people.")).to_be_visible()


@pytest.mark.parametrize("path", ["today", "today?new=1", "today?q=nobody"])
def test_sheet_is_accessible_and_fits(farm: Farm, page: Page, path: str) -> None:
    slots = farm.slots(4, hour=10)
    refs = [farm.sell(slots[n], 2, name=f"Ana Lopez{n}") for n in range(4)]
    farm.day_comes()
    sign_in(page, farm)
    page.get_by_role("button", name="Check in: Ana Lopez3").click()
    for size in WIDTHS:
        page.set_viewport_size(size)
        page.goto(f"{farm.admin}/{path}")
        if path == "today":
            page.get_by_text("Scan a ticket").click()
            page.get_by_label("Reference on the ticket").fill(refs[3])
            page.locator(".scan").get_by_role("button", name="Check in").click()
            expect(page.locator(".ticket-answer")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert violations(page, BEST_PRACTICES) == []


def test_times_that_begin_and_end_move_by_themselves(farm: Farm, page: Page) -> None:
    slots = farm.slots(4, hour=11)
    farm.sell(slots[1], 2, name="Ana Lopez")
    farm.day_comes()
    sign_in(page, farm)
    expect(page.locator(".now-mark")).to_have_count(1)
    farm.site.clock.shift += timedelta(minutes=31)
    farm.sell(slots[3], 2, name="Ben Carter")
    expect(page.get_by_text("2 times are over")).to_be_visible()
    expect(page.locator(".arrival.now")).to_contain_text("12:00")
