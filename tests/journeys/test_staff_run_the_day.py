"""Staff sign in, open the run sheet and check parties in."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.site import Farm, Site
from tests.journeys.steps import sign_in, sign_in_by_link

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def arrivals(farm: Farm) -> list[str]:
    """Three parties at two times; their references."""
    slots = farm.slots(3, hour=11)[1:]
    refs = [
        farm.sell(slots[0], 2, name="Ana Lopez"),
        farm.sell(slots[0], 5, name="Ben Carter"),
        farm.sell(slots[1], 3, name="Chiara Rossi"),
    ]
    farm.day_comes()
    return refs


@pytest.mark.usefixtures("arrivals", "width")
def test_check_in_of_a_party_is_undone(farm: Farm, page: Page, script: str) -> None:
    sign_in_by_link(page, farm, script=script)
    page.goto(f"{farm.admin}/today?date={farm.day.isoformat()}")
    expect(page.get_by_text("0 of 7 arrived")).to_be_visible()
    page.get_by_role("button", name="Check in: Ana Lopez").click()
    expect(page.get_by_text("2 of 7 arrived")).to_be_visible()
    expect(page.get_by_text("Ana Lopez is checked in, 2 people.")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("0 of 7 arrived")).to_be_visible()
    expect(page.get_by_role("button", name="Check in: Ana Lopez")).to_be_visible()


@pytest.mark.usefixtures("arrivals")
def test_booking_shows_its_history_with_names(farm: Farm, page: Page) -> None:
    sign_in(page, farm)
    page.get_by_role("link", name="Ben Carter").click()
    page.get_by_role("button", name="No-show").click()
    expect(page.get_by_text("Ben Carter is marked as a no-show, 5 people.")).to_be_visible()
    page.get_by_role("button", name="Check in").click()
    story = page.locator(".history li")
    expect(story).to_have_text(
        [
            re.compile("Booked for 5 people"),
            re.compile(r"no-show[\s\S]*Rosa"),
            re.compile(r"in[\s\S]*Rosa"),
        ],
        use_inner_text=True,
    )


@pytest.mark.usefixtures("arrivals")
def test_second_check_in_of_a_party_is_refused(farm: Farm, page: Page) -> None:
    page.route(re.compile("/today/live"), lambda route: route.abort())  # as on a bad network
    sign_in(page, farm)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Check in: Chiara Rossi").click()
    expect(other.get_by_text("Chiara Rossi is checked in")).to_be_visible()
    page.get_by_role("button", name="Check in: Chiara Rossi").click()
    expect(page.get_by_role("alert")).to_contain_text("The status of the booking: Arrived")


@pytest.mark.usefixtures("arrivals")
def test_check_in_is_undone_at_any_time(site: Site, farm: Farm, page: Page) -> None:
    sign_in(page, farm)
    page.get_by_role("button", name="Check in: Ana Lopez").click()
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    site.clock.shift += timedelta(hours=1)
    page.get_by_role("link", name="Ana Lopez").click()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("button", name="Check in")).to_be_visible()


@pytest.mark.usefixtures("arrivals")
def test_printed_run_sheet_has_names_and_no_buttons(farm: Farm, page: Page) -> None:
    sign_in(page, farm)
    page.emulate_media(media="print")
    expect(page.get_by_text("Ana Lopez")).to_be_visible()
    expect(page.get_by_text("Check in", exact=True).first).to_be_hidden()
    expect(page.get_by_role("navigation")).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert len(page.pdf()) > 1_000


def test_empty_run_sheet_explains_itself(farm: Farm, page: Page) -> None:
    sign_in(page, farm)
    expect(page.get_by_role("heading", name="No one is expected")).to_be_visible()


def test_empty_list_of_messages_explains_itself(farm: Farm, page: Page) -> None:
    sign_in(page, farm)
    page.get_by_role("link", name="Messages", exact=True).click()
    expect(page.get_by_text("No e-mails here.")).to_be_visible()


def test_sign_in_link_works_once_and_a_get_does_not_spend_it(
    farm: Farm, page: Page, browser: Browser
) -> None:
    link = farm.sign_in_link()
    assert page.request.get(link).ok
    page.goto(link)
    expect(page.get_by_role("link", name="Today")).to_be_visible()
    stranger = browser.new_context()
    second = stranger.new_page()
    second.goto(link)
    expect(second.get_by_role("heading", name="This link has been used")).to_be_visible()
    stranger.close()


@pytest.mark.usefixtures("arrivals")
def test_signed_out_session_opens_no_admin_page(farm: Farm, page: Page) -> None:
    sign_in_by_link(page, farm)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out.")).to_be_visible()
    page.goto(f"{farm.admin}/today")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_staff_of_another_organisation_are_refused(
    arrivals: list[str], site: Site, farm: Farm, page: Page
) -> None:
    sign_in(page, site.a_farm())
    for end in ("today", "messages", f"bookings/{arrivals[0]}"):
        answer = page.goto(f"{farm.admin}/{end}")
        assert answer is not None
        assert answer.status == 401 or "/admin/sign-in" in page.url
        expect(page.get_by_text("Ana Lopez")).to_have_count(0)


def test_cross_site_form_is_refused(arrivals: list[str], farm: Farm, page: Page) -> None:
    sign_in(page, farm)
    address = f"{farm.admin}/bookings/{arrivals[0]}/check-in"
    for headers in (
        {"origin": "https://elsewhere.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ):
        assert page.request.post(address, headers=headers).status == 403
    page.reload()
    expect(page.get_by_text("0 of 7 arrived")).to_be_visible()


def test_session_cookie_is_http_only_and_strictly_same_site(farm: Farm, page: Page) -> None:
    sign_in_by_link(page, farm)
    (cookie,) = [one for one in page.context.cookies() if "session" in one.get("name", "")]
    assert cookie.get("httpOnly")
    assert cookie.get("sameSite") == "Strict"
