"""A guest finds a time and books it, on a phone and a desktop, with and without script."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.site import ZONE, Farm, Site
from tests.journeys.steps import book, choose, give_details, hold, open_ticket

pytestmark = pytest.mark.timeout(90)


@pytest.mark.usefixtures("width")
def test_guest_books_from_the_start_page_to_the_ticket(
    site: Site, farm: Farm, page: Page, script: str
) -> None:
    farm.slots()
    page.goto(f"{site.url}/{farm.slug}")
    page.get_by_role("link", name="Sunflower morning").click()
    page.get_by_role("link", name=re.compile(r"48 places left")).click()
    page.get_by_role("button", name="One more").click()
    expect(page.get_by_label("How many of you?")).to_have_value("3")
    page.get_by_role("link", name="10:30").click()
    expect(page.get_by_text("3 people at £12.00")).to_be_visible()
    expect(page.get_by_text("£36.00").last).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Reserved for you")).to_be_visible()
    give_details(page)
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_text("You're booked.")).to_be_visible()
    expect(page.get_by_role("img", name="QR code of booking")).to_be_visible()
    expect(page.get_by_text("10:30 \N{EN DASH} 11:00")).to_be_visible()
    assert (
        page.evaluate("document.documentElement.scrollWidth <= innerWidth") or script == "no script"
    )


def test_wrong_fields_keep_their_values_and_show_their_problems(
    farm: Farm, page: Page, script: str
) -> None:
    farm.slots()
    hold(page, farm, "10:00")
    page.get_by_label("E-mail").fill("ana@")
    page.get_by_label("Phone").fill("12")
    page.get_by_role("button", name="Confirm booking").click()
    assert page.title().startswith("Error: Sunflower morning")
    summary = page.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary.get_by_role("link")).to_have_count(3)
    expect(page.get_by_label("E-mail")).to_have_value("ana@")
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    if script == "script":
        expect(summary).to_be_focused()
    summary.get_by_role("link", name="Enter your name").click()
    expect(page.get_by_label("Your name")).to_be_focused()
    give_details(page)
    page.get_by_label("Phone").fill("+44 20 7946 0123")
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_text("You're booked.")).to_be_visible()


def test_form_sent_again_after_going_back_holds_the_places_once(farm: Farm, page: Page) -> None:
    farm.slots(1, capacity=3)
    hold(page, farm, "10:00", party=2)
    first = page.url
    page.go_back()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Confirm booking")).to_be_visible()
    assert page.url == first


def test_released_places_are_free_for_others(farm: Farm, page: Page) -> None:
    farm.slots(1, capacity=2)
    hold(page, farm, "10:00")
    page.get_by_role("button", name="Release these places").click()
    expect(page.get_by_text("only 2 left")).to_be_visible()


def test_places_of_an_expired_hold_are_taken_anew_and_nothing_typed_is_lost(
    site: Site, farm: Farm, page: Page, script: str
) -> None:
    farm.slots()
    page.clock.install(time=site.clock.now())  # that of the device is the site's
    hold(page, farm, "10:30")
    if script == "script":
        expect(page.locator("[data-countdown]")).to_contain_text(
            re.compile(r"Reserved for you for \d+:\d\d")
        )
    give_details(page, email="ana@")
    site.clock.shift += timedelta(minutes=11)
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_text("are reserved for you again")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Ana Lopez")
    site.clock.shift += timedelta(minutes=11)
    page.get_by_label("E-mail").fill("ana@example.com")
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_text("You're booked.")).to_be_visible()


def test_possible_duplicate_needs_a_confirmation(farm: Farm, page: Page) -> None:
    farm.slots()
    first = book(page, farm, "10:00")
    hold(page, farm, "10:30")
    give_details(page)
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_text("You already have a booking around this time")).to_be_visible()
    expect(page.get_by_text(first)).to_have_count(0)
    expect(page.get_by_label("Your name")).to_have_value("Ana Lopez")
    page.get_by_label("Yes, I want this booking in addition").check()
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_text("You're booked.")).to_be_visible()


def test_closed_day_shows_its_reason_and_the_next_day_with_room(farm: Farm, page: Page) -> None:
    farm.slots()
    farm.close_day("The field is being watered")
    page.goto(f"{farm.path}?month={farm.day:%Y-%m}")  # at the end of a month it is in the next
    page.get_by_role("link", name=re.compile("closed: The field is being watered")).click()
    expect(page.get_by_role("heading", name=re.compile("^Closed on"))).to_be_visible()
    expect(
        page.get_by_text("The field is being watered. Please choose another day.")
    ).to_be_visible()
    expect(page.locator(".slots")).to_have_count(0)


@pytest.mark.usefixtures("script")
def test_enter_in_the_party_field_shows_the_times_for_it(farm: Farm, page: Page) -> None:
    farm.slots()
    page.goto(farm.day_path)
    page.get_by_label("How many of you?").fill("5")
    page.keyboard.press("Enter")
    page.wait_for_url("**party=5**")
    expect(page.get_by_label("How many of you?")).to_have_value("5")


def test_party_out_of_bounds_shows_the_bounds(farm: Farm, page: Page) -> None:
    farm.slots()
    page.goto(f"{farm.day_path}&party=25")
    expect(page.get_by_role("alert")).to_contain_text("up to 10 people")


def test_calendar_file_has_the_instant_of_the_booking(farm: Farm, page: Page) -> None:
    farm.slots()
    open_ticket(page, farm, "10:30")
    href = page.get_by_role("link", name="Add to calendar").get_attribute("href")
    answer = page.request.get(f"{farm.site.url}{href}")
    starts_at = datetime.combine(farm.day, time(10, 30), ZoneInfo(ZONE)).astimezone(UTC)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert f"DTSTART:{starts_at:%Y%m%dT%H%M%S}Z" in answer.text()


def test_booking_is_possible_by_keyboard_alone(farm: Farm, page: Page) -> None:
    farm.slots(1)
    page.goto(farm.day_path)
    press_until(page, "10:00")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Continue")
    press_until(page, "Continue")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Confirm booking")
    press_until(page, "", field="name")
    page.keyboard.type("Ana Lopez")
    page.keyboard.press("Tab")
    page.keyboard.type("ana@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You're booked.")).to_be_visible()


def press_until(page: Page, text: str, *, field: str = "") -> None:
    """Tab until what has that text, or the field of that name, is focused and seen to be."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(() => { const at = document.activeElement; return [at.innerText || '', at.name || '',"
            " getComputedStyle(at).outlineStyle,"
            " parseFloat(getComputedStyle(at).outlineWidth)]; })()"
        )
        if (field and focused[1] == field) or (not field and text in focused[0]):
            assert focused[2] == "solid"
            assert focused[3] >= 3
            return
    raise AssertionError(f"the keyboard never reached {text or field}")


def test_language_and_theme_are_remembered(farm: Farm, page: Page) -> None:
    farm.slots()
    choose(page, farm, "10:00")
    page.get_by_role("link", name="Deutsch").click()
    expect(page.get_by_role("button", name="Weiter")).to_be_visible()
    page.get_by_role("button", name="Dunkle Farben").click()
    page.goto(farm.path)
    expect(page.get_by_text("Wie viele kommen?")).to_be_visible()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("html").get_attribute("lang") == "de"


def test_each_step_says_how_to_pay_in_the_owners_words(site: Site, page: Page) -> None:
    sentence = "Pay at the gate, in cash or by card."
    farm = site.a_farm(how_to_pay=sentence, what_to_bring="Closed shoes.")
    farm.slots()
    choose(page, farm, "10:00")
    expect(page.get_by_text(sentence)).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text(sentence)).to_be_visible()
    give_details(page)
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_text("Closed shoes.")).to_be_visible()
    expect(page.get_by_text("we charge a fee of 50% of the price")).to_be_visible()
    assert not re.search("paid|is kept|refund", page.content())


@pytest.mark.parametrize(
    ("device", "is_elsewhere"), [("Asia/Tokyo", True), ("Europe/London", False)]
)
def test_guest_in_another_time_zone_is_told_whose_times_they_are(
    farm: Farm, browser: Browser, device: str, *, is_elsewhere: bool
) -> None:
    context = browser.new_context(timezone_id=device, locale="en-GB")
    page = context.new_page()
    page.goto(farm.path)
    note = page.get_by_text("All times are local time in London. Your device")
    expect(note).to_be_visible(visible=is_elsewhere)
    context.close()
